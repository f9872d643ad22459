"""The two databases as SQLAlchemy engines: durable, one connection each, and with an end to every wait."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.engine import URL

READING = "reconciler_reading"
"""An execution option: the transaction only reads, and so needs no right to write."""

BUSY_SECONDS = 10
"""How long a writer waits for another one before it gives up."""

CONNECT_SECONDS = 5
"""How long PostgreSQL may take to let us in; `?connect_timeout=N` in the URL says otherwise."""

STATEMENT_SECONDS = 60
"""How long PostgreSQL may work on one statement."""


def sqlite_engine(url: URL) -> Engine:
    """A file that is made if need be, or a ledger in memory."""
    connect = {"check_same_thread": False, "timeout": BUSY_SECONDS}
    engine = create_engine(url, poolclass=StaticPool, connect_args=connect)
    event.listen(engine, "connect", _set_durable)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def read_only_engine(path: Path) -> Engine:
    """A file in a folder that may not be written: SQLite would want to put its journal there."""
    lonely = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"
    file = f"file:{quote(str(path.absolute()))}?mode=ro{lonely}"
    return create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(file, uri=True, check_same_thread=False, isolation_level=None),
        poolclass=StaticPool,
    )


def postgres_engine(url: URL) -> Engine:
    """One connection, looked after before each use. Raises `ModuleNotFoundError` without psycopg."""
    ours = {
        "application_name": "reconciler",
        "connect_timeout": str(CONNECT_SECONDS),
        # A peer that is gone without a word is noticed, instead of waited for.
        "keepalives_idle": "5",
        "keepalives_interval": "2",
        "keepalives_count": "3",
        "tcp_user_timeout": str(BUSY_SECONDS * 1000),
    }
    engine = create_engine(
        url.set(drivername="postgresql+psycopg", query={**ours, **url.query}),
        isolation_level="READ COMMITTED",  # whatever the server's default: compare-and-swap is built on it
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        use_native_hstore=False,
    )
    event.listen(engine, "connect", _set_patience)
    return engine


def _set_durable(connection, _record) -> None:  # type: ignore[no-untyped-def]
    # The driver's own implicit transactions are switched off: they would begin as readers and fail to become writers.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READING) else "BEGIN IMMEDIATE")


def _set_patience(connection, _record) -> None:  # type: ignore[no-untyped-def]
    """Bound every wait, and be durable where the server's default is not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false),"
            " CASE current_setting('synchronous_commit')"
            " WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END",
            (f"{BUSY_SECONDS}s", f"{STATEMENT_SECONDS}s"),
        )
    connection.commit()
