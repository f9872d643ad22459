"""Open a ledger by its URL, and check or make its tables."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Engine, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from reconciler.errors import LedgerError
from reconciler.ledger.engines import READING, postgres_engine, read_only_engine, sqlite_engine
from reconciler.ledger.failures import failures
from reconciler.ledger.migrate import create as create_tables
from reconciler.ledger.migrate import migrate, read_version
from reconciler.ledger.tables import VERSION, meta

IN_MEMORY = "sqlite://"
"""What a program may open that needs no memory, such as a benchmark; no project may name it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A ledger that can be used: `identity` is empty where there is none yet, `version` is that of its tables."""

    engine: Engine
    identity: str
    version: int


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL as a project names it, None for another database. Raises `LedgerError` (RC701) where it
    names none, or would be understood otherwise than it reads.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    path = parsed.database or ""
    if parsed.host or parsed.username or parsed.port:
        # SQLite has no server, so what stands there would be dropped; a password there is not shown.
        meant = "PATH" if parsed.username or parsed.port else "/".join(filter(None, (parsed.host, path)))
        _refuse("after two slashes stands a server, and SQLite has none", f"write three: `sqlite:///{meant}`")
    if path in ("", ":memory:"):
        _refuse("it names no file, so nothing would be remembered", "write `sqlite:///PATH`")
    if path.startswith("~"):
        _refuse("`~` is not the home folder in a URL", "write the whole path, after four slashes: `sqlite:////home/…`")
    if parsed.query:
        _refuse("a URL of SQLite takes no options", "leave out what follows the `?`")
    return Path(path)


def _refuse(what: str, hint: str) -> NoReturn:
    raise LedgerError(f"the ledger's URL is not understood: {what}", code="RC701", hint=hint)


def opened(url: str, root: str, *, create: bool) -> Opened:
    """Open a ledger. A relative SQLite path is taken from `root`, the project's folder.

    With `create`, its tables are made, or brought up to date. Without, nothing is changed: a ledger that is not there
    yet is an empty one in memory, an older one is read as it is. Raises `LedgerError` where it cannot be opened, or
    is of a newer version than this program knows.
    """
    path = None if url == IN_MEMORY else sqlite_path(url)
    with failures(url):
        engine = _engine(url, None if path is None else Path(root) / path, create=create)
        try:
            return _prepared(engine, create=create)
        except BaseException:
            engine.dispose()
            raise


def upsert_of(engine: Engine) -> Any:
    """The database's own insert, that can update on conflict; its dialect is imported only where it is spoken."""
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as upsert
    else:
        from sqlalchemy.dialects.sqlite import insert as upsert  # type: ignore[assignment]
    return upsert


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise LedgerError(
            "the ledger's URL cannot be read", code="RC701", hint="write it as `sqlite:///PATH` or `postgresql://…`"
        ) from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise LedgerError(
            f"a ledger cannot live in `{parsed.get_backend_name()}`", code="RC701", hint="use sqlite or postgresql"
        )
    return parsed


def _engine(url: str, path: Path | None, *, create: bool) -> Engine:
    if path is not None:
        return _sqlite(path, create=create)
    return sqlite_engine(make_url(url)) if url == IN_MEMORY else _postgres(_parsed(url))


def _postgres(url: URL) -> Engine:
    try:
        return postgres_engine(url)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise LedgerError(
            "PostgreSQL's driver is not installed", code="RC701", hint="pip install 'reconciler[postgres]'"
        ) from None


def _sqlite(path: Path, *, create: bool) -> Engine:
    if not create and (not path.exists() or path.stat().st_size == 0):
        return sqlite_engine(make_url(IN_MEMORY))
    if not create and not os.access(path.parent, os.W_OK):
        return read_only_engine(path)
    if create:
        _make_folder(path)
    return sqlite_engine(URL.create("sqlite", database=str(path)))


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"cannot make the ledger's folder `{path.parent}`: {error.strerror}", code="RC702") from error


def _lasts(engine: Engine) -> bool:
    return engine.dialect.name != "sqlite" or engine.url.database not in (None, "", ":memory:")


def _prepared(engine: Engine, *, create: bool) -> Opened:
    with engine.connect().execution_options(**{READING: True}) as connection:
        is_new = not inspect(connection).has_table(meta.name)
    if is_new and create:
        create_tables(engine, str(uuid.uuid4()) if _lasts(engine) else "")
    elif is_new:
        engine.dispose()
        engine = sqlite_engine(make_url(IN_MEMORY))
        create_tables(engine, "")
    with engine.connect().execution_options(**{READING: True}) as connection:
        version = read_version(connection)
        identity = str(connection.execute(select(meta.c.value).where(meta.c.name == "identity")).scalar_one())
    if version < VERSION and create:
        migrate(engine)
        version = VERSION
    return Opened(engine, identity, version)
