"""The rows of `recorded`: what we own, read, and written within a transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from reconciler.ledger.rows import RowKey, Rows
from reconciler.ledger.tables import recorded
from reconciler.model.resource import Recorded

_KEY = ["coordinates", "kind", "name"]


def read_recorded(connection: Connection, aliases: Mapping[str, str]) -> Sequence[Recorded]:
    """What we own on those apps; `aliases` are their names in this project, by coordinates."""
    columns = (
        recorded.c.coordinates,
        recorded.c.kind,
        recorded.c.name,
        recorded.c.spec,
        recorded.c.intent,
        recorded.c.remote_id,
    )
    query = select(*columns).where(recorded.c.coordinates.in_(sorted(aliases)))
    rows = connection.execute(query).fetchall()
    # Read as one text: ten thousand short ones take twice the time.
    specs = json.loads(f"[{','.join([spec or intent or '{}' for _, _, _, spec, intent, _ in rows])}]")
    return [
        Recorded(aliases[where], kind, name, held, remote_id, spec is None, json.loads(intent) if intent else None)
        for (where, kind, name, spec, intent, remote_id), held in zip(rows, specs, strict=True)
    ]


def write_recorded(connection: Connection, upsert: Any, rows: Rows) -> None:
    """Write what was intended, applied, given up and removed. `upsert` is the database's own insert."""
    _put(connection, upsert, rows.upserts, ("intent", "remote_id"))
    _put(connection, upsert, rows.applied, ("spec", "intent", "remote_id"))
    for key in rows.abandoned:
        connection.execute(update(recorded).where(*_of(key)).values(intent=None))
        connection.execute(delete(recorded).where(*_of(key), recorded.c.spec.is_(None)))
    for key in rows.removed:
        connection.execute(delete(recorded).where(*_of(key)))


def _put(connection: Connection, upsert: Any, rows: list[dict[str, Any]], changing: tuple[str, ...]) -> None:
    if rows:
        query = upsert(recorded)
        changed = {name: query.excluded[name] for name in changing}
        connection.execute(query.on_conflict_do_update(index_elements=_KEY, set_=changed), rows)


def _of(key: RowKey) -> tuple[Any, ...]:
    coordinates, kind, name = key
    return recorded.c.coordinates == coordinates, recorded.c.kind == kind, recorded.c.name == name
