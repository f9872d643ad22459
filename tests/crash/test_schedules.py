"""A run that dies at any step of announcing, telling ahead, moving or taking back: never early, never twice, nothing lost
unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.hours import moves_are_of_the_table, synchronise, timed
from tests.support.stage import Azure, Life, Stage

__all__ = ["moves_are_of_the_table"]

STEPS = {
    "told": range(10, 27),
    "moved on": range(10, 33),
    "moved back": range(11, 17),
    "edited": range(11, 18),
    "revised": range(11, 20),
    "removed": range(8, 15),
}
"""By what is changed: the steps of its run, without those that only read."""


@pytest.fixture
def engage(azure: Azure) -> Azure:
    synchronise(azure)
    azure.seed("US", "FR")
    return azure


@pytest.fixture
def push(center: Stage) -> Stage:
    synchronise(center)
    center.seed("US", "FR")
    return center


def arrived(stage: Stage) -> int:
    return sum(stage.told().values())


def due_in(stage: Stage, seconds: float, **more: Any) -> dict[str, Any]:
    return timed("sale", at=stage.wall_clock(seconds), **more)


def before_and_after(stage: Stage, change: str) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]], int]:
    """What is declared first, what then, and when that arrives (seconds; 0: never)."""
    first = due_in(stage, 600)
    return {
        "told": ([], [first], 600),
        "moved on": ([first], [due_in(stage, 3600)], 3600),
        "moved back": ([due_in(stage, 3600)], [first], 600),
        "edited": ([first], [due_in(stage, 600, body="another")], 600),
        "revised": ([first], [due_in(stage, 600, revision=2)], 600),
        "removed": ([first], [], 0),
    }[change]


@pytest.mark.parametrize(("change", "step"), [(change, step) for change, steps in STEPS.items() for step in steps])
def test_it_arrives_at_its_time_whatever_step_the_run_before_it_died_at(engage: Azure, change: str, step: int) -> None:
    first, then, when = before_and_after(engage, change)
    engage.declare(*first)
    assert engage.apply().code == 0
    engage.declare(*then)
    assert engage.survive(life=Life(step)) is None
    for _ in range(3):  # what is found to wait there is moved by the apply after that
        engage.heal()
    assert engage.is_settled()
    assert arrived(engage) == 0
    engage.pass_time(590)
    assert arrived(engage) == 0
    passed = 590
    for moment in (620, 3590, 3620):
        engage.pass_time(moment - passed)
        passed = moment
        assert engage.apply().code == 0
        assert arrived(engage) == (2 if 0 < when < moment else 0), (change, step, moment, engage.states())


@pytest.mark.parametrize("step", range(14))
@pytest.mark.parametrize("downtime", [30, 4000])
def test_a_due_send_of_ours_is_made_once_or_told_as_too_late(push: Stage, step: int, downtime: int) -> None:
    push.declare(due_in(push, 60))
    assert push.apply().code == 0
    push.pass_time(61)
    push.survive(life=Life(step))
    push.pass_time(downtime)
    push.heal()
    states = set(push.states().values())
    assert states <= {"CONFIRMED", "EXPIRED"}
    assert arrived(push) == (2 if states == {"CONFIRMED"} else 0)
    assert downtime > 3600 or states == {"CONFIRMED"}
    assert push.is_settled()


@pytest.mark.parametrize("step", range(8))
@pytest.mark.parametrize("what", ["announced", "expired", "withdrawn"])
def test_what_is_written_down_about_time_is_written_down_by_the_next_run(push: Stage, what: str, step: int) -> None:
    document = due_in(push, 60)
    push.declare(document)
    if what != "announced":
        assert push.apply().code == 0
    if what == "expired":
        push.pass_time(4000)
    if what == "withdrawn":
        push.declare()
    push.survive(life=Life(step))
    push.heal()
    assert set(push.states().values()) == {{"announced": "PLANNED"}.get(what, what.upper())}
    assert push.is_settled()
    assert arrived(push) == 0
