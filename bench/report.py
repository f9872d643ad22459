"""From rounds to lines: medians over rounds of ratios that were each taken within one round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from bench.process import Cost
from bench.project import Size
from bench.stages import Floor, Round
from bench.table import Line, at_least, at_most

LIMITS_IN_UNITS = {"validate": 1.0, "replan": 1.75}
NAMES = {"validate": "validate", "plan": "first plan", "apply": "apply, all creates", "replan": "plan, no change"}
MEBIBYTES = 250
PERCENT_OF_BARE = 80
REQUESTS_PER_APP = 2
LINEAR = 1.25
"""How much dearer a resource of the larger project may be than one of the smaller, start-up left out."""


def size_lines(size: Size, rounds: Sequence[Round], *, is_judged: bool) -> list[Line]:
    """The lines of one project; only those of the size that the targets name are judged."""
    lines = [_unit_line(rounds)]
    for step in rounds[0].costs:
        lines.append(_in_units(step, rounds, is_judged))
        if step in rounds[0].requests:
            lines.append(_requests(step, size, rounds, is_judged))
    if rounds[0].bare is not None:
        lines.extend(_rates(rounds, is_judged))
    peak = max(cost.mebibytes for each in rounds for cost in each.costs.values())
    lines.append(_judged(at_most("peak memory of any", peak, MEBIBYTES, f"{peak:.0f} MiB", "MiB"), is_judged))
    return [
        Line(f"{size.resources:,}: {line.what}", line.measured, line.target, line.met, line.value) for line in lines
    ]


def linear_line(
    small: tuple[Size, Sequence[Round]], large: tuple[Size, Sequence[Round]], step: str, start: float
) -> Line:
    """The CPU of a resource of the large project over that of one of the small, both without the seconds of a start."""
    first, second = (
        (_middle(rounds, lambda each: each.costs[step].cpu) - start) / size.resources for size, rounds in (small, large)
    )
    what = f"{NAMES[step]}: a resource at {large[0].resources:,} over one at {small[0].resources:,}"
    return at_most(what, second / first, LINEAR, f"{second / first:.2f} ×, {1e6 * second:.0f} µs each", "×")


def _unit_line(rounds: Sequence[Round]) -> Line:
    floors = [floor for each in rounds for floor in each.units.values()]
    cpu, wall = statistics.median(floor.cpu for floor in floors), statistics.median(floor.wall for floor in floors)
    return Line(f"1 U = CSafeLoader, {floors[0].count:,} documents", f"{wall:.2f} s ({cpu:.2f} s CPU)", value=wall)


def _in_units(step: str, rounds: Sequence[Round], is_judged: bool) -> Line:
    cpu = _middle(rounds, lambda each: each.costs[step].cpu / each.units[step].cpu)
    wall = _middle(rounds, lambda each: each.costs[step].wall / each.units[step].wall)
    seconds = _middle(rounds, lambda each: each.costs[step].wall)
    shown = f"{cpu:.2f} U CPU, {wall:.2f} U wall, {seconds:.2f} s"
    limit = LIMITS_IN_UNITS.get(step)
    if limit is None:
        return Line(NAMES[step], shown, value=cpu)
    # Judged by what a user waits for; the CPU of all cores stands beside it.
    return _judged(at_most(NAMES[step], wall, limit, shown, "U"), is_judged)


def _requests(step: str, size: Size, rounds: Sequence[Round], is_judged: bool) -> Line:
    made = max(each.requests[step] for each in rounds)
    what, per_app = f"{NAMES[step]}: requests", made / size.apps
    if step == "apply":
        return Line(what, f"{made:,}", value=made)
    return _judged(at_most(what, per_app, REQUESTS_PER_APP, f"{made:,}, {per_app:.2f} an app", "an app"), is_judged)


def _rates(rounds: Sequence[Round], is_judged: bool) -> list[Line]:
    whole, performing, bare = [], [], []
    for each in rounds:
        floor, apply, plan = each.bare or Floor(1, 1, 0), each.costs["apply"], each.costs["plan"]
        bare.append(floor.count / floor.wall)
        whole.append(100 * floor.wall / apply.wall)
        performing.append(100 * floor.wall / (apply.wall - plan.wall))
    percent = statistics.median(whole)
    return [
        Line("bare httpx: PUTs of the same bodies", f"{statistics.median(bare):,.0f} a second"),
        _judged(
            at_least("apply over bare httpx, whole process", percent, PERCENT_OF_BARE, f"{percent:.0f} %", "%"),
            is_judged,
        ),
        Line("apply over bare httpx, its planning left out", f"{statistics.median(performing):.0f} %"),
    ]


def startup_lines(taken: dict[str, float], limit: float) -> list[Line]:
    """The lines of what it costs to start; only `--help` itself has a target."""
    first = at_most("--help", taken["--help"], limit, f"{taken['--help']:.0f} ms CPU", "ms")
    rest = ((name, value) for name, value in taken.items() if name != "--help")
    return [first, *(Line(f"start: {name}", f"{value:.0f} ms CPU", value=value) for name, value in rest)]


def terraform_lines(taken: dict[str, Cost], ours: Sequence[Round], resources: int) -> list[Line]:
    """Terraform's costs, and ours on as many resources."""
    lines = []
    for step, cost in taken.items():
        mine = _middle(ours, lambda each, step=step: each.costs[step].wall)  # type: ignore[misc]
        shown = (
            f"{cost.wall:.1f} s, {cost.mebibytes:.0f} MiB; ours {mine:.2f} s over HTTP ({mine / cost.wall:.2f} of it)"
        )
        lines.append(Line(f"{resources:,}: terraform {step}, in memory", shown, value=cost.wall))
    return lines


def _middle(rounds: Sequence[Round], of: Callable[[Round], float]) -> float:
    return statistics.median(map(of, rounds))


def _judged(line: Line, is_judged: bool) -> Line:
    return line if is_judged else Line(line.what, line.measured, value=line.value)
