"""The tables of the ledger, the same for SQLite and PostgreSQL, and the number of their version."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

VERSION = 2
"""Raised with every change of the tables; an older ledger is migrated in place, a newer one is refused."""

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""`version`, `identity`, the `head` of the chain (the number and the hash of its last entry), the time `since` which
it remembers, and when it was `initialised`, if by a person.
"""

entries = Table(
    "entries",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("event", String(32), nullable=False),
    Column("coordinates", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Everything that ever happened, append-only; each row's `hash` covers the row and the hash before it."""

recorded = Table(
    "recorded",
    metadata,
    Column("coordinates", Text, primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("spec", Text),
    Column("intent", Text),
    Column("remote_id", Text, nullable=False),
)
"""What we own: `spec` as last applied (none while the first create is open), `intent` as about to be applied (none
when settled).
"""

sends = Table(
    "sends",
    metadata,
    Column("send_key", String(36), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("parts", Integer, nullable=False),
    Column("coordinates", Text, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("occurrence", String(64), nullable=False),
    Column("marker", String(32), nullable=False),
    Column("payload_digest", String(80), nullable=False),
    Column("content_digest", String(80), nullable=False),
    Column("target", Text, nullable=False),
    Column("state", String(24), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("dispatched_at", String(32)),
    Column("detail", Text, nullable=False),
    Column("scheduled_at", String(32)),
    Index("sends_by_coordinates", "coordinates"),
)
"""One row for each request of each send, moved by compare-and-swap on `state` and `fence`. `scheduled_at` since
version 2.
"""

plans = Table(
    "plans",
    metadata,
    Column("plan_id", String(36), primary_key=True),
    Column("consumed_at", String(32), nullable=False),
)
"""Plans that were used up: a plan is applied once."""

leases = Table(
    "leases",
    metadata,
    Column("coordinates", Text, primary_key=True),
    Column("fence", BigInteger, nullable=False),
    Column("lease_id", String(36), nullable=False),
    Column("holder", Text, nullable=False),
    Column("acquired_at", BigInteger, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""One row for each app that was ever held, since version 2. `lease_id` is empty while nobody holds it; `fence` never
falls. Times are milliseconds since 1970, by the database's own clock.
"""


def columns_of(table: Table, version: int) -> list[Column[Any]]:
    """The columns that a table had in a version; none where there was no such table yet."""
    if version < 2 and table is leases:
        return []
    return [column for column in table.columns if version >= 2 or column is not sends.c.scheduled_at]
