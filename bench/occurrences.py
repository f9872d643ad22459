"""How many occurrences of schedules are planned in a second, next to the bare reckoning of cronsim.

An occurrence is planned when it is known whether it is due, coming, or too late, and what would be sent. The floor is
the next time of each cron, asked of cronsim in the same round, as UTC.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cronsim import CronSim

from bench.table import Line
from reconciler.core.asked import Moment
from reconciler.core.sends import Sends, sends
from reconciler.engine.clock import DrivenClock
from reconciler.engine.load import Loaded, load
from reconciler.engine.row import record_of
from reconciler.engine.run import Run
from reconciler.ledger.sql import SqlLedger
from reconciler.model.send import SendRecord
from tests.support.hours import timed, wall
from tests.support.project import write_project

COUNT = 1_000
"""Notifications, each of which has one coming occurrence, and an hour later one that is due as well."""

NOW = datetime(2026, 11, 22, 9, 0, 30, tzinfo=UTC)
CRONS = ("0 9 * * MON", "*/15 * * * *", "30 8 1 * *", "0 18 * * 1-5", "5 4 * 2 *")
ZONES = ("Europe/Paris", "America/New_York", "Asia/Tokyo", "UTC")


def measure(rounds: int) -> list[Line]:
    """Rates, and ratios to the floor."""
    with tempfile.TemporaryDirectory(prefix="bench-occurrences-") as folder:
        loaded = _loaded(Path(folder))
        taken = [_round(loaded) for _ in range(rounds)]
    rates = {what: statistics.median(each[what] for each in taken) for what in taken[0]}
    lines = [Line("occurrences: cronsim alone", f"{rates.pop('bare'):,.0f} a second")]
    for what, rate in rates.items():
        ratio = statistics.median(each[what] / each["bare"] for each in taken)
        lines.append(Line(f"occurrences: {what}", f"{rate:,.0f} a second, {ratio:.2f} of bare", value=ratio))
    return lines


def _loaded(folder: Path) -> Loaded:
    documents: list[Any] = []
    for number in range(COUNT):
        zone = ZONES[number % len(ZONES)]
        when = {"cron": CRONS[number % len(CRONS)]} if number % 4 else {"at": wall(NOW + timedelta(minutes=number))}
        documents.append(timed(f"n{number}", timezone=zone, **when))
    write_project(folder, *documents)
    return load(str(folder))


def _round(loaded: Loaded) -> dict[str, float]:
    ledger = SqlLedger("sqlite://")
    try:
        ledger.begin(NOW - timedelta(days=1))
        first = _planned(loaded, (), NOW)
        _announce(loaded, ledger, first)
        rows = ledger.all_sends()
    finally:
        ledger.close()
    return {
        "bare": _rate(_bare),
        "planned for the first time": _rate(lambda: _planned(loaded, (), NOW)),
        "planned again, announced": _rate(lambda: _planned(loaded, rows, NOW)),
        "planned an hour later, some due": _rate(lambda: _planned(loaded, rows, NOW + timedelta(hours=1))),
    }


def _planned(loaded: Loaded, rows: Sequence[SendRecord], now: datetime) -> Sends:
    moment = Moment(now, NOW - timedelta(days=1))
    found = sends(loaded.resources, loaded.dialects, loaded.coordinates, rows, moment)
    assert len(found.coming) + len(found.due) + len(found.lapsed) >= COUNT
    return found


def _announce(loaded: Loaded, ledger: SqlLedger, found: Sends) -> None:
    run = Run(loaded, ledger, {}, DrivenClock(NOW), lambda _: None)
    for send in found.coming:
        for part in send.parts:
            ledger.announce(record_of(run, send, part))


def _bare() -> object:
    start = NOW.replace(tzinfo=None)
    return [next(CronSim(CRONS[number % len(CRONS)], start)).replace(tzinfo=UTC) for number in range(COUNT)]


def _rate(act: Callable[[], object]) -> float:
    """Occurrences a second."""
    began = time.perf_counter()
    act()
    return COUNT / (time.perf_counter() - began)
