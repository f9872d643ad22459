"""The ledger in a SQL database, through SQLAlchemy Core: SQLite beside the project, or PostgreSQL for several
runners.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from reconciler.errors import LedgerLocked
from reconciler.ledger.chain import GENESIS, Entry, broken_at, link
from reconciler.ledger.connect import READING, engine_for, failures, upsert_of
from reconciler.ledger.rows import Rows, intent_rows, outcome_rows, send_record
from reconciler.ledger.sends import put_claim, put_whole, subject, swap
from reconciler.ledger.tables import entries, meta, plans, recorded, sends
from reconciler.model.change import Change
from reconciler.model.digest import canonical
from reconciler.model.resource import Recorded
from reconciler.model.send import SendRecord, SendState

SETTLE_SECONDS = 0.05
"""How long the outcome of a resource may wait for others to be written with it."""


INITIALISED = "initialised"


class SqlLedger:
    """`ports.Ledger` on one connection; safe to use from several threads.

    Outcomes of resources (`settle`) become durable together: with the next write of any thread, or `SETTLE_SECONDS`
    after the first of them. Losing the last few in a crash loses nothing: their intents are on disk, and explain what
    is found. All else is durable when the call returns.
    """

    def __init__(self, url: str, root: str = ".", *, create: bool = True) -> None:
        self._url = url
        self._engine, self._identity = engine_for(url, root, create=create)
        self._head = ""
        self._waiting = Rows()
        self._oldest = 0.0
        self._queue = threading.Lock()
        self._turn = threading.Lock()
        self._upsert = upsert_of(self._engine)

    def identity(self) -> str:
        return self._identity

    def is_initialised(self) -> bool:
        return bool(self._read(select(meta.c.value).where(meta.c.name == INITIALISED)))

    def initialise(self) -> None:
        """Write down that this ledger is meant to be the memory from the start. Once is enough."""
        with self._turn, failures(self._url), self._engine.begin() as connection:
            query = self._upsert(meta).values(name=INITIALISED, value=_now())
            connection.execute(query.on_conflict_do_nothing(index_elements=["name"]))

    def recorded(self, aliases: Mapping[str, str]) -> Sequence[Recorded]:
        columns = (
            recorded.c.coordinates,
            recorded.c.kind,
            recorded.c.name,
            recorded.c.spec,
            recorded.c.intent,
            recorded.c.remote_id,
        )
        query = select(*columns).where(recorded.c.coordinates.in_(sorted(aliases)))
        return [
            Recorded(
                aliases[where],
                kind,
                name,
                json.loads(spec or intent or "{}"),
                remote_id,
                is_intent=spec is None,
                intent=json.loads(intent) if intent else None,
            )
            for where, kind, name, spec, intent, remote_id in self._read(query)
        ]

    def sends(self, coordinates: Collection[str]) -> Sequence[SendRecord]:
        query = select(sends).where(sends.c.coordinates.in_(sorted(coordinates)))
        return [send_record(row) for row in self._read(query.order_by(sends.c.send_key, sends.c.part))]

    def all_sends(self) -> Sequence[SendRecord]:
        """Every part of every send, of whatever app, oldest change first."""
        return [
            send_record(row)
            for row in self._read(select(sends).order_by(sends.c.updated_at, sends.c.send_key, sends.c.part))
        ]

    def broken_at(self) -> int | None:
        """The number of the first entry that was tampered with or is missing; None where the chain holds to its
        recorded head.
        """
        columns = (
            entries.c.seq,
            entries.c.at,
            entries.c.event,
            entries.c.coordinates,
            entries.c.subject,
            entries.c.body,
            entries.c.hash,
        )
        rows = self._read(select(*columns).order_by(entries.c.seq))
        broken = broken_at(
            (seq, at, Entry(event, where, subject, body), found) for seq, at, event, where, subject, body, found in rows
        )
        head = self._read(select(meta.c.value).where(meta.c.name == "head"))[0][0]
        ends = f"{rows[-1][0]} {rows[-1][-1]}" if rows else GENESIS
        return int(head.split()[0]) if broken is None and head != ends else broken

    def intend(self, coordinates: str, changes: Sequence[Change]) -> None:
        self._enqueue(intent_rows(coordinates, changes))
        self.flush()

    def settle(self, coordinates: str, change: Change, remote_id: str, error: str = "") -> None:
        oldest = self._enqueue(outcome_rows(coordinates, change, remote_id, error))
        if time.monotonic() - oldest > SETTLE_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Make every queued outcome durable; one transaction serves all threads that wait for it."""
        with self._turn:
            with self._queue:
                rows, self._waiting = self._waiting, Rows()
            if rows.entries:
                self._transact(rows)

    def claim(self, record: SendRecord) -> int:
        with self._turn, failures(self._url), self._engine.begin() as connection:
            fence = put_claim(connection, record, _now())
            body = canonical({"fence": fence, "holder": record.holder})
            self._append(connection, [Entry("send-claimed", record.coordinates, subject(record), body)])
        return fence

    def move(self, record: SendRecord, state: SendState, *, detail: str = "", remote_id: str = "") -> SendRecord:
        now = _now()
        values: dict[str, Any] = {
            "state": state,
            "detail": detail,
            "updated_at": now,
            "remote_id": remote_id or record.remote_id,
        }
        if state is SendState.DISPATCHED:
            values |= {"dispatched_at": now, "attempt": record.attempt + 1}
        with self._turn, failures(self._url), self._engine.begin() as connection:
            moved = swap(connection, record, values)
            body = canonical({"from": record.state, "detail": detail, "remote_id": remote_id, "fence": record.fence})
            self._append(connection, [Entry(f"send-{state.lower()}", record.coordinates, subject(record), body)])
        return moved

    def put(self, record: SendRecord, event: str) -> None:
        with self._turn, failures(self._url), self._engine.begin() as connection:
            put_whole(connection, self._upsert, record, _now())
            body = canonical({"state": record.state, "detail": record.detail, "remote_id": record.remote_id})
            self._append(connection, [Entry(event, record.coordinates, subject(record), body)])

    def consume(self, plan_id: str) -> bool:
        with self._turn, failures(self._url):
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(plans), {"plan_id": plan_id, "consumed_at": _now()})
                    self._append(connection, [Entry("plan-consumed", "", plan_id, "{}")])
            except IntegrityError:
                return False
        return True

    def is_consumed(self, plan_id: str) -> bool:
        return bool(self._read(select(plans.c.plan_id).where(plans.c.plan_id == plan_id)))

    def close(self) -> None:
        """Make the last outcomes durable and let go of the database."""
        self.flush()
        self._engine.dispose()

    def _read(self, query: Any) -> Sequence[Any]:
        with self._turn, failures(self._url), self._reading() as connection:
            return connection.execute(query).fetchall()

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(**{READING: True})

    def _enqueue(self, rows: Rows) -> float:
        """Queue rows for the next transaction; since when (monotonic) the oldest of the queue waits."""
        with self._queue:
            if not self._waiting.entries:
                self._oldest = time.monotonic()
            self._waiting.extend(rows)
            return self._oldest

    def _transact(self, rows: Rows) -> None:
        with failures(self._url), self._engine.begin() as connection:
            if rows.upserts:
                query = self._upsert(recorded)
                changed = {name: query.excluded[name] for name in ("intent", "remote_id")}
                connection.execute(query.on_conflict_do_update(index_elements=_KEY, set_=changed), rows.upserts)
            if rows.applied:
                query = self._upsert(recorded)
                changed = {name: query.excluded[name] for name in ("spec", "intent", "remote_id")}
                connection.execute(query.on_conflict_do_update(index_elements=_KEY, set_=changed), rows.applied)
            for coordinates, kind, name in rows.abandoned:
                where = (recorded.c.coordinates == coordinates, recorded.c.kind == kind, recorded.c.name == name)
                connection.execute(update(recorded).where(*where).values(intent=None))
                connection.execute(delete(recorded).where(*where, recorded.c.spec.is_(None)))
            for coordinates, kind, name in rows.removed:
                where = (recorded.c.coordinates == coordinates, recorded.c.kind == kind, recorded.c.name == name)
                connection.execute(delete(recorded).where(*where))
            self._append(connection, rows.entries)

    def _append(self, connection: Connection, new: Sequence[Entry]) -> None:
        for head in (self._head, None):
            before = head or connection.execute(select(meta.c.value).where(meta.c.name == "head")).scalar_one()
            seq, last = before.split()
            rows, following = link(new, _now(), int(seq), last)
            after = f"{rows[-1]['seq']} {following}"
            moved = update(meta).where(meta.c.name == "head", meta.c.value == before).values(value=after)
            if connection.execute(moved).rowcount == 1:
                connection.execute(insert(entries), rows)
                self._head = after
                return
        raise LedgerLocked(
            "another runner writes to the ledger all the time", code="RC710", hint="try again when it ends"
        )


_KEY = ["coordinates", "kind", "name"]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
