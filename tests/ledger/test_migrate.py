"""Ledgers of older versions: brought up to date in place, all or nothing, and read as they are by who changes nothing."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import pytest

from reconciler.errors import LedgerError
from reconciler.ledger import migrate
from reconciler.ledger.tables import VERSION
from reconciler.model.send import SendState
from tests.ledger.place import WHERE, Place, claimed, row

DUMP = Path(__file__).parent / "fixtures" / "version-1.sql"
IDENTITY = "90e7da05-681b-4b27-b1c2-3fd03d3eb316"


@pytest.fixture
def old(place: Place) -> Place:
    """A ledger as version 1 left it."""
    statements = DUMP.read_text(encoding="utf-8").removeprefix("BEGIN TRANSACTION;").removesuffix("COMMIT;\n")
    place.by_hand(*(each.replace("%", "%%") for each in statements.split(";\n") if each.strip()))
    return place


def version(place: Place) -> str:
    return str(place.by_hand("SELECT value FROM meta WHERE name = 'version'")[0][0])


def test_an_old_ledger_is_brought_up_to_date_and_keeps_all_it_knew(old: Place) -> None:
    ledger = old.open()
    assert version(old) == str(VERSION)
    assert ledger.identity() == IDENTITY
    assert ledger.is_initialised()
    assert ledger.is_consumed("6f1c0f6e-0000-4000-8000-000000000001")
    assert [(each.name, each.state, each.scheduled_at) for each in ledger.sends([WHERE])] == [
        ("n0", SendState.CONFIRMED, None),
        ("ünïcode 🎉", SendState.DISPATCHED, None),
    ]
    assert [(each.name, each.is_intent) for each in ledger.recorded({WHERE: "shop"})] == [("a", False), ("é — ✓", True)]
    assert ledger.since() == datetime.fromisoformat("2026-11-22T19:27:01.998977+00:00")
    verdict = ledger.verify()
    assert (verdict.entries, verdict.broken_at) == (13, None)
    ledger.close()


def test_what_was_brought_up_to_date_takes_leases_and_sends(old: Place) -> None:
    ledger = old.open()
    ledger.acquire([WHERE], "me", lambda _: False)
    ledger.move(claimed(ledger, row(7)), SendState.DISPATCHED)
    ledger.close()
    again = old.open()
    assert again.broken_at() is None
    assert [each.holder for each in again.leases()] == ["me"]
    again.close()


def test_whoever_changes_nothing_reads_an_old_ledger_as_it_is(old: Place) -> None:
    ledger = old.open(create=False)
    assert len(ledger.all_sends()) == 2
    assert ledger.leases() == []
    assert ledger.break_lease("any") == []
    assert ledger.since() == datetime.fromisoformat("2026-11-22T19:27:01.998977+00:00")
    assert ledger.broken_at() is None
    (unknown,) = [each for each in ledger.all_sends() if each.state is SendState.DISPATCHED]
    assert ledger.move(unknown, SendState.UNKNOWN).state is SendState.UNKNOWN  # `sends resolve` may
    ledger.close()
    assert version(old) == "1"


def test_a_migration_that_fails_changes_nothing(old: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LedgerError("no")

    before = old.by_hand("SELECT * FROM sends"), old.by_hand("SELECT * FROM meta ORDER BY name")
    with monkeypatch.context() as patched:
        patched.setattr(migrate, "date", fail)
        with pytest.raises(LedgerError):
            old.open()
    assert before == (old.by_hand("SELECT * FROM sends"), old.by_hand("SELECT * FROM meta ORDER BY name"))
    ledger = old.open()
    assert ledger.verify().entries == 13
    ledger.close()


def test_of_many_that_open_an_old_ledger_at_once_one_brings_it_up_to_date(old: Place) -> None:
    barrier = threading.Barrier(4)
    failed: list[BaseException] = []

    def make() -> None:
        barrier.wait()
        try:
            old.open().close()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert old.by_hand("SELECT count(*) FROM entries WHERE event = 'migrated'") == [(1,)]
    assert old.broken() is None


def test_there_is_a_step_from_every_older_version() -> None:
    assert sorted(migrate.STEPS) == list(range(1, VERSION))
