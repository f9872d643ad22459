"""A whole ledger as lines of JSON, the same for every database: one for each row, the last one a digest of all the
others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, String, Table, select

from reconciler.ledger.migrate import read_version
from reconciler.ledger.tables import columns_of, metadata
from reconciler.model.digest import canonical

FORMAT = 1
"""Of the lines; the tables have a version of their own."""

PROGRAM = "reconciler"

BATCH = 1000
"""Rows that are in memory at once."""


class Digest:
    """The digest of the lines so far, and how many there were."""

    def __init__(self) -> None:
        self._hash, self._count = hashlib.sha256(), 0

    def add(self, line: str) -> None:
        """Take a line in, with its end."""
        self._hash.update(line.encode("utf-8"))
        self._count += 1

    def last_line(self) -> str:
        """The line that ends an export of these lines."""
        return canonical({"digest": f"sha256:{self._hash.hexdigest()}", "lines": self._count}) + "\n"


def tables_of(version: int) -> list[Table]:
    """The tables of a version, in the order of their names."""
    return [table for _, table in sorted(metadata.tables.items()) if columns_of(table, version)]


def export(connection: Connection, write: Callable[[str], object]) -> int:
    """Write every row of every table by its key, each on a line that ends with a newline; how many lines. To be done in
    one transaction.
    """
    digest, count = Digest(), 1
    with closing(_values(connection)) as found:
        for values in found:
            line = canonical(values) + "\n"
            digest.add(line)
            write(line)
            count += 1
    write(digest.last_line())
    return count


def _values(connection: Connection) -> Generator[dict[str, Any], None, None]:
    version = read_version(connection)
    yield {"format": FORMAT, "program": PROGRAM, "version": version}
    for table in tables_of(version):
        query = (
            select(*columns_of(table, version)).order_by(*_key(connection, table)).execution_options(yield_per=BATCH)
        )
        with connection.execute(query) as rows:
            for row in rows:
                yield {"table": table.name, "row": dict(row._mapping)}


def _key(connection: Connection, table: Table) -> list[Any]:
    """The columns of the key, texts in the order of their code points whatever language the database sorts by."""
    plain = "C" if connection.dialect.name == "postgresql" else "BINARY"
    return [each.collate(plain) if isinstance(each.type, String) else each for each in table.primary_key]
