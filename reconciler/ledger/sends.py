"""The rows of `sends`: claimed, moved by compare-and-swap, or put whole. Each is one step of a transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from reconciler.errors import LedgerLocked
from reconciler.ledger.rows import send_record, send_values
from reconciler.ledger.tables import columns_of, sends
from reconciler.model.send import NEVER_LEFT, SendRecord, SendState

_TAKEN_BY_ANOTHER = "another runner took this send over"


def put_claim(connection: Connection, record: SendRecord, now: str) -> int:
    """Take a part that no byte has left for; the fence that every later move must quote. Raises `LedgerLocked`."""
    _refuse_known_marker(connection, record)
    found = connection.execute(select(sends).where(*_row(record))).first()
    fence = (found.fence if found else 0) + 1
    attempts = {"attempt": found.attempt if found else 0}
    values = send_values(record) | attempts | {"state": SendState.CLAIMED, "fence": fence, "updated_at": now}
    if found is None:
        try:
            connection.execute(insert(sends), values)
        except IntegrityError:
            raise LedgerLocked(_TAKEN_BY_ANOTHER, code="RC711") from None
        return fence
    query = update(sends).where(*_row(record), sends.c.fence == found.fence, sends.c.state.in_(sorted(NEVER_LEFT)))
    if connection.execute(query.values(values)).rowcount != 1:
        message = f"{_TAKEN_BY_ANOTHER}: it is {found.state} now"
        raise LedgerLocked(message, code="RC711", hint="reconciler sends list")
    return fence


def _refuse_known_marker(connection: Connection, record: SendRecord) -> None:
    """A rebuild may hold the very request under another key; its marker says that it was made."""
    same = (sends.c.coordinates == record.coordinates, sends.c.marker == record.marker)
    query = select(sends.c.send_key).where(*same, sends.c.send_key != record.send_key)
    if connection.execute(query.where(sends.c.state.not_in(sorted(NEVER_LEFT)))).first() is not None:
        message = "the ledger holds a send with this marker under another key"
        raise LedgerLocked(message, code="RC711", hint="reconciler sends list")


def swap(connection: Connection, record: SendRecord, values: dict[str, Any], version: int) -> SendRecord:
    """Change a row that still has the state and the fence of `record`; the row as it is then. `version` is that of the
    tables. Raises `LedgerLocked`.
    """
    query = update(sends).where(*_row(record), sends.c.state == record.state, sends.c.fence == record.fence)
    if connection.execute(query.values(values)).rowcount != 1:
        raise LedgerLocked(_TAKEN_BY_ANOTHER, code="RC711", hint="reconciler sends list")
    return send_record(connection.execute(select(*columns_of(sends, version)).where(*_row(record))).one())


def put_new(connection: Connection, record: SendRecord, now: str) -> bool:
    """Write the row of a part that waits, where there is none, or one that was withdrawn, or that waits for another
    time; whether it was written.
    """
    found = connection.execute(select(sends).where(*_row(record))).first()
    values = send_values(record) | {"state": SendState.PLANNED, "updated_at": now}
    if found is None:
        try:
            connection.execute(insert(sends), values)
        except IntegrityError:
            raise LedgerLocked(_TAKEN_BY_ANOTHER, code="RC711") from None
        return True
    is_moved = and_(sends.c.state == SendState.PLANNED, sends.c.scheduled_at.is_distinct_from(values["scheduled_at"]))
    waits = (or_(sends.c.state == SendState.WITHDRAWN, is_moved), sends.c.fence == found.fence)
    query = update(sends).where(*_row(record), *waits).values(values | {"fence": found.fence})
    return connection.execute(query).rowcount == 1


def put_whole(connection: Connection, upsert: Any, record: SendRecord, now: str) -> None:
    """Write a row, new or known, whatever it says. `upsert` is the database's own insert."""
    values = send_values(record) | {"updated_at": now}
    query = upsert(sends).values(values)
    connection.execute(query.on_conflict_do_update(index_elements=["send_key", "part"], set_=values))


def subject(record: SendRecord) -> str:
    """How the chain's entries name a part."""
    return f"{record.kind}/{record.name} {record.occurrence} {record.part + 1}/{record.parts} {record.send_key}"


def _row(record: SendRecord) -> tuple[Any, ...]:
    return (sends.c.send_key == record.send_key, sends.c.part == record.part)
