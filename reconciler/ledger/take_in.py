"""Take an exported ledger into an empty one: every line checked, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Integer, Table, delete, insert, select, text
from sqlalchemy.exc import IntegrityError

from reconciler.errors import LedgerError
from reconciler.ledger.migrate import date
from reconciler.ledger.tables import VERSION, columns_of, meta, metadata
from reconciler.ledger.transfer import BATCH, FORMAT, PROGRAM, Digest, tables_of
from reconciler.ledger.verify import verify
from reconciler.model.digest import canonical

_WHOLE = "export it again; a file that was cut or edited is not taken in"


def take_in(connection: Connection, lines: Iterable[str]) -> str:
    """Write the rows of an export; the identity of the ledger that they are.

    Raises `LedgerError`: RC730 for lines that are no whole export, RC731 where the ledger holds something, RC732 where
    the chain of what is taken in does not hold, RC703 for an export of a newer version.
    """
    _refuse_unless_empty(connection)
    connection.execute(delete(meta))
    checked = _checked(lines)
    version = _version(next(checked, {}))
    try:
        _write(connection, checked, version)
    except IntegrityError:
        raise _refused("it holds a row twice") from None
    found = {row.name: str(row.value) for row in connection.execute(select(meta))}
    if {"version", "identity", "head"} - found.keys() or found["version"] != str(version):
        raise _refused("it lacks what every ledger has")
    verdict = verify(connection)
    if verdict.broken_at is not None:
        raise LedgerError(
            f"the chain of the export breaks at entry {verdict.broken_at}", code="RC732", hint="take an older backup"
        )
    date(connection, version)
    return found["identity"]


def _refuse_unless_empty(connection: Connection) -> None:
    tables = [table for name, table in sorted(metadata.tables.items()) if table is not meta]
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {', '.join(table.name for table in tables)} IN EXCLUSIVE MODE"))
    for table in tables:
        if connection.execute(select(table).limit(1)).first() is not None:
            raise LedgerError(
                f"the ledger is not empty: its table `{table.name}` holds rows",
                code="RC731",
                hint="name another database in `spec.ledger`; two memories are never mixed",
            )


def _checked(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The values of all lines but the last, which must be the digest of the others."""
    digest, held = Digest(), ""
    for number, line in enumerate(lines, 1):
        if held:
            digest.add(held)
            yield _parsed(held, number - 1)
        held = line
    if held != digest.last_line():
        raise _refused("its last line is not the digest of the others")


def _parsed(line: str, number: int) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise _refused(f"line {number} is no JSON object")
    return values


def _version(header: Mapping[str, Any]) -> int:
    version = header.get("version")
    if header.get("program") != PROGRAM or not isinstance(version, int) or version < 1:
        raise _refused("it does not begin as an export of reconciler does")
    if version > VERSION or header.get("format") != FORMAT:
        message = f"the export is of version {version}, this program knows {VERSION}"
        raise LedgerError(message, code="RC703", hint="use the newer reconciler that wrote it")
    return version


def _write(connection: Connection, values: Iterable[Mapping[str, Any]], version: int) -> None:
    tables = {table.name: table for table in tables_of(version)}
    waiting: list[dict[str, Any]] = []
    into: Table | None = None
    for each in values:
        table = tables.get(str(each.get("table")))
        row = each.get("row")
        if table is None or not isinstance(row, dict) or not _fits(columns_of(table, version), row):
            raise _refused(f"it holds a row that no table has: {canonical(each)[:80]}")
        if into is not None and (table is not into or len(waiting) == BATCH):
            connection.execute(insert(into), waiting)
            waiting = []
        into = table
        waiting.append(row)
    if into is not None and waiting:
        connection.execute(insert(into), waiting)


def _fits(columns: Sequence[Column[Any]], row: Mapping[str, Any]) -> bool:
    is_complete = set(row) == {column.name for column in columns}
    return is_complete and all(_fits_column(column, row[column.name]) for column in columns)


def _fits_column(column: Column[Any], value: object) -> bool:
    if value is None:
        return bool(column.nullable)
    return type(value) is (int if isinstance(column.type, Integer) else str)


def _refused(why: str) -> LedgerError:
    return LedgerError(f"this is no whole export of a ledger: {why}", code="RC730", hint=_WHOLE)
