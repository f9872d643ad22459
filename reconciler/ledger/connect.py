"""Open a ledger by its URL: check or make its tables, and turn the database's failures into ours."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from reconciler.errors import LedgerError, LedgerLocked
from reconciler.ledger.chain import GENESIS
from reconciler.ledger.tables import VERSION, meta, metadata

READING = "reconciler_reading"
"""An execution option: the transaction only reads, and so needs no right to write."""

BUSY_SECONDS = 10
"""How long a writer waits for another one before it gives up."""


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL, None for another database or one in memory."""
    parsed = _parsed(url)
    named = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if named else None


def engine_for(url: str, root: str, *, create: bool) -> tuple[Engine, str]:
    """An engine for a ledger and the ledger's identity.

    A relative SQLite path is taken from `root`, the project's folder. Without `create`, a SQLite ledger that is not
    there yet is an empty one in memory with the identity "". Raises `LedgerError` where it cannot be opened, or is of
    a newer version than this program knows.
    """
    path = sqlite_path(url)
    if path is not None:
        path = Path(root) / path
        if not create and (not path.exists() or path.stat().st_size == 0):
            url = "sqlite://"
        else:
            url = f"sqlite:///{path}"
            if create:
                _make_folder(path)
    is_closed = path is not None and not create and path.exists() and not os.access(path.parent, os.W_OK)
    engine = _read_only(path) if path is not None and is_closed else _engine(url)
    with failures(url):
        return engine, _prepare(engine, in_memory=url == "sqlite://")


def upsert_of(engine: Engine) -> Any:
    """The database's own insert, that can update on conflict; its dialect is imported only where it is spoken."""
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as upsert
    else:
        from sqlalchemy.dialects.sqlite import insert as upsert  # type: ignore[assignment]
    return upsert


def _parsed(url: str):  # type: ignore[no-untyped-def]
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise LedgerError(
            "the ledger's URL cannot be read", code="RC701", hint="write it as `sqlite:///PATH` or `postgresql://…`"
        ) from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise LedgerError(
            f"a ledger cannot live in `{parsed.get_backend_name()}`", code="RC701", hint="use sqlite or postgresql"
        )
    return parsed


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"cannot make the ledger's folder `{path.parent}`: {error.strerror}", code="RC702") from error


def _engine(url: str) -> Engine:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        try:
            return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        except (NoSuchModuleError, ModuleNotFoundError):
            raise LedgerError(
                "PostgreSQL's driver is not installed", code="RC701", hint="pip install 'reconciler[postgres]'"
            ) from None
    engine = create_engine(
        parsed, poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS}
    )
    event.listen(engine, "connect", _set_durable)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _read_only(path: Path) -> Engine:
    """An engine on a file in a folder that may not be written: SQLite would want to put its journal there."""
    lonely = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"
    file = f"file:{quote(str(path.absolute()))}?mode=ro{lonely}"
    return create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(file, uri=True, check_same_thread=False, isolation_level=None),
        poolclass=StaticPool,
    )


def _set_durable(connection, _record) -> None:  # type: ignore[no-untyped-def]
    # The driver's own implicit transactions are switched off: they would begin as readers and fail to become writers.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READING) else "BEGIN IMMEDIATE")


def _prepare(engine: Engine, *, in_memory: bool) -> str:
    """The ledger's identity, after its tables are made (where there are none) or its version is checked."""
    with engine.connect().execution_options(**{READING: True}) as connection:
        is_new = not inspect(connection).has_table(meta.name)
    if is_new:
        _create(engine, "" if in_memory else str(uuid.uuid4()))
    with engine.connect().execution_options(**{READING: True}) as connection:
        found = dict(connection.execute(select(meta.c.name, meta.c.value)).all())
    if int(found["version"]) > VERSION:
        raise LedgerError(
            f"the ledger has version {found['version']}, this program knows {VERSION}",
            code="RC703",
            hint="use the newer reconciler that wrote it",
        )
    return str(found["identity"])


def _create(engine: Engine, identity: str) -> None:
    with engine.begin() as connection:
        if inspect(connection).has_table(meta.name):  # another process was faster
            return
        metadata.create_all(connection)
        first = {"version": str(VERSION), "identity": identity, "head": GENESIS}
        connection.execute(insert(meta), [{"name": name, "value": value} for name, value in first.items()])


@contextmanager
def failures(url: str) -> Iterator[None]:
    """Turn the database's exceptions into `LedgerError`s that say what to do; passwords in `url` are never shown."""
    shown = make_url(url).render_as_string(hide_password=True)
    try:
        yield
    except sqlite3.Error as error:  # raised while connecting, before SQLAlchemy could wrap it
        raise LedgerError(
            f"the ledger {shown} cannot be used: {error}", code="RC702", hint=_hint(str(error))
        ) from error
    except OperationalError as error:
        reason = str(error.orig)
        if "locked" in reason:
            raise LedgerLocked(
                f"the ledger {shown} is held by another process for more than {BUSY_SECONDS} s",
                code="RC710",
                hint="try again when it ends",
            ) from error
        raise LedgerError(f"the ledger {shown} cannot be used: {reason}", code="RC702", hint=_hint(reason)) from error
    except DBAPIError as error:
        raise LedgerError(
            f"the ledger {shown} cannot be used: {error.orig}", code="RC702", hint=_hint(str(error.orig))
        ) from error
    except SQLAlchemyError as error:
        raise LedgerError(f"the ledger {shown} cannot be used: {type(error).__name__}", code="RC702") from error


def _hint(reason: str) -> str:
    if "not a database" in reason or "malformed" in reason:
        return "restore it from a backup; it holds what was sent, so do not just delete it"
    if "full" in reason:
        return "free some disk space; nothing was sent that is not written down"
    if "readonly" in reason or "unable to open" in reason:
        return (
            f"check that user {os.getuid()} may write it and its folder"
            if hasattr(os, "getuid")
            else "check its permissions"
        )
    return ""
