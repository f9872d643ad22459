"""Make a ledger's tables, or bring those of an older version up to date, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Engine, insert, inspect, select, text, update

from reconciler.core.quote import quote
from reconciler.errors import LedgerError
from reconciler.ledger.chain import GENESIS, Entry
from reconciler.ledger.head import append
from reconciler.ledger.tables import VERSION, entries, leases, meta, metadata
from reconciler.model.digest import canonical

_LOCK = 0x5EC0_0C11
"""PostgreSQL's advisory lock that stands for "somebody makes the tables"."""


def _add_leases_and_schedules(connection: Connection) -> None:
    leases.create(connection)
    connection.execute(text("ALTER TABLE sends ADD COLUMN scheduled_at VARCHAR(32)"))


STEPS: Mapping[int, Callable[[Connection], None]] = {1: _add_leases_and_schedules}
"""What leads from each older version to the next one."""


def create(engine: Engine, identity: str) -> None:
    """Make the tables, unless another process was faster."""
    with engine.begin() as connection:
        _alone(connection)
        if inspect(connection).has_table(meta.name):
            return
        metadata.create_all(connection)
        first = {"version": str(VERSION), "identity": identity, "head": GENESIS}
        connection.execute(insert(meta), [{"name": name, "value": value} for name, value in first.items()])


def migrate(engine: Engine) -> None:
    """Bring the tables of an older version up to date: all or nothing, and written into the chain."""
    with engine.begin() as connection:
        _alone(connection)
        found = read_version(connection)
        for version in range(found, VERSION):
            STEPS[version](connection)
        date(connection, found)


def date(connection: Connection, found: int) -> None:
    """Bring what the rows of version `found` say up to date, once the tables are."""
    if found < 2 and (began := first_time(connection)) is not None:
        connection.execute(insert(meta), {"name": "since", "value": began})
    if found < VERSION:
        connection.execute(update(meta).where(meta.c.name == "version").values(value=str(VERSION)))
        append(connection, [Entry("migrated", "", "", canonical({"from": found, "to": VERSION}))])


def first_time(connection: Connection) -> str | None:
    """The time of the first entry; None where there is none."""
    return connection.execute(select(entries.c.at).order_by(entries.c.seq).limit(1)).scalar()


def read_version(connection: Connection) -> int:
    """The version of the tables, from 1. Raises `LedgerError` for one newer than this program knows (RC703), and for
    what is none (RC702).
    """
    found = connection.execute(select(meta.c.value).where(meta.c.name == "version")).scalar()
    version = int(found) if found and found.isascii() and found.isdigit() else 0
    if version < 1:
        raise LedgerError(
            f"the ledger cannot be used: {quote(found or '')} is no version of its tables",
            code="RC702",
            hint="restore it from a backup; it holds what was sent, so do not just delete it",
        )
    if version > VERSION:
        raise LedgerError(
            f"the ledger has version {version}, this program knows {VERSION}",
            code="RC703",
            hint="use the newer reconciler that wrote it",
        )
    return version


def _alone(connection: Connection) -> None:
    """Wait until no other process makes tables here; SQLite's writers are alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
