"""What only a server does: it goes away, comes back, refuses, keeps one waiting, and has settings of its own."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from reconciler.errors import LedgerError, LedgerLocked
from reconciler.ledger import engines, leases
from reconciler.ledger.failures import failures
from reconciler.ledger.sql import SqlLedger
from reconciler.model.send import SendState
from tests.ledger.place import WHERE, Place, change, claimed, row, write_some
from tests.support.postgres import PASSWORD, Server, free_port


@pytest.fixture
def place(postgres: Server, tmp_path: Path) -> Place:
    return Place(postgres.database(), str(tmp_path))


@pytest.fixture
def restarted(postgres: Server) -> Iterator[Server]:
    """A server that a test may stop; it runs again afterwards."""
    yield postgres
    postgres.stop()
    postgres.start()


def refused(url: str, *, create: bool = True) -> LedgerError:
    with pytest.raises(LedgerError) as failed:
        SqlLedger(url, create=create)
    assert "\n" not in failed.value.message
    return failed.value


# The server goes away.


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restart", "crash"])
def test_a_server_that_was_restarted_is_found_again(restarted: Server, ledger: SqlLedger, how: signal.Signals) -> None:
    record = claimed(ledger, row())
    restarted.stop(how)
    restarted.start()
    record = ledger.move(record, SendState.DISPATCHED)
    restarted.stop(how)
    restarted.start()
    ledger.move(record, SendState.ACCEPTED, remote_id="id")
    assert ledger.broken_at() is None


def test_while_the_server_is_gone_nothing_is_written_and_that_is_told_at_once(
    restarted: Server, ledger: SqlLedger
) -> None:
    record = claimed(ledger, row())
    restarted.stop()
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(LedgerError) as failed:
            ledger.move(record, SendState.DISPATCHED)
        assert time.monotonic() - began < 3
        assert failed.value.code == "RC702"
        assert "server" in failed.value.hint
    restarted.start()
    assert ledger.all_sends()[0].state is SendState.CLAIMED
    ledger.move(record, SendState.DISPATCHED)
    assert ledger.broken_at() is None


def test_a_server_that_dies_in_the_middle_of_a_write_leaves_all_of_it_or_nothing(
    restarted: Server, ledger: SqlLedger
) -> None:
    def die() -> None:
        with ledger._store.writing() as connection:
            connection.execute(text("DELETE FROM sends"))
            restarted.stop(signal.SIGQUIT)

    ledger.claim(row())
    with pytest.raises(LedgerError) as failed:
        die()
    assert failed.value.code == "RC702"
    restarted.start()
    assert len(ledger.all_sends()) == 1


def test_what_could_not_be_written_for_one_thread_is_written_for_none(restarted: Server, ledger: SqlLedger) -> None:
    # An intent that another thread was to write must not be taken for written when that thread failed.
    ledger.flush()
    restarted.stop()
    said: list[str] = []
    barrier = threading.Barrier(8)

    def intend(number: int) -> None:
        barrier.wait()
        try:
            ledger.intend(WHERE, [change(f"a{number}")])
        except LedgerError as error:
            said.append(error.code)
        else:
            said.append("written")

    threads = [threading.Thread(target=intend, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    restarted.start()
    assert said == ["RC702"] * 8


# The server refuses, or keeps one waiting.


def test_a_port_that_nobody_listens_on_is_told_at_once() -> None:
    began = time.monotonic()
    error = refused(f"postgresql://me:{PASSWORD}@127.0.0.1:{free_port()}/ledger")
    assert error.code == "RC702"
    assert "server" in error.hint
    assert time.monotonic() - began < 3


def test_a_host_that_does_not_answer_is_given_up_within_seconds() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        error = refused(f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/ledger?connect_timeout=2")
    assert error.code == "RC702"
    assert "timeout" in error.message
    assert time.monotonic() - began < 6


def test_how_long_a_connection_may_take_is_bounded_by_itself() -> None:
    assert engines.CONNECT_SECONDS <= 10
    assert engines.BUSY_SECONDS <= 15 - 15 / 3  # a lease outlives a wait between two heartbeats


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://locked:{password}@127.0.0.1:{port}/postgres",
        "postgresql://locked@127.0.0.1:{port}/postgres?password={password}",
        "postgresql://locked:{password}@127.0.0.1:{port}/nowhere",
        "postgresql://nobody:{password}@127.0.0.1:{port}/postgres",
        "postgresql://me:{password}@127.0.0.1:1/postgres",
        "postgresql://me:{password}@no.such.host.invalid/postgres?connect_timeout=2",
        "postgresql://me:{password}@127.0.0.1:{port}/postgres?sslmode={password}",
        "postgresql://me:{password}@127.0.0.1:{port}/postgres?no_such_option={password}",
        "postgresql://me:{password}@127.0.0.1:notaport/postgres",
        "postgresql+nodriver://me:{password}@127.0.0.1:{port}/nowhere",
        "postgres://me:{password}@127.0.0.1:{port}/postgres",
    ],
)
@pytest.mark.parametrize("secret", ["hunter2", "p%40ss%2Fw%C3%B6rd"])
def test_a_password_is_never_shown(postgres: Server, url: str, secret: str) -> None:
    postgres.let_in()
    error = refused(url.format(password=secret, port=postgres.port))
    assert error.code in ("RC701", "RC702")
    shown = f"{error.message} {error.hint} {error}"
    assert not any(word in shown for word in ("hunter2", "p%40ss", "p@ss", "wörd"))


def test_the_right_password_lets_in(postgres: Server) -> None:
    postgres.let_in()
    name = postgres.database('ALTER DATABASE "{name}" OWNER TO locked').rpartition("/")[2]
    ledger = SqlLedger(f"postgresql://locked:{PASSWORD}@127.0.0.1:{postgres.port}/{name}")
    write_some(ledger)
    ledger.close()


def test_a_user_who_may_not_make_tables_is_told_what_to_grant(postgres: Server) -> None:
    with postgres.admin() as connection, suppress(psycopg.errors.DuplicateObject):
        connection.execute("CREATE ROLE reader LOGIN")
    name = postgres.database().rpartition("/")[2]
    error = refused(f"postgresql://reader@127.0.0.1:{postgres.port}/{name}")
    assert (error.code, "CREATE" in error.hint) == ("RC702", True)


def test_a_database_that_is_not_there_is_to_be_made_first(place: Place) -> None:
    assert "createdb" in refused(place.url + "_missing").hint


def test_a_lock_that_is_not_given_in_time_is_told_as_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 1)
    ledger = place.open()
    with psycopg.connect(place.url) as other:
        other.execute("UPDATE meta SET value = value WHERE name = 'head'")
        began = time.monotonic()
        with pytest.raises(LedgerLocked) as locked:
            ledger.claim(row())
        assert 0.9 < time.monotonic() - began < 4
        other.rollback()
    assert locked.value.code == "RC710"
    ledger.claim(row())
    ledger.close()


def test_a_statement_that_does_not_end_is_ended(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "STATEMENT_SECONDS", 1)
    ledger = place.open()
    with pytest.raises(LedgerError) as failed, ledger._store.writing() as connection:
        connection.execute(text("SELECT pg_sleep(20)"))
    assert failed.value.code == "RC702"
    assert "busy" in failed.value.hint
    ledger.claim(row())
    ledger.close()


@pytest.mark.parametrize("error", [psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure])
def test_a_conflict_with_another_writer_says_to_try_again(error: type[psycopg.Error]) -> None:
    with pytest.raises(LedgerLocked) as locked, failures("postgresql://host/db"):
        raise OperationalError("UPDATE", {}, error("sorry"))
    assert (locked.value.code, locked.value.exit_code) == ("RC710", 6)


# Settings of its own.


@pytest.mark.parametrize("level", ["serializable", "repeatable read"])
def test_writers_do_not_fail_under_a_stricter_default_isolation(postgres: Server, tmp_path: Path, level: str) -> None:
    url = postgres.database(f"ALTER DATABASE \"{{name}}\" SET default_transaction_isolation = '{level}'")
    place = Place(url, str(tmp_path))
    place.open().close()
    failed: list[LedgerError] = []

    def write(number: int) -> None:
        ledger = place.open()
        try:
            for turn in range(10):
                ledger.move(claimed(ledger, row(number * 100 + turn)), SendState.DISPATCHED)
        except LedgerError as error:
            failed.append(error)
        ledger.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    ledger = place.open()
    assert len(ledger.all_sends()) == 40
    assert ledger.broken_at() is None
    ledger.close()


def test_what_is_written_is_durable_though_the_server_would_not_wait_for_it(postgres: Server, tmp_path: Path) -> None:
    ledger = Place(postgres.database(), str(tmp_path)).open()
    with postgres.admin() as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
    with ledger._store.writing() as connection_of_ours:
        assert connection_of_ours.execute(text("SHOW synchronous_commit")).scalar() == "on"
    ledger.close()


def test_a_server_that_waits_for_its_replicas_still_does(postgres: Server, tmp_path: Path) -> None:
    url = postgres.database("ALTER DATABASE \"{name}\" SET synchronous_commit = 'remote_apply'")
    ledger = Place(url, str(tmp_path)).open()
    with ledger._store.writing() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "remote_apply"
    ledger.close()


def test_a_run_uses_one_connection_however_many_threads_it_has(place: Place, ledger: SqlLedger) -> None:
    seen: list[int] = []
    has_looked = threading.Event()

    def write(number: int) -> None:
        for turn in range(5):
            ledger.intend(WHERE, [change(f"{number}-{turn}")])
            ledger.sends([WHERE])
            ledger.renew()

    def watch(over: threading.Event) -> None:
        with psycopg.connect(place.url, autocommit=True) as connection:
            # The server's own processes, such as autovacuum, come and go in a database too.
            query = (
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND backend_type = 'client backend'"
            )
            while not over.wait(0.002):
                found = connection.execute(query).fetchone()
                seen.append(found[0] - 1 if found else 0)
                has_looked.set()

    over = threading.Event()
    watching = threading.Thread(target=watch, args=(over,))
    watching.start()
    assert has_looked.wait(30)
    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    over.set()
    watching.join(10)
    assert max(seen) == 1


def test_of_many_that_open_an_empty_database_at_once_one_makes_the_tables(place: Place) -> None:
    found: list[str] = []
    barrier = threading.Barrier(6)

    def make() -> None:
        barrier.wait()
        ledger = place.open()
        found.append(ledger.identity())
        ledger.close()

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 6
    assert len(set(found)) == 1


def test_who_was_faster_between_the_look_and_the_lock_keeps_the_lease(
    ledger: SqlLedger, second: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.acquire([WHERE], "me", lambda _: False)
    ledger.release()
    make = leases._make_rows

    def be_faster(*given: Any) -> None:
        monkeypatch.setattr(leases, "_make_rows", make)
        make(*given)
        second.acquire([WHERE], "they", lambda _: False)

    monkeypatch.setattr(leases, "_make_rows", be_faster)
    with pytest.raises(LedgerLocked) as refused:
        ledger.acquire([WHERE], "me", lambda _: False)
    assert refused.value.code == "RC713"
    assert [each.holder for each in second.leases()] == ["they"]
