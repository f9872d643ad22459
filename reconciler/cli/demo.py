"""`reconciler demo`: the whole story on a local backend, with its own check at the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from reconciler.cli.demo_project import EXPECTED, MANIFESTS, PROJECT, SECOND_PUSH, phones
from reconciler.cli.terminal import out
from reconciler.errors import ReconcilerError

PATIENCE = 30.0
"""Seconds that the demo waits for anything it started."""


@click.command("demo")
def command() -> int:
    """Watch the main job on a local App Center: plan, apply, push, drift, crash, and nobody is pushed to twice.

    \b
    Example:
      reconciler demo
    """
    with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as folder, _sandbox(Path(folder)) as url:
        return _story(Path(folder), url)


def _story(folder: Path, url: str) -> int:
    (folder / "manifests").mkdir()
    (folder / "reconciler.yaml").write_text(PROJECT.format(url=url))
    (folder / "manifests" / "shop.yaml").write_text(MANIFESTS)
    _call(url, "POST", "/_sandbox/devices", {"app": "contoso/shop", "devices": phones()})

    _tell("1. A project: one property, one audience, one push. Twelve phones; three of them should hear it.")
    _run(folder, "init")
    _run(folder, "validate")
    _run(folder, "plan")
    _tell("2. Apply it.")
    _run(folder, "apply", "--auto-approve")
    _tell("3. A second plan is empty.")
    _expect(_run(folder, "plan", "--detailed-exitcode") == 0, "the second plan is not empty")

    _tell("4. Somebody changes the audience by hand: the plan calls it drift, apply heals it.")
    audience = "/v0.1/apps/contoso/shop/analytics/audiences/premium-us"
    _call(url, "PUT", audience, {"definition": "CarrierCountry eq 'FR'"})
    _expect(_run(folder, "plan", "--detailed-exitcode") == 2, "the drift was not seen")
    _run(folder, "apply", "--auto-approve")

    _tell("5. A second push; the process is killed while its request is under way.")
    (folder / "manifests" / "last.yaml").write_text(SECOND_PUSH)
    _crash_in_mid_send(folder, url)
    _tell("6. The next apply does not send again: it looks for the marker on the backend.")
    _run(folder, "apply", "--auto-approve")
    _run(folder, "sends", "list")
    _expect(_run(folder, "plan", "--detailed-exitcode") == 0, "the last plan is not empty")
    return _check(url)


def _crash_in_mid_send(folder: Path, url: str) -> None:
    rule = {"method": "POST", "path": "*/push/notifications", "effect": "delay", "seconds": 2}
    _call(url, "PUT", "/_sandbox/faults", {"rules": [rule]})
    out("$ reconciler apply --auto-approve &")
    applying = subprocess.Popen(
        _command("apply", "--auto-approve"),
        cwd=folder,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait(lambda: any(send["state"] == "DISPATCHED" for send in _sends(folder)), "the second send never left")
    time.sleep(0.3)
    applying.kill()
    applying.wait()
    out(f"$ kill -9 {applying.pid}")
    _call(url, "PUT", "/_sandbox/faults", {"rules": []})
    _wait(lambda: len(_deliveries(url)) >= 2, "the request under way was not delivered")


def _check(url: str) -> int:
    _tell("7. What the phones heard:")
    _wait(lambda: len(_deliveries(url)) >= 2, "the pushes were not delivered")
    deliveries = _deliveries(url)
    for each in deliveries:
        out(f"   {each['name']}: {each['devices']} devices")
    heard = [(each["name"].split()[0], sorted(each["device_ids"])) for each in deliveries]
    _expect(
        sorted(heard) == [("black-friday", EXPECTED), ("last-chance", EXPECTED)],
        "the deliveries are not the expected ones",
    )
    out("\nDemo passed: two pushes, each delivered once, to exactly the three phones it was for.")
    return 0


@contextmanager
def _sandbox(folder: Path) -> Iterator[str]:
    """A sandbox in a process of its own, and its URL."""
    running = subprocess.Popen(
        _command("sandbox", "--port", "0", "--data", str(folder / "sandbox")),
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    )
    try:
        line = running.stdout.readline() if running.stdout else ""
        url = next((word for word in line.split() if word.startswith("http://")), "")
        _expect(bool(url), "the sandbox did not start")
        yield url.rstrip("/")
    finally:
        running.terminate()
        running.wait(PATIENCE)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "reconciler", *arguments]


def _environment() -> dict[str, str]:
    # The demo's ledger outlives its one job, so it may send from a CI machine too.
    return {**os.environ, "APPCENTER_TOKEN": "demo-token", "RECONCILER_LOCAL_LEDGER": "accept"}


def _run(folder: Path, *arguments: str) -> int:
    """Run a command of ours as a user would and show it; its exit code."""
    out(f"$ reconciler {' '.join(arguments)}")
    ended = subprocess.run(
        _command(*arguments),
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    out("\n".join(f"  {line}".rstrip() for line in ended.stdout.splitlines()) + "\n")
    _expect(ended.returncode in (0, 2), f"`reconciler {' '.join(arguments)}` ended with {ended.returncode}")
    return ended.returncode


def _sends(folder: Path) -> list[dict[str, Any]]:
    ended = subprocess.run(
        _command("sends", "list", "--format", "json"),
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        check=True,
    )
    sends: list[dict[str, Any]] = json.loads(ended.stdout)["sends"]
    return sends


def _deliveries(url: str) -> list[dict[str, Any]]:
    deliveries: list[dict[str, Any]] = _call(url, "GET", "/_sandbox/deliveries")["deliveries"]
    return deliveries


def _call(url: str, method: str, path: str, body: object = None) -> Any:
    import httpx

    answer = httpx.request(method, url + path, json=body, headers={"X-API-Token": "demo-token"}, trust_env=False)
    _expect(answer.is_success, f"{method} {path} answered {answer.status_code}: {answer.text}")
    return answer.json() if answer.content else None


def _wait(is_true: Callable[[], bool], why: str) -> None:
    until = time.monotonic() + PATIENCE
    while not is_true():
        _expect(time.monotonic() < until, why)
        time.sleep(0.05)


def _expect(is_true: bool, why: str) -> None:
    if not is_true:
        raise ReconcilerError(f"the demo failed: {why}", code="RC599", hint="this is a bug in reconciler")


def _tell(text: str) -> None:
    out(f"\n{text}\n")
