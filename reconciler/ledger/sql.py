"""The ledger in a SQL database, through SQLAlchemy Core: SQLite beside the project, or PostgreSQL for several
runners.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from reconciler.core.transitions import follows
from reconciler.errors import LedgerError
from reconciler.ledger.chain import Entry
from reconciler.ledger.head import now
from reconciler.ledger.leases import Leases
from reconciler.ledger.migrate import first_time
from reconciler.ledger.notes import FREEZE, INITIALISED, SINCE, keep_note, put_note, read_note
from reconciler.ledger.queue import Queue
from reconciler.ledger.recorded import read_recorded, write_recorded
from reconciler.ledger.rows import Rows, intent_rows, outcome_rows, send_record, send_values, storable
from reconciler.ledger.sends import put_claim, put_new, put_whole, subject, swap
from reconciler.ledger.store import Store
from reconciler.ledger.tables import columns_of, entries, meta, plans, sends
from reconciler.ledger.take_in import take_in
from reconciler.ledger.transfer import export
from reconciler.ledger.verify import Verdict, verify
from reconciler.model.change import Change
from reconciler.model.digest import canonical
from reconciler.model.freeze import Freeze, read_freeze, write_freeze
from reconciler.model.lease import LEASE_SECONDS, Lease
from reconciler.model.resource import Recorded
from reconciler.model.send import SendRecord, SendState

SETTLE_SECONDS = 0.05
"""How long the outcome of a resource may wait for others to be written with it."""


class SqlLedger:
    """`ports.Ledger` on one connection; safe to use from several threads.

    Outcomes of resources (`settle`) become durable together: with the next write of any thread, or `SETTLE_SECONDS`
    after the first of them. Losing the last few in a crash loses nothing: their intents are on disk, and explain what
    is found. All else is durable when the call returns.
    """

    def __init__(self, url: str, root: str = ".", *, create: bool = True) -> None:
        self._store = Store(url, root, create=create)
        self._engine = self._store.engine
        self._columns = columns_of(sends, self._store.version)
        self._leases = Leases(self._store)
        self._queue = Queue(self._write)

    def identity(self) -> str:
        return self._store.identity

    def sessions(self) -> int:
        return self._store.sessions

    def is_initialised(self) -> bool:
        return read_note(self._store, INITIALISED) is not None

    def initialise(self) -> None:
        """Write down that this ledger is meant to be the memory from the start. Once is enough."""
        keep_note(self._store, INITIALISED, now())

    def since(self) -> datetime | None:
        found = read_note(self._store, SINCE)
        if found is None and self._store.version < 2:  # older ones did not write it down
            with self._store.reading() as connection:
                found = first_time(connection)
        return datetime.fromisoformat(found) if found else None

    def begin(self, now: datetime) -> None:
        if self.since() is None:
            keep_note(self._store, SINCE, now.isoformat(timespec="microseconds"))

    def frozen(self) -> Freeze | None:
        found = read_note(self._store, FREEZE)
        return read_freeze(found) if found else None

    def freeze(self, freeze: Freeze | None) -> None:
        """Forbid every effect of every runner, or (None) allow them again."""
        text = write_freeze(freeze) if freeze else None
        put_note(self._store, FREEZE, text, "frozen" if freeze else "thawed")

    def recorded(self, aliases: Mapping[str, str]) -> Sequence[Recorded]:
        with self._store.reading() as connection:
            return read_recorded(connection, aliases)

    def sends(self, coordinates: Collection[str]) -> Sequence[SendRecord]:
        query = select(*self._columns).where(sends.c.coordinates.in_(sorted(coordinates)))
        return [send_record(row) for row in self._read(query.order_by(sends.c.send_key, sends.c.part))]

    def all_sends(self) -> Sequence[SendRecord]:
        """Every part of every send, of whatever app, oldest change first."""
        query = select(*self._columns).order_by(sends.c.updated_at, sends.c.send_key, sends.c.part)
        return [send_record(row) for row in self._read(query)]

    def verify(self) -> Verdict:
        """Whether every entry follows from those before it, as far as the recorded head."""
        with self._store.reading() as connection:
            return verify(connection)

    def broken_at(self) -> int | None:
        """The number of the first entry that was tampered with or is missing; None where the chain holds."""
        return self.verify().broken_at

    def export(self, write: Callable[[str], object]) -> int:
        """Write the whole ledger, as it is at one moment, line by line; how many lines."""
        with self._store.reading() as connection:
            return export(connection, write)

    def take_in(self, exported: Iterable[str]) -> None:
        """Become the ledger of an export, lines and all, its identity too. Raises `LedgerError` unless it is empty."""
        with self._store.writing() as connection:
            identity = take_in(connection, exported)
        self._store.identity = identity

    def position(self) -> int:
        """The number of the last entry."""
        return int(self._read(select(meta.c.value).where(meta.c.name == "head"))[0][0].split()[0])

    def moved_since(self, position: int, coordinates: Collection[str]) -> str:
        """What was first written about these apps after entry `position`, in words; empty where nothing was. Leases
        that change hands move nothing.
        """
        query = select(entries.c.event, entries.c.subject).where(
            entries.c.seq > position,
            entries.c.coordinates.in_(sorted(coordinates)),
            entries.c.event.not_like("lease-%"),
        )
        found = self._read(query.order_by(entries.c.seq).limit(1))
        return f"{found[0].event} of {found[0].subject}" if found else ""

    def acquire(
        self,
        coordinates: Collection[str],
        holder: str,
        is_dead: Callable[[Lease], bool],
        seconds: float = LEASE_SECONDS,
    ) -> Sequence[Lease]:
        return self._leases.acquire(coordinates, holder, is_dead, seconds)

    def renew(self, coordinates: Collection[str] | None = None) -> None:
        self._leases.renew(coordinates)

    def release(self, coordinates: Collection[str] | None = None) -> None:
        try:
            self._queue.flush()
        finally:
            self._leases.release(coordinates)

    def leases(self) -> Sequence[Lease]:
        return self._leases.listed()

    def break_lease(self, lease_id: str) -> Sequence[Lease]:
        return self._leases.break_(lease_id)

    def intend(self, coordinates: str, changes: Sequence[Change]) -> None:
        batch = self._queue.add(intent_rows(coordinates, changes))
        self.flush()
        if batch.error:  # another thread's attempt to write it failed
            raise batch.error

    def settle(self, coordinates: str, change: Change, remote_id: str, error: str = "") -> None:
        batch = self._queue.add(outcome_rows(coordinates, change, remote_id, error))
        if batch.seconds > SETTLE_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Make every queued outcome durable; one transaction serves all threads that wait for it."""
        self._queue.flush()

    def claim(self, record: SendRecord) -> int:
        with self._store.writing() as connection:
            self._leases.ask(connection, [record.coordinates])
            fence = put_claim(connection, record, now())
            body = canonical({"fence": fence, "holder": record.holder})
            self._store.append(connection, [Entry("send-claimed", record.coordinates, subject(record), body)])
        return fence

    def move(self, record: SendRecord, state: SendState, *, detail: str = "", remote_id: str = "") -> SendRecord:
        if not follows(record.state, state):
            raise LedgerError(f"a request that is {record.state} cannot become {state}", code="RC716")
        at, detail, remote_id = now(), storable(detail), storable(remote_id)
        known = remote_id or record.remote_id
        values: dict[str, Any] = {"state": state, "detail": detail, "updated_at": at, "remote_id": known}
        if state is SendState.DISPATCHED:
            values |= {"dispatched_at": send_values(record)["dispatched_at"] or at, "attempt": sends.c.attempt + 1}
        with self._store.writing() as connection:
            # What became of a request is a fact, whoever holds the lease by now; fence and state say of which request.
            if record.state is not SendState.DISPATCHED and state is not SendState.ACCEPTED:
                self._leases.ask(connection, [record.coordinates])
            moved = swap(connection, record, values, self._store.version)
            body = canonical({"from": record.state, "detail": detail, "remote_id": remote_id, "fence": record.fence})
            entry = Entry(f"send-{state.lower()}", record.coordinates, subject(record), body)
            self._store.append(connection, [entry])
        return moved

    def announce(self, record: SendRecord) -> bool:
        with self._store.writing() as connection:
            self._leases.ask(connection, [record.coordinates])
            is_new = put_new(connection, record, now())
            if is_new:
                body = canonical({"scheduled_at": str(record.scheduled_at or "")})
                self._store.append(connection, [Entry("send-planned", record.coordinates, subject(record), body)])
        return is_new

    def put(self, record: SendRecord, event: str) -> None:
        with self._store.writing() as connection:
            self._leases.ask(connection, [record.coordinates])
            put_whole(connection, self._store.upsert, record, now())
            body = canonical({"state": record.state, "detail": record.detail, "remote_id": record.remote_id})
            self._store.append(connection, [Entry(event, record.coordinates, subject(record), body)])

    def consume(self, plan_id: str) -> bool:
        try:
            with self._store.writing() as connection:
                connection.execute(insert(plans), {"plan_id": plan_id, "consumed_at": now()})
                self._store.append(connection, [Entry("plan-consumed", "", plan_id, "{}")])
        except LedgerError as error:
            if isinstance(error.__cause__, IntegrityError):
                return False
            raise
        return True

    def is_consumed(self, plan_id: str) -> bool:
        return bool(self._read(select(plans.c.plan_id).where(plans.c.plan_id == plan_id)))

    def close(self) -> None:
        """Make the last outcomes durable and let go of the database."""
        try:
            self.flush()
        finally:
            self._store.close()

    def _read(self, query: Any) -> Sequence[Any]:
        with self._store.reading() as connection:
            return connection.execute(query).fetchall()

    def _write(self, rows: Rows) -> None:
        with self._store.writing() as connection:
            self._leases.ask(connection, {entry.coordinates for entry in rows.entries})
            write_recorded(connection, self._store.upsert, rows)
            self._store.append(connection, rows.entries)
