"""A ledger that is away for a moment, whenever that is, costs no send and asks nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.errors import LedgerAway, LedgerError, LedgerLocked
from reconciler.ledger.sql import SqlLedger
from reconciler.model.event import Happened
from reconciler.model.send import SendRecord, SendState
from tests.support.hours import Days, looped, timed
from tests.support.world import World

S = SendState
AWAY = LedgerAway("the connection is lost", code="RC702")


class Leaving(SqlLedger):
    """A ledger whose server goes away at one move, `before` it is written or `after`, for some tries; `meanwhile` is
    what happens while its answer is lost.
    """

    at: SendState | None = None
    when = "before"
    tries = 0
    error: LedgerError = AWAY
    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def move(self, record: SendRecord, state: SendState, **more: Any) -> SendRecord:
        if state is not self.at or not self.tries:
            return super().move(record, state, **more)
        self.tries -= 1
        if self.when == "after":
            super().move(record, state, **more)
            self.when = "before"
            self.meanwhile()
        raise self.error


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
    assert made.loop.is_untold
    assert len(list(world.folder.glob("reconciler-emergency-*.json"))) == 1


@pytest.fixture
def made(world: World) -> Days:
    """A loop that knows of a send that is soon due."""
    days = Days(world, looped(world, world.declare(timed("sale", at="2026-11-22T09:10:00"))))
    days.live(minutes=5)
    return days


def test_a_request_whose_lease_was_lost_while_the_ledger_was_away_does_not_leave(world: World, made: Days) -> None:
    other = SqlLedger("sqlite:///.reconciler/ledger.db", str(world.folder))

    def take_over() -> None:
        (lease,) = other.leases()
        other.break_lease(lease.lease_id)
        other.acquire([lease.coordinates], "elsewhere 1 2 boot/x", lambda _: False, 3600)

    leaving(world, S.DISPATCHED, "after", 1).meanwhile = take_over  # type: ignore[method-assign]
    made.live(minutes=10)
    assert not world.backend.heard()
    other.close()


def test_a_run_that_was_stopped_while_the_ledger_was_away_does_not_send(world: World, made: Days) -> None:
    leaving(world, S.DISPATCHED, "after", 1).meanwhile = made.loop.run.stopping.set  # type: ignore[method-assign]
    made.live(minutes=10)
    assert not world.backend.heard()
    assert world.states() == {"sale": S.REJECTED}


def test_a_ledger_that_is_away_again_when_it_is_asked_what_it_knows_is_waited_for(
    world: World, made: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails: list[int] = []
    original = SqlLedger.sends

    def sends(self: SqlLedger, coordinates: Any) -> Any:
        if fails:
            fails.pop()
            raise AWAY
        return original(self, coordinates)

    monkeypatch.setattr(SqlLedger, "sends", sends)
    leaving(world, S.ACCEPTED, "after", 1).meanwhile = lambda: fails.append(1)  # type: ignore[method-assign]
    made.live(minutes=10)
    assert world.states() == {"sale": S.CONFIRMED}
    assert not made.loop.run.stopping.is_set()
    assert not list(world.folder.glob("reconciler-emergency-*"))


@pytest.mark.parametrize(("mood", "at"), [("accept", S.CONFIRMED), ("lose-answer", S.UNKNOWN)])
def test_what_the_next_look_finds_out_by_itself_ends_no_loop(
    world: World, made: Days, monkeypatch: pytest.MonkeyPatch, mood: str, at: SendState
) -> None:
    monkeypatch.setattr("reconciler.engine.insist.PATIENCE", 0.0)
    world.backend.mood = [mood]
    leaving(world, at, "before", 1)
    made.live(minutes=10)
    assert not made.loop.run.stopping.is_set()
    assert list(world.backend.heard().values()) == [1]
    assert world.states() == {"sale": S.CONFIRMED} or at is S.CONFIRMED


@pytest.mark.parametrize(("mood", "at"), [("busy", S.REJECTED), ("lose-answer", S.UNKNOWN), ("accept", S.ACCEPTED)])
def test_a_ledger_that_is_busy_for_long_is_waited_for_too(world: World, made: Days, mood: str, at: SendState) -> None:
    world.backend.mood = [mood]
    leaving(world, at, "before", 1).error = LedgerLocked("held for more than 10 s", code="RC710")
    made.live(minutes=30)
    assert not made.loop.run.stopping.is_set()
    assert list(world.backend.heard().values()) == [1]
    assert world.states() == {"sale": S.CONFIRMED}
