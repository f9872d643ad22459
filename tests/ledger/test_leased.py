"""Holding leases while something is done: kept by a heartbeat, waited for, given back, and the run stopped if lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from contextlib import suppress
from typing import cast

import pytest

from reconciler.engine import leases
from reconciler.engine.clock import SystemClock
from reconciler.engine.leases import leased
from reconciler.engine.load import Loaded
from reconciler.engine.run import Run
from reconciler.errors import LedgerError, LedgerLocked
from reconciler.ledger.sql import SqlLedger
from reconciler.model.event import Happened
from tests.ledger.place import OTHER, WHERE, row

SECONDS = 1.0
"""How long leases last in these tests: long enough for a slow machine's heartbeat, short enough to wait for."""


@pytest.fixture
def mine(ledger: SqlLedger) -> Run:
    return Run(cast(Loaded, None), ledger, {}, SystemClock(), lambda _: None)


@pytest.fixture
def theirs(second: SqlLedger) -> Run:
    """A run of another process, as far as the ledger can see."""

    return Run(cast(Loaded, None), second, {}, SystemClock(), lambda _: None)


def take_from(ledger: SqlLedger) -> None:
    ledger.acquire([WHERE], "another 1 1", lambda _: True)


def test_leases_are_held_inside_and_given_back_after(mine: Run, theirs: Run) -> None:
    with leased(mine, [WHERE, OTHER], 0):
        assert [each.coordinates for each in theirs.ledger.leases()] == [OTHER, WHERE]  # type: ignore[attr-defined]
        with pytest.raises(LedgerLocked) as refused, leased(theirs, [WHERE], 0):
            pytest.fail("both hold it")
        assert refused.value.code == "RC713"
    assert mine.ledger.leases() == []  # type: ignore[attr-defined]
    with leased(theirs, [WHERE], 0):
        pass


def test_leases_are_given_back_when_what_is_done_fails(mine: Run, theirs: Run) -> None:
    with suppress(ValueError), leased(mine, [WHERE], 0):
        raise ValueError
    with leased(theirs, [WHERE], 0):
        pass


def test_nothing_is_held_for_nothing(mine: Run) -> None:
    with leased(mine, [], 0):
        assert mine.ledger.leases() == []  # type: ignore[attr-defined]


def test_a_lease_is_kept_for_longer_than_it_lasts(mine: Run, theirs: Run) -> None:
    with leased(mine, [WHERE], 0, SECONDS):
        time.sleep(3 * SECONDS)
        with pytest.raises(LedgerLocked), leased(theirs, [WHERE], 0):
            pytest.fail("both hold it")
        assert not mine.stopping.is_set()


def test_who_waits_gets_it_when_the_other_ends(mine: Run, theirs: Run) -> None:
    order: list[str] = []
    inside = threading.Event()

    def hold() -> None:
        with leased(mine, [WHERE], 0):
            inside.set()
            time.sleep(0.5)
            order.append("first")

    holding = threading.Thread(target=hold)
    holding.start()
    inside.wait(10)
    with leased(theirs, [WHERE], 30):
        order.append("second")
    holding.join(10)
    assert order == ["first", "second"]


def test_who_waits_too_long_is_refused_by_then(mine: Run, theirs: Run) -> None:
    with leased(mine, [WHERE], 0):
        began = time.monotonic()
        with pytest.raises(LedgerLocked), leased(theirs, [WHERE], 0.6):
            pytest.fail("both hold it")
        assert 0.55 < time.monotonic() - began < 3


def test_who_is_told_to_stop_does_not_wait_on(mine: Run, theirs: Run) -> None:
    threading.Timer(0.2, theirs.stopping.set).start()
    with leased(mine, [WHERE], 0):
        began = time.monotonic()
        with pytest.raises(LedgerLocked), leased(theirs, [WHERE], 60):
            pytest.fail("both hold it")
        assert time.monotonic() - began < 5


def test_a_run_that_lost_its_lease_is_stopped_and_says_so(mine: Run, second: SqlLedger) -> None:
    with leased(mine, [WHERE], 0, SECONDS):
        take_from(second)
        assert mine.stopping.wait(10)
        with pytest.raises(LedgerLocked) as lost:
            mine.ledger.claim(row())
        assert lost.value.code == "RC714"
    (event,) = mine.events
    assert (event.happened, event.code, event.exit_code) == (Happened.FAILED, "RC714", 6)
    assert mine.exit_code() == 6
    assert [each.holder for each in second.leases()] == ["another 1 1"]  # theirs is not given back


class Unreachable(SqlLedger):
    """A ledger that cannot be reached for a while."""

    is_away = False

    def renew(self, coordinates: Collection[str] | None = None) -> None:
        if self.is_away:
            raise LedgerError("no", code="RC702")
        super().renew(coordinates)


def test_a_ledger_that_is_away_for_a_heartbeat_loses_nothing(mine: Run, ledger: SqlLedger) -> None:
    ledger.__class__ = Unreachable
    away = cast(Unreachable, ledger)
    with leased(mine, [WHERE], 0, SECONDS):
        away.is_away = True
        time.sleep(SECONDS / 2)
        away.is_away = False
        time.sleep(SECONDS)
        assert not mine.stopping.is_set()
    assert mine.events == []


def test_a_ledger_that_is_away_for_longer_than_the_lease_stops_the_run(mine: Run, ledger: SqlLedger) -> None:
    ledger.__class__ = Unreachable
    with leased(mine, [WHERE], 0, SECONDS):
        cast(Unreachable, ledger).is_away = True
        assert mine.stopping.wait(10)
    assert [event.code for event in mine.events] == ["RC702"]


def test_what_this_process_could_not_give_back_is_its_own_to_take(
    mine: Run, theirs: Run, ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise LedgerError("no", code="RC702")

    with monkeypatch.context() as broken:
        broken.setattr(ledger, "release", fail)
        with leased(mine, [WHERE], 0):
            pass
    assert len(ledger.leases()) == 1
    assert leases._held == set()
    with leased(theirs, [WHERE], 0):
        pass
