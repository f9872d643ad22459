"""Fixtures that several suites share; a suite's conftest imports those it uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.ledger.sql import SqlLedger
from tests.support.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)  # emergency records are written to the working directory
    ledger = SqlLedger("sqlite:///.reconciler/ledger.db", str(tmp_path))  # where the commands look for it
    yield World(tmp_path, ledger)
    ledger.close()


def ignore_known_warnings(config: pytest.Config) -> None:
    """`ledger/connect.py` calls `Result.tuples()`, which SQLAlchemy 2.1 deprecates; remove this once that is mended."""
    config.addinivalue_line("filterwarnings", "ignore:The Result.tuples:DeprecationWarning")
