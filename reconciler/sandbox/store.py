"""Keep everything the sandbox knows in one SQLite file.

Every write is committed before its reply, without waiting for the disk (WAL, synchronous=NORMAL): a killed process
loses nothing that was acknowledged. The file is locked while a sandbox runs on it, so what is cached here cannot go
stale.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.sandbox.options import SandboxRefused

FILE_NAME = "sandbox.db"
_VERSION = 2  # of the tables

_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS apps(
    id INTEGER PRIMARY KEY, coordinate TEXT NOT NULL UNIQUE, version INTEGER NOT NULL DEFAULT 1, seen_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS custom_properties(
    app_id INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, PRIMARY KEY(app_id, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens(
    id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, user TEXT NOT NULL, scope TEXT NOT NULL,
    description TEXT, created_at REAL NOT NULL, revoked INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries(
    seq INTEGER PRIMARY KEY, app TEXT NOT NULL, notification_id TEXT NOT NULL, name TEXT NOT NULL,
    delivered_at REAL NOT NULL, devices INTEGER NOT NULL, device_ids TEXT NOT NULL, content TEXT);
CREATE TABLE IF NOT EXISTS devices(
    seq INTEGER PRIMARY KEY, app_id INTEGER NOT NULL, install_id TEXT NOT NULL, user_id TEXT, account_id TEXT,
    AppVersion TEXT, CarrierCountry TEXT, CarrierName TEXT, Language TEXT, Model TEXT, OemName TEXT, OsVersion TEXT,
    ScreenSize TEXT, custom_properties TEXT NOT NULL, push_enabled INTEGER NOT NULL, push_failure TEXT,
    network_type TEXT, first_seen REAL NOT NULL, last_seen REAL NOT NULL,
    UNIQUE(app_id, install_id));
CREATE INDEX IF NOT EXISTS devices_by_app ON devices(app_id);
CREATE INDEX IF NOT EXISTS devices_by_user ON devices(app_id, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS devices_by_account ON devices(app_id, account_id) WHERE account_id IS NOT NULL;
"""


@dataclass(slots=True)
class Store:
    """The open file, and what is read so often that it is kept at hand; a failed write empties the latter."""

    connection: sqlite3.Connection
    app_ids: dict[str, int] = field(default_factory=dict)
    vendor_ids: dict[tuple[str, str], int] = field(
        default_factory=dict
    )  # of apps that this vendor has met: (vendor, coordinate)
    property_types: dict[int, dict[str, str]] = field(default_factory=dict)


def open_store(data: Path, schemas: Iterable[str]) -> Store:
    """Open, or make, the file in the folder `data`, with each vendor's own tables.

    Raises:
        SandboxRefused: the folder cannot be written, the file is not ours, or another sandbox has it.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            data / FILE_NAME, timeout=0.2, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA journal_size_limit=67108864")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA cache_size=-65536")
        connection.execute("BEGIN IMMEDIATE")  # takes the lock, or tells that another has it
        for statement in ";".join((_SCHEMA, *schemas)).split(";"):
            connection.execute(statement)
        _check_version(connection, data)
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise SandboxRefused(f"another sandbox is running on `{data}`") from error
        raise SandboxRefused(f"cannot open `{data / FILE_NAME}`: {error}") from error
    except (OSError, sqlite3.DatabaseError) as error:
        raise SandboxRefused(f"cannot use `{data / FILE_NAME}`: {error}") from error
    return Store(connection)


def _check_version(connection: sqlite3.Connection, data: Path) -> None:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found not in (0, _VERSION):
        raise SandboxRefused(f"`{data}` was written by another version of the sandbox; take another folder")
    connection.execute(f"PRAGMA user_version = {_VERSION}")


@contextmanager
def transaction(store: Store) -> Iterator[sqlite3.Connection]:
    """Make the writes inside all happen or none."""
    connection = store.connection
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        forget_cached(store)
        raise
    connection.execute("COMMIT")


def forget_cached(store: Store) -> None:
    """Read everything anew from the file."""
    store.app_ids.clear()
    store.vendor_ids.clear()
    store.property_types.clear()


def setting(store: Store, name: str) -> str | None:
    """A remembered setting, or None."""
    row = store.connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def remember(store: Store, name: str, value: str) -> None:
    """Keep a setting across restarts."""
    with transaction(store) as connection:
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
