"""One round over one project: every command once, as a whole process, with its floors taken between them."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.backend import backend, requests
from bench.process import Cost, Failed, ours, run
from bench.project import Size, point

THREADS = 8
"""Threads of the bare client: as many as `apply` has (`engine.observe.THREADS`)."""

STEPS = ("validate", "plan", "apply", "replan")


@dataclass(frozen=True, slots=True)
class Floor:
    """What a floor took, in seconds of CPU and of the clock, and how many documents or requests it handled."""

    cpu: float
    wall: float
    count: int


@dataclass(frozen=True, slots=True)
class Round:
    """The costs of each step, the unit taken next to it, the requests it made, and the bare client's floor."""

    costs: dict[str, Cost]
    units: dict[str, Floor]
    requests: dict[str, int]
    bare: Floor | None


def one_round(folder: Path, size: Size, steps: Sequence[str]) -> Round:
    """Measure the chosen steps; `plan`, `apply` and `replan` need one another's state, so they run together."""
    costs: dict[str, Cost] = {}
    units: dict[str, Floor] = {}
    made: dict[str, int] = {}
    if "validate" in steps:
        units["validate"] = unit(folder)
        costs["validate"] = run(ours("validate"), folder)
    if not {"plan", "apply", "replan"} & set(steps):
        return Round(costs, units, made, None)
    shutil.rmtree(folder / ".reconciler", ignore_errors=True)
    with backend() as url:
        point(folder, size, url)
        before = 0
        for step, arguments in _ONLINE.items():
            units[step] = unit(folder)
            costs[step] = run(ours(*arguments), folder)
            after = requests(url)
            made[step], before = after - before, after
        _is_empty(costs["replan"])
    bare = None
    if "apply" in steps:
        with backend() as url:
            bare = floor("http", url, str(folder), str(THREADS), folder=folder)
    return Round(costs, units, made, bare)


_ONLINE = {"plan": ("plan",), "apply": ("apply", "--auto-approve"), "replan": ("plan", "--detailed-exitcode")}


def unit(folder: Path) -> Floor:
    """1 U: PyYAML's C loader on the same files."""
    return floor("yaml", str(folder), folder=folder)


def floor(*arguments: str, folder: Path) -> Floor:
    """Take one floor in a process of its own."""
    root = Path(__file__).resolve().parent.parent
    script = f"import sys; sys.path.append({str(root)!r}); from bench.floors import main; main(sys.argv[1:])"
    said = run([sys.executable, "-c", script, *arguments], folder).out
    taken = json.loads(said.splitlines()[-1])
    return Floor(taken["cpu"], taken["wall"], int(taken["count"]))


def _is_empty(replan: Cost) -> None:
    if "No changes" not in replan.out:
        raise Failed(f"the plan after apply is not empty:\n{replan.out[-2000:]}")
