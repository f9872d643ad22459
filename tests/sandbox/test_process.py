"""The process: one line when it serves, clear refusals, a clean end, and nothing lost when it is killed."""

from __future__ import annotations

import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import SETTLE, Api, App, device, settled, started

RUN = "import sys; from reconciler.cli.main import main; main(['sandbox', *sys.argv[1:]])"


@contextmanager
def process(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    line = [sys.executable, "-c", RUN, *map(str, arguments), "--settle", str(SETTLE), "--rate-limit", "none"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as found:
        try:
            assert found.stdout is not None
            yield found, found.stdout.readline()
        finally:
            found.kill()


def refusal(*arguments: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_url_serves_and_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with process("--port", 0, "--data", tmp_path) as (found, line):
        assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+\n", line)
        with Api(line.strip()) as api:
            assert api.get("/_sandbox/health").status_code == 200
            found.send_signal(number)
            out, err = found.communicate(timeout=20)
        assert (found.returncode, out, err) == (0, "", "")


def test_a_killed_sandbox_has_lost_nothing_that_it_answered(tmp_path: Path) -> None:
    with process("--data", tmp_path, "--devices", 50) as (found, line), Api(line.strip()) as api:
        app = App(api, "contoso/shop")
        for number in range(30):
            assert app.put(f"a{number:02d}", "Language eq 'en'").status_code == 200
        app.seed(device(1, Language="xx"))
        assert app.send(None, name="before").status_code == 202
        before = api.get("/_sandbox/devices").json()
        found.send_signal(signal.SIGKILL)
        found.wait(20)
    with process("--data", tmp_path, "--devices", 50) as (_, line), Api(line.strip()) as api:
        app = App(api, "contoso/shop")
        assert len(api.get(app.audiences).json()["values"]) == 30
        assert api.get("/_sandbox/devices").json() == before
        settled(lambda: [one["name"] for one in app.deliveries()] == ["before"])
        assert api.get(app.notifications).json()["values"][0]["state"] == "Completed"


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    with started(tmp_path, devices=20) as (_, app):
        app.put("one", "plan eq 'free'", {"plan": "string"}, description="d")
        settled(lambda: app.api.get(f"{app.audiences}/one").json()["state"] == "Ready")
        before = [
            app.api.get(path).json() for path in (app.audiences, f"{app.audiences}/one", "/v0.1/apps", "/v0.1/orgs")
        ]
    with started(tmp_path, devices=20) as (_, app):
        after = [
            app.api.get(path).json() for path in (app.audiences, f"{app.audiences}/one", "/v0.1/apps", "/v0.1/orgs")
        ]
    assert after == before


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, told = refusal("--port", port, "--data", tmp_path)
    assert code == 1
    assert told.startswith(f"error[RC540]: cannot listen on 127.0.0.1:{port}: ")
    assert told.count("\n") == 1


def test_a_data_folder_is_for_one_sandbox(tmp_path: Path) -> None:
    with started(tmp_path):
        code, told = refusal("--data", tmp_path)
    assert code == 1
    assert told == f"error[RC540]: another sandbox is running on `{tmp_path}`\n"


def test_a_data_folder_that_is_not_ours_is_told(tmp_path: Path) -> None:
    (tmp_path / "sandbox.db").write_text("not a database at all, but long enough to be read as one")
    code, told = refusal("--data", tmp_path)
    assert code == 1
    assert told.count("\n") == 1
    assert "sandbox.db" in told


def test_a_wrong_devices_file_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "devices.jsonl"
    for text, told in (
        ('{"install_id": "a"}\n\n{"install_id": 5}\n', ":3: `install_id`"),
        ("{\n", ":1: "),
        (None, "cannot read"),
    ):
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        code, error = refusal("--data", tmp_path / "data", "--devices", file)
        assert code == 1
        assert str(file) in error
        assert told in error
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    "option",
    [("--rate-limit", "fast"), ("--clock", "noon"), ("--next-link", "odd"), ("--page-size", "0"), ("--port", "70000")],
)
def test_wrong_options_are_usage_errors(tmp_path: Path, option: tuple[str, str]) -> None:
    code, told = refusal("--data", tmp_path, *option)
    assert code == 64
    assert option[0] in told or option[1] in told


def test_replies_do_not_wait_for_the_clients_acknowledgement(shared: str) -> None:
    taken = []
    with Api(shared) as api:
        for _ in range(21):
            start = time.perf_counter()
            api.get("/_sandbox/health")
            taken.append(time.perf_counter() - start)
    assert statistics.median(taken) < 0.03  # Nagle's algorithm would make it 0.04


def test_the_package_starts_without_the_server() -> None:
    line = "import sys, reconciler; sys.exit(any(name in sys.modules for name in ('uvicorn', 'httptools', 'sqlite3')))"
    assert subprocess.run([sys.executable, "-c", line], check=False).returncode == 0
