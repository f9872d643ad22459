"""The database's own clock, the one that all runners of a ledger share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class shared_time(FunctionElement[int]):  # noqa: N801 - SQLAlchemy's functions are written so
    """Milliseconds since 1970, when the statement runs, by the database; on SQLite the clock of this machine."""

    type = BigInteger()
    inherit_cache = True
    name = "shared_time"


@compiles(shared_time, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    # Not `now()`, which stands still from the beginning of the transaction, while it waits for others.
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


@compiles(shared_time, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return "(CAST(strftime('%s', 'now') AS INTEGER) * 1000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER))"


def moment(milliseconds: int) -> datetime:
    """A time of the database in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
