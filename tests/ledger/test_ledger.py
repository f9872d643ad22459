"""The ledger on both databases: its chain, its versions, what several writers do to it, and what it needs to be read."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import LedgerError, LedgerLocked
from reconciler.ledger.sql import SqlLedger
from reconciler.ledger.tables import VERSION
from reconciler.model.change import Action
from reconciler.model.send import NEVER_LEFT, SendState
from tests.ledger.place import WHERE, Place, change, claimed, row, written

SPAWN = multiprocessing.get_context("spawn")


def opened_in(folder: Path, *, create: bool = True) -> SqlLedger:
    return SqlLedger("sqlite:///ledger.db", str(folder), create=create)


def written_in(folder: Path) -> None:
    written(Place("sqlite:///ledger.db", str(folder)))


# The chain.


def test_an_untouched_chain_holds(place: Place) -> None:
    written(place)
    assert place.broken() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET event = 'send-rejected' WHERE seq = 3",
        "UPDATE entries SET body = '{}' WHERE seq = 1",
        "UPDATE entries SET subject = subject || ' ' WHERE seq = 2",
        "UPDATE entries SET coordinates = 'appcenter/other/app' WHERE seq = 4",
        "UPDATE entries SET at = '2020-01-01T00:00:00.000000+00:00' WHERE seq = 5",
        "UPDATE entries SET hash = (SELECT hash FROM entries WHERE seq = 1) WHERE seq = 2",
        "DELETE FROM entries WHERE seq = 2",
        "DELETE FROM entries WHERE seq = 1",
        "DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)",
        "DELETE FROM entries WHERE seq > 2",
        "DELETE FROM entries",
        "INSERT INTO entries SELECT seq + 1, at, event, coordinates, subject, body, hash FROM entries"
        " WHERE seq = (SELECT max(seq) FROM entries)",
        "UPDATE meta SET value = '0 -' WHERE name = 'head'",
    ],
)
def test_a_chain_that_was_tampered_with_does_not_hold(place: Place, statement: str) -> None:
    written(place)
    place.by_hand(statement)
    assert place.broken() is not None


def test_two_entries_that_changed_places_break_the_chain(place: Place) -> None:
    written(place)
    place.by_hand(
        "UPDATE entries SET seq = 1000 WHERE seq = 2",
        "UPDATE entries SET seq = 2 WHERE seq = 3",
        "UPDATE entries SET seq = 3 WHERE seq = 1000",
    )
    assert place.broken() == 2


# What cannot be opened.


def test_a_newer_ledger_is_refused(place: Place) -> None:
    written(place)
    place.by_hand(f"UPDATE meta SET value = '{VERSION + 1}' WHERE name = 'version'")
    with pytest.raises(LedgerError) as refused:
        place.open()
    assert refused.value.code == "RC703"


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be looked at " * 100, b"SQLite format 3\0x"]
)
@pytest.mark.parametrize("create", [True, False])
def test_a_corrupt_file_is_told_in_one_line(tmp_path: Path, content: bytes, create: bool) -> None:
    (tmp_path / "ledger.db").write_bytes(content)
    with pytest.raises(LedgerError) as refused:
        opened_in(tmp_path, create=create)
    assert refused.value.code == "RC702"
    assert "\n" not in refused.value.message
    assert "sqlalchemy" not in refused.value.message.lower()
    assert "backup" in refused.value.hint


def test_a_ledger_whose_pages_are_overwritten_is_told_of_and_not_guessed_at(tmp_path: Path) -> None:
    written_in(tmp_path)
    path = tmp_path / "ledger.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(LedgerError) as refused:
        opened_in(tmp_path).all_sends()
    assert refused.value.code == "RC702"


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite:////proc/nowhere/ledger.db"])
def test_a_url_that_is_no_ledger_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(LedgerError) as refused:
        SqlLedger(url, str(tmp_path))
    assert refused.value.code in ("RC701", "RC702")


# Reading.


def test_reading_makes_no_file_and_no_table(place: Place) -> None:
    ledger = place.open(create=False)
    assert (ledger.identity(), ledger.all_sends(), list(ledger.recorded({WHERE: "shop"}))) == ("", [], [])
    ledger.close()
    assert not list(Path(place.folder).iterdir())
    if place.is_postgres:
        assert place.by_hand("SELECT * FROM pg_tables WHERE schemaname = 'public'") == []


@pytest.mark.parametrize("of_folder", [0o777, 0o555], ids=["file", "folder"])
def test_a_ledger_that_may_only_be_read_can_be_read(of_folder: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written_in(folder)
        (folder / "ledger.db").chmod(0o444)
        folder.chmod(of_folder)
        process = SPAWN.Process(target=_read_without_rights, args=(folder,))
        process.start()
        process.join(60)
        folder.chmod(0o700)
        assert process.exitcode == 0


def _read_without_rights(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:  # without its rights, this process could not load what reading needs
        written_in(Path(name))
        _read(Path(name))
    if os.getuid() == 0:  # root may write whatever the file says
        os.setgid(65534)
        os.setuid(65534)
    _read(folder)


def _read(folder: Path) -> None:
    ledger = opened_in(folder, create=False)
    assert ledger.broken_at() is None
    assert len(ledger.all_sends()) == 2
    ledger.close()


# Fences and plans.


def test_a_plan_is_consumed_once(ledger: SqlLedger) -> None:
    assert not ledger.is_consumed("plan")
    assert ledger.consume("plan")
    assert not ledger.consume("plan")
    assert ledger.is_consumed("plan")
    assert ledger.broken_at() is None


@pytest.mark.parametrize("state", sorted(set(SendState) - NEVER_LEFT))
def test_a_send_that_may_have_left_cannot_be_claimed(ledger: SqlLedger, state: SendState) -> None:
    ledger.put(row(state=state, fence=1), "test")
    with pytest.raises(LedgerLocked):
        ledger.claim(row())
    assert ledger.all_sends()[0].state is state


@pytest.mark.parametrize("state", sorted(NEVER_LEFT))
def test_a_send_that_never_left_can_be_claimed_with_a_higher_fence(ledger: SqlLedger, state: SendState) -> None:
    ledger.put(row(state=state, fence=4), "test")
    assert ledger.claim(row()) == 5


def test_whoever_lost_the_claim_cannot_move_the_row(ledger: SqlLedger) -> None:
    mine = claimed(ledger, row())
    theirs = claimed(ledger, row())
    with pytest.raises(LedgerLocked):
        ledger.move(mine, SendState.DISPATCHED)
    ledger.move(theirs, SendState.DISPATCHED)
    with pytest.raises(LedgerLocked):
        ledger.move(theirs, SendState.DISPATCHED)
    assert ledger.broken_at() is None


def test_a_move_that_lost_writes_nothing_into_the_chain(ledger: SqlLedger, place: Place) -> None:
    mine = claimed(ledger, row())
    claimed(ledger, row())
    before = place.count()
    with pytest.raises(LedgerLocked):
        ledger.move(mine, SendState.DISPATCHED)
    assert place.count() == before


def test_a_text_that_no_database_takes_is_written_without_what_it_does_not_take(ledger: SqlLedger) -> None:
    record = ledger.move(claimed(ledger, row()), SendState.DISPATCHED)
    ledger.move(record, SendState.UNKNOWN, detail="a\x00b\ud800c")
    ledger.intend(WHERE, [change("a")])
    ledger.settle(WHERE, change("a"), "", "a\x00b\ud800c")
    ledger.flush()
    assert ledger.all_sends()[0].detail == "a\ufffdb?c"
    assert ledger.broken_at() is None


# Times.


def test_a_memory_begins_once(ledger: SqlLedger) -> None:
    assert ledger.since() is None
    ledger.begin(datetime(2026, 11, 22, tzinfo=UTC))
    ledger.begin(datetime(2026, 11, 23, tzinfo=UTC))
    assert ledger.since() == datetime(2026, 11, 22, tzinfo=UTC)


def test_what_is_announced_stays_unless_it_was_withdrawn(ledger: SqlLedger) -> None:
    later = datetime(2026, 12, 24, 9, tzinfo=UTC)
    ledger.announce(row(scheduled_at=later))
    ledger.announce(row(name="other", scheduled_at=later))
    (known,) = ledger.all_sends()
    assert (known.name, known.state, known.scheduled_at) == ("n0", SendState.PLANNED, later)
    ledger.move(known, SendState.WITHDRAWN)
    ledger.announce(row(name="other", scheduled_at=later))
    assert [(each.name, each.state) for each in ledger.all_sends()] == [("other", SendState.PLANNED)]
    assert ledger.broken_at() is None


@pytest.mark.parametrize("before", [None, datetime(2026, 12, 24, 9, tzinfo=UTC)], ids=["untimed", "timed"])
def test_what_waits_for_another_time_now_is_announced_again(ledger: SqlLedger, before: datetime | None) -> None:
    later = datetime(2026, 12, 25, 9, tzinfo=UTC)
    for when in (before, later):
        ledger.announce(row(scheduled_at=when))
    assert [each.scheduled_at for each in ledger.all_sends()] == [later]


def test_attempts_are_counted_over_all_runs(ledger: SqlLedger) -> None:
    for tried in (1, 2, 3):
        dispatched = ledger.move(claimed(ledger, row()), SendState.DISPATCHED)
        assert dispatched.attempt == tried
        ledger.move(dispatched, SendState.REJECTED)


def test_what_was_written_about_an_app_since_a_position_is_told(ledger: SqlLedger) -> None:
    ledger.intend(WHERE, [change("a")])
    position = ledger.position()
    assert ledger.moved_since(position, [WHERE]) == ""
    ledger.intend("appcenter/contoso/other", [change("a")])
    assert ledger.moved_since(position, [WHERE]) == ""
    ledger.claim(row())
    assert ledger.moved_since(position, [WHERE]).startswith("send-claimed of Notification/n0")
    assert ledger.moved_since(ledger.position(), [WHERE]) == ""


# Resources.


def test_an_open_intent_is_what_was_about_to_be_applied(ledger: SqlLedger) -> None:
    ledger.intend(WHERE, [change("a", spec={"definition": "new"})])
    (recorded,) = ledger.recorded({WHERE: "shop"})
    assert recorded.app == "shop"
    assert recorded.is_intent
    assert recorded.spec == {"definition": "new"}


def test_an_intent_over_what_is_owned_keeps_what_was_last_applied(ledger: SqlLedger) -> None:
    ledger.intend(WHERE, [change("a", spec={"definition": "old"})])
    ledger.settle(WHERE, change("a", spec={"definition": "old"}), "a")
    ledger.intend(WHERE, [change("a", Action.UPDATE, {"definition": "new"})])
    (recorded,) = ledger.recorded({WHERE: "shop"})
    assert not recorded.is_intent
    assert recorded.spec == {"definition": "old"}


def test_an_intent_that_was_definitely_not_done_leaves_no_trace_of_ownership(ledger: SqlLedger) -> None:
    ledger.intend(WHERE, [change("a")])
    ledger.settle(WHERE, change("a"), "", "refused")
    ledger.flush()
    assert not list(ledger.recorded({WHERE: "shop"}))


def test_what_is_settled_outlives_closing(place: Place) -> None:
    ledger = place.open()
    ledger.intend(WHERE, [change("a")])
    ledger.settle(WHERE, change("a"), "a")
    ledger.close()
    again = place.open()
    assert [each.is_intent for each in again.recorded({WHERE: "shop"})] == [False]
    again.close()


# Several processes.


def together(place: Place, target: Callable[..., None], *args: Any, processes: int = 4) -> list[str]:
    """Run a function in several processes that begin at one moment; what each of them said."""
    barrier, answers = SPAWN.Barrier(processes), SPAWN.Queue()
    working: list[BaseProcess] = [
        SPAWN.Process(target=target, args=(place, number, barrier, answers, *args)) for number in range(processes)
    ]
    for process in working:
        process.start()
    said = [str(answers.get(timeout=60)) for _ in working]
    for process in working:
        process.join(60)
        assert process.exitcode == 0
    return said


def _write_much(place: Place, number: int, barrier: Barrier, answers: Any) -> None:
    ledger = place.open()
    barrier.wait(60)
    for turn in range(15):
        record = ledger.move(claimed(ledger, row(number * 1000 + turn)), SendState.DISPATCHED)
        ledger.intend(WHERE, [change(f"{number}-{turn}")])
        ledger.move(record, SendState.ACCEPTED)
        ledger.settle(WHERE, change(f"{number}-{turn}"), "id")
    ledger.close()
    answers.put("done")


def test_writers_in_several_processes_keep_the_chain_whole(place: Place) -> None:
    assert together(place, _write_much, processes=3) == ["done"] * 3
    assert place.broken() is None
    ledger = place.open()
    assert len(ledger.all_sends()) == 45
    assert len(list(ledger.recorded({WHERE: "shop"}))) == 45
    ledger.close()


def _race(place: Place, number: int, barrier: Barrier, answers: Any) -> None:
    del number
    ledger = place.open()
    wins = 0
    for turn in range(20):
        barrier.wait(60)
        try:
            ledger.move(claimed(ledger, row(turn)), SendState.DISPATCHED)
            wins += 1
        except LedgerLocked:
            pass
    ledger.close()
    answers.put(wins)


def test_of_several_processes_that_race_for_a_send_exactly_one_dispatches_it(place: Place) -> None:
    # A claim may be taken over, so the right to send is what survives until DISPATCHED.
    place.open().close()
    assert sum(map(int, together(place, _race, processes=3))) == 20
    ledger = place.open()
    states = {record.state for record in ledger.all_sends()}
    assert states <= {SendState.CLAIMED, SendState.DISPATCHED}
    assert all(record.attempt <= 1 for record in ledger.all_sends())
    assert ledger.broken_at() is None
    ledger.close()


def _consume(place: Place, number: int, barrier: Barrier, answers: Any) -> None:
    del number
    ledger = place.open()
    barrier.wait(60)
    answers.put(sum(ledger.consume(f"plan {turn}") for turn in range(20)))
    ledger.close()


def test_of_several_processes_that_consume_a_plan_exactly_one_does(place: Place) -> None:
    assert sum(map(int, together(place, _consume, processes=3))) == 20
    assert place.broken() is None
