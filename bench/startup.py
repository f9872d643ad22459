"""What it costs to start: `--help` of the program and of each command, as whole processes."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from bench.process import Failed, ours, run

COMMANDS = ("validate", "plan", "apply", "sends", "show", "doctor", "explain", "version")


def milliseconds(folder: Path, rounds: int) -> dict[str, float]:
    """The median CPU milliseconds of a bare Python, of `--help`, and of each command's own `--help`."""
    commands = {"python -c pass": [sys.executable, "-c", "pass"], "--help": ours("--help")}
    commands |= {f"{name} --help": ours(name, "--help") for name in COMMANDS}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            try:
                taken[name].append(1000 * run(command, folder).cpu)
            except Failed as error:
                _say_failed(name, error)
    return {name: statistics.median(values) for name, values in taken.items() if values}


def _say_failed(name: str, error: Failed) -> None:
    """A command that does not start is told of, and the others are measured all the same."""
    sys.stderr.write(f"{name}: not measured: {str(error).splitlines()[-1]}\n")
