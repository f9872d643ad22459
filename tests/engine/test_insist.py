"""A ledger that is away for a moment, whenever that is, costs no send and asks nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.errors import LedgerAway
from reconciler.ledger.sql import SqlLedger
from reconciler.model.event import Happened
from reconciler.model.send import SendRecord, SendState
from tests.support.hours import Days, looped, timed
from tests.support.world import World

S = SendState
AWAY = LedgerAway("the connection is lost", code="RC702")


class Leaving(SqlLedger):
    """A ledger whose server goes away at one move, `before` it is written or `after`, for some tries."""

    at: SendState | None = None
    when = "before"
    tries = 0

    def move(self, record: SendRecord, state: SendState, **more: Any) -> SendRecord:
        if state is not self.at or not self.tries:
            return super().move(record, state, **more)
        self.tries -= 1
        if self.when == "after":
            super().move(record, state, **more)
            self.when = "before"
        raise AWAY


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.engine.insist.PAUSE", 0.0)


def leaving(world: World, at: SendState, when: str, tries: int) -> Leaving:
    world.ledger.__class__ = Leaving
    ledger: Any = world.ledger
    ledger.at, ledger.when, ledger.tries = at, when, tries
    return ledger  # type: ignore[no-any-return]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", [S.DISPATCHED, S.ACCEPTED, S.CONFIRMED])
@pytest.mark.parametrize("tries", [1, 3])
def test_a_send_is_made_once_and_written_down_when_the_ledger_is_back(
    world: World, at: SendState, when: str, tries: int
) -> None:
    made = Days(world, looped(world, world.declare(timed("sale", at="2026-11-22T09:10:00"))))
    made.live(minutes=5)
    leaving(world, at, when, tries)
    made.live(minutes=10)
    assert list(world.backend.heard().values()) == [1]
    assert world.states() == {"sale": S.CONFIRMED}
    assert not [event for event in world.events if event.happened in (Happened.FAILED, Happened.UNKNOWN)]


def test_a_refusal_and_a_lost_answer_are_written_down_when_the_ledger_is_back(world: World) -> None:
    for number, (mood, at) in enumerate((("busy", S.REJECTED), ("lose-answer", S.UNKNOWN))):
        world.backend.mood = [mood]
        due = f"2026-11-22T{10 + number}:00:00"
        made = Days(world, looped(world, world.declare(timed(f"sale{number}", at=due, deadline="1h"))))
        made.live(minutes=5)
        leaving(world, at, "after", 2)
        made.live(minutes=70)
    assert list(world.backend.heard().values()) == [1, 1]


def test_what_waited_beyond_its_deadline_for_the_ledger_is_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Days(world, looped(world, world.declare(timed("sale", at="2026-11-22T09:10:00", deadline="5m"))))
    made.live(minutes=5)
    ledger = leaving(world, S.DISPATCHED, "before", 1)
    monkeypatch.setattr("time.sleep", lambda _: world.clock.sleep(360))
    made.live(minutes=20)
    assert ledger.tries == 0
    assert not world.backend.heard()
    assert world.states() == {"sale": S.EXPIRED}


def test_a_ledger_that_stays_away_before_a_send_ends_no_loop_and_asks_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.engine.insist.PATIENCE", 0.0)
    made = Days(world, looped(world, world.declare(timed("sale", at="2026-11-22T09:10:00"))))
    made.live(minutes=5)
    leaving(world, S.DISPATCHED, "before", 2)
    made.live(minutes=20)
    assert not made.loop.run.stopping.is_set()
    assert list(world.backend.heard().values()) == [1]
    assert world.states() == {"sale": S.CONFIRMED}


def test_a_request_of_this_process_that_never_left_is_asked_about_and_not_taken_for_under_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.engine.insist.PATIENCE", 0.0)
    world.clock.time = datetime(2026, 11, 22, 9, tzinfo=UTC)
    made = Days(world, looped(world, world.declare(timed("sale", at="2026-11-22T09:10:00"))))
    made.live(minutes=5)
    leaving(world, S.DISPATCHED, "after", 1)
    made.live(minutes=20)
    assert not world.backend.heard()
    assert world.states() == {"sale": S.NEEDS_DECISION}


def test_an_outcome_that_cannot_be_written_down_ends_the_loop_with_8(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.engine.insist.PATIENCE", 0.0)
    monkeypatch.chdir(world.folder)
    made = Days(world, looped(world, world.declare(timed("sale", at="2026-11-22T09:10:00"))))
    made.live(minutes=5)
    leaving(world, S.ACCEPTED, "before", 1)
    made.live(minutes=20)
    assert made.loop.run.stopping.is_set()
    assert made.loop.run.exit_code() == 8
    assert len(list(world.folder.glob("reconciler-emergency-*.json"))) == 1
