"""`python -m bench [NAME…] [--rounds N] [--json FILE]`: measure the program against the floors of this machine.

Names are `validate`, `plan`, `apply`, `replan`, `startup`, `linear`, `ledger`, `occurrences`, `terraform` (all of them
if none is given), and `large`, which adds 100,000 resources. Ratios are medians over interleaved rounds; nothing here
fails because a machine is slow.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from bench import ledger, occurrences, report, startup, terraform
from bench.process import Failed
from bench.project import Size, write_project
from bench.stages import STEPS, Round, one_round
from bench.table import Line, text

SIZES = (1_000, 10_000)
JUDGED = 10_000
LARGE = 100_000
HELP_MILLISECONDS = 120
NAMES = (*STEPS, "startup", "linear", "ledger", "occurrences", "terraform", "large")

Measured = dict[int, list[Round]]


def main() -> int:
    """Measure what is asked for and print one table; 0 whatever it says, 1 where a command did not work."""
    options = _options()
    names = set(options.names) or set(NAMES) - {"large"}
    if names == {"large"}:
        names = set(NAMES)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        try:
            lines = _measure(Path(folder), names, options.rounds)
        except Failed as error:
            _say(f"error: {error}")
            return 1
    print(text(lines))
    seconds = time.monotonic() - began
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"\nMedians of {options.rounds} interleaved rounds, {seconds:.0f} s in all; the floors are in bench/floors.py."
    )
    print(
        f"Load of this machine's {os.cpu_count()} cores at the end: {load}; above their number, trust CPU and not wall."
    )
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(line) for line in lines], indent=2) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="what to measure; all but `large` by default")
    parser.add_argument("--rounds", type=int, default=3, help="how often, interleaved (default: 3)")
    parser.add_argument("--json", metavar="FILE", help="write the lines there too")
    return parser.parse_args()


def _measure(folder: Path, names: set[str], rounds: int) -> list[Line]:
    steps = [step for step in STEPS if step in names or {"linear", "terraform"} & names]
    sizes = [Size(count) for count in SIZES] if steps else []
    measured: Measured = {size.resources: [] for size in sizes}
    for size in sizes:
        write_project(folder / str(size.resources), size)
    for number in range(rounds):
        for size in sizes:
            _say(f"round {number + 1} of {rounds}: {size.resources:,} resources")
            measured[size.resources].append(one_round(folder / str(size.resources), size, steps))
    if "large" in names:
        _say(f"one round: {LARGE:,} resources")
        write_project(folder / str(LARGE), Size(LARGE))
        measured[LARGE] = [one_round(folder / str(LARGE), Size(LARGE), steps)]
    return _lines(folder, names, rounds, measured)


def _lines(folder: Path, names: set[str], rounds: int, measured: Measured) -> list[Line]:
    lines: list[Line] = []
    for count, taken in measured.items():
        lines += report.size_lines(Size(count), taken, is_judged=count == JUDGED)
    starts = {}
    if {"startup", "linear"} & names:
        _say("start-up")
        starts = startup.milliseconds(folder, 2 * rounds + 1)
    if "startup" in names:
        lines += report.startup_lines(starts, HELP_MILLISECONDS)
    if "linear" in names:
        lines += _linear(measured, starts)
    if "ledger" in names:
        _say("the ledger's databases")
        lines += ledger.measure(rounds)
    if "occurrences" in names:
        _say("occurrences of schedules")
        lines += occurrences.measure(rounds)
    if "terraform" in names:
        lines += _terraform(folder, measured)
    return lines


def _linear(measured: Measured, starts: dict[str, float]) -> list[Line]:
    lines: list[Line] = []
    for small, large in pairwise(sorted(measured)):
        pair = (Size(small), measured[small]), (Size(large), measured[large])
        for step, command in (("validate", "validate"), ("replan", "plan")):
            lines.append(report.linear_line(*pair, step, starts.get(f"{command} --help", 0) / 1000))
    return lines


def _terraform(folder: Path, measured: Measured) -> list[Line]:
    binary = terraform.find()
    if binary is None:
        return [Line("terraform", "no terraform binary here: not measured")]
    count = SIZES[0]
    _say(f"{binary}: {count:,} resources")
    return report.terraform_lines(terraform.measure(binary, folder / "terraform", count), measured[count], count)


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
