"""Ledgers on both databases; PostgreSQL is a real server of its own for each worker, started when it is first asked
for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.ledger.sql import SqlLedger
from tests.ledger.place import Place
from tests.support.postgres import Server, missing, serving


@pytest.fixture(scope="session")
def _server() -> Iterator[Server | None]:
    if missing():
        yield None
        return
    with serving() as server:
        yield server


@pytest.fixture
def postgres(_server: Server | None) -> Server:
    if _server is None:
        pytest.skip(missing())
    return _server


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for a ledger."""
    if request.param == "sqlite":
        return Place("sqlite:///ledger.db", str(tmp_path))
    server: Server = request.getfixturevalue("postgres")
    return Place(server.database(), str(tmp_path))


@pytest.fixture
def ledger(place: Place) -> Iterator[SqlLedger]:
    opened = place.open()
    yield opened
    opened.close()


@pytest.fixture
def second(place: Place, ledger: SqlLedger) -> Iterator[SqlLedger]:
    """The same ledger, opened once more, as another runner has it."""
    del ledger
    opened = place.open()
    yield opened
    opened.close()
