"""`python -m bench.ledger [--rounds N]`: what a send costs the ledger, next to the bare commits of the same database.

A claim is one durable transaction of several statements, and so is a move. The floor is a durable transaction of one
statement through the bare driver, to the same database, taken in the same round.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from bench.table import Line, text
from reconciler.ledger.sql import SqlLedger
from reconciler.model.send import SendRecord, SendState
from tests.ledger.place import WHERE, row
from tests.support.postgres import missing, serving

COUNT = 400
"""Transactions in each measure of a round."""

_TABLE = "CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, value INTEGER)"
_CHANGE = "UPDATE bare SET value = value + 1 WHERE id = 1"


def main() -> int:
    """Print one table: rates, and ratios to the floor; 0 whatever it says."""
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often, interleaved (default: 3)")
    print(text(measure(parser.parse_args().rounds)))
    return 0


def measure(rounds: int) -> list[Line]:
    """The lines of both databases; one that is not here is said to be missing."""
    with tempfile.TemporaryDirectory(prefix="bench-ledger-") as folder:
        lines = _lines("sqlite", [_sqlite_round(Path(folder) / str(number)) for number in range(rounds)])
    if missing():
        return [*lines, Line("ledger on postgresql", f"not measured: {missing()}")]
    with serving("synchronous_commit=on") as server:
        return lines + _lines("postgresql", [_postgres_round(server.database()) for _ in range(rounds)])


def _sqlite_round(folder: Path) -> dict[str, float]:
    folder.mkdir()
    with _opened(f"sqlite:///{folder}/ledger.db") as ledger:
        bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            bare.execute(f"PRAGMA {pragma}")
        found = _round(bare, ledger)
        bare.close()
    return found


def _postgres_round(url: str) -> dict[str, float]:
    with _opened(url) as ledger, psycopg.connect(url, autocommit=True) as bare:
        return _round(bare, ledger)


def _round(bare: Any, ledger: SqlLedger) -> dict[str, float]:
    bare.execute(_TABLE)
    bare.execute("INSERT INTO bare VALUES (1, 0)")
    found = {"bare": _rate(lambda _: bare.execute(_CHANGE))}
    found |= _sends(ledger, 0, "")
    ledger.acquire([WHERE], "bench 1 1", lambda _: True)
    return found | _sends(ledger, 2 * COUNT, ", leased")


def _sends(ledger: SqlLedger, first: int, suffix: str) -> dict[str, float]:
    """Rates of claims, of moves of what was claimed, and of all that a send writes: a claim and three moves."""
    held: dict[int, SendRecord] = {}

    def claim(number: int) -> None:
        record = row(first + number)
        held[number] = replace(record, state=SendState.CLAIMED, fence=ledger.claim(record))

    claims = _rate(claim)
    moves = _rate(lambda number: ledger.move(held[number], SendState.DISPATCHED))

    def send(number: int) -> None:
        claim(COUNT + number)
        for state in (SendState.DISPATCHED, SendState.ACCEPTED, SendState.CONFIRMED):
            held[COUNT + number] = ledger.move(held[COUNT + number], state)

    return {f"claims{suffix}": claims, f"moves{suffix}": moves, f"sends{suffix}": _rate(send)}


def _rate(act: Callable[[int], object]) -> float:
    """How often a second."""
    began = time.perf_counter()
    for number in range(COUNT):
        act(number)
    return COUNT / (time.perf_counter() - began)


@contextmanager
def _opened(url: str) -> Iterator[SqlLedger]:
    ledger = SqlLedger(url)
    try:
        yield ledger
    finally:
        ledger.close()


def _lines(name: str, rounds: list[dict[str, float]]) -> list[Line]:
    rates = {what: statistics.median(each[what] for each in rounds) for what in rounds[0]}
    lines = [Line(f"ledger on {name}: bare commits", f"{rates.pop('bare'):,.0f} a second")]
    for what, rate in rates.items():
        ratio = statistics.median(each[what] / each["bare"] for each in rounds)
        lines.append(Line(f"ledger on {name}: {what}", f"{rate:,.0f} a second, {ratio:.2f} of bare", value=ratio))
    return lines


if __name__ == "__main__":
    sys.exit(main())
