"""The loopback sandbox that a benchmark talks to: a process of its own, on a fresh data folder, stopped at the end."""

from __future__ import annotations

import json
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from bench.process import DISCARD, Failed, environment, ours

PATIENCE = 30


@contextmanager
def backend() -> Iterator[str]:
    """The URL of a fresh sandbox without a rate limit."""
    with tempfile.TemporaryDirectory(prefix="bench-sandbox-") as data:
        command = ours("sandbox", "--port", "0", "--data", data, "--rate-limit", "none")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=DISCARD, text=True, env=environment())
        try:
            line = process.stdout.readline() if process.stdout else ""
            url = next((word.rstrip("/") for word in line.split() if word.startswith("http://")), "")
            if not url:
                raise Failed("the sandbox did not start")
            yield url
        finally:
            _stop(process)


def requests(url: str) -> int:
    """How many requests the sandbox answered so far, its admin door left out."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/_sandbox/requests", timeout=PATIENCE) as answer:
        return len(json.load(answer)["requests"])


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
