"""An example in a folder of its own, with a sandbox and a recording proxy in front of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from reconciler.sandbox import SandboxOptions, running

from .recorder import Recorder, recording

EXAMPLES = Path(__file__).parents[2] / "examples"
ENDPOINT = "http://127.0.0.1:8765"
REHEARSAL = "rehearsal"
SECRETS = ("APPCENTER_TOKEN", "AZURE_TOKEN", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "APPIZER_KEY")
PATIENCE = 20.0


@dataclass
class Example:
    """A copy of an example that talks to a sandbox of its own."""

    folder: Path
    sandbox: str
    recorder: Recorder

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `reconciler` in the folder, for the rehearsal where the project has one."""
        environ = {name: value for name, value in os.environ.items() if name != "CI"}
        project = yaml.safe_load((self.folder / "reconciler.yaml").read_text(encoding="utf-8"))
        chosen = ("--env", REHEARSAL) if REHEARSAL in project["spec"].get("environments", {}) else ()
        return subprocess.run(
            [sys.executable, "-m", "reconciler", *chosen, *arguments],
            cwd=self.folder,
            env=environ | dict.fromkeys(SECRETS, "any") | {"NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def plan(self) -> dict[str, Any]:
        """The plan as JSON."""
        ended = self.run("plan", "--format", "json")
        assert ended.returncode == 0, ended.stderr
        found: dict[str, Any] = json.loads(ended.stdout)
        return found

    def deliveries(self, expected: int) -> dict[tuple[str, str], set[str]]:
        """Who got what, by app and the notification's name without its marker, once there are `expected` deliveries."""
        found = self.delivered(expected)
        return {(each["app"], human_name(each["name"])): set(each["device_ids"]) for each in found}

    def delivered(self, expected: int) -> list[dict[str, Any]]:
        """Every delivery as the sandbox tells it, once there are `expected` of them."""
        until = time.monotonic() + PATIENCE
        while True:
            found: list[dict[str, Any]]
            found = httpx.get(f"{self.sandbox}/_sandbox/deliveries", trust_env=False).json()["deliveries"]
            if len(found) >= expected or time.monotonic() > until:
                assert len(found) == expected
                return found
            time.sleep(0.05)


def human_name(name: str) -> str:
    """An internal name without the marker; a campaign's own name has none."""
    human, _, marker = name.rpartition(" ")
    return human if marker.startswith("~pk1") else name


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Example]:
    """The example `name`, copied under `folder`, its endpoint rewritten, its devices loaded."""
    copy = folder / name
    shutil.copytree(EXAMPLES / name, copy, ignore=shutil.ignore_patterns(".reconciler"))
    devices = copy / "devices.jsonl"
    options = SandboxOptions(
        data=folder / "sandbox", settle=0.05, rate_limit=None, devices=devices if devices.exists() else None
    )
    with running(options) as server, recording(server.url) as recorder:
        project = copy / "reconciler.yaml"
        text = project.read_text(encoding="utf-8")
        assert ENDPOINT in text
        project.write_text(text.replace(ENDPOINT, recorder.url), encoding="utf-8")
        yield Example(copy, server.url, recorder)
