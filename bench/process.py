"""Run a command as a whole process, and tell what it cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DISCARD = subprocess.DEVNULL


class Failed(Exception):
    """A command of the benchmark did not end as it should."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process and its children cost: seconds of CPU (user and system) and of the clock, and its peak memory."""

    cpu: float
    wall: float
    mebibytes: float
    out: str = ""


def run(command: Sequence[str], folder: Path, *, accept: Sequence[int] = (0,)) -> Cost:
    """Run a command to its end. Raises `Failed`, with the end of what it said, where its exit code is not accepted."""
    output = folder / ".bench-output"
    with output.open("wb") as stream:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=stream, stderr=subprocess.STDOUT, stdin=DISCARD, env=environment()
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    said = output.read_text(encoding="utf-8", errors="replace")
    output.unlink()
    if process.returncode not in accept:
        raise Failed(f"{' '.join(command)}: exit code {process.returncode}\n{said[-2000:]}")
    # Linux counts the peak in KiB, macOS in bytes.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / unit, said)


def ours(*arguments: str) -> list[str]:
    """The command line of the program under measure."""
    return [sys.executable, "-m", "reconciler", *arguments]


def environment() -> Mapping[str, str]:
    """The environment of every process here: no colours, no tracing, nothing that depends on who runs it."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPROFILEIMPORTTIME", "CI")}
    return {**kept, "NO_COLOR": "1", "PYTHONHASHSEED": "0", "BENCH_TOKEN": "bench"}
