"""Read cron expressions, and find the wall times that they mean; cronsim does the reckoning.

cronsim is only asked on clocks that never change: what becomes of a time when they do is for `schedule` to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from typing import Final

from cronsim import CronSim, CronSimError

from reconciler.core.clock_changes import ClockChange
from reconciler.core.quote import quote

FIELDS: Final = ("minute", "hour", "day-of-month", "month", "day-of-week")
_LONGEST: Final = 200
_ANY_MONDAY: Final = datetime(2024, 1, 1)
_SAMPLE: Final = 100
_SAMPLED_SPAN: Final = timedelta(days=3 * 366)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression that can be read; `never` where no day is like that (31 February)."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    never: bool = False


@lru_cache(maxsize=1024)
def read_cron(text: str) -> Cron:
    """Read five fields. Raises `ValueError`, with the reason, for what is no cron expression."""
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise ValueError(f"it has {len(parts)} fields, but takes five: {', '.join(FIELDS)}")
    if len(text) > _LONGEST or not text.isascii():
        raise ValueError(f"it is longer than {_LONGEST} characters, or has some that are not ASCII")
    try:
        cron = _read(parts)
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        if field == FIELDS[2] and _is_readable([*parts[:3], "*", parts[4]]):
            return Cron(text, frozenset(), frozenset(), never=True)
        raise ValueError(f"its {field} cannot be {quote(parts[FIELDS.index(field)])}") from error
    return Cron(text, cron.minutes, cron.hours, next(walls(cron, _ANY_MONDAY, datetime.max), None) is None)


def walls(cron: Cron, start: datetime, end: datetime) -> Iterator[datetime]:
    """The wall times of a cron, from `start` on and before `end`; ascending, and lazily."""
    if cron.never or start >= end:
        return
    for wall in CronSim(cron.text, start - timedelta(seconds=1)):
        if wall >= end:
            return
        if wall >= start:
            yield wall


def goes_on(cron: Cron, change: ClockChange) -> bool:
    """Whether a cron keeps its even steps if it goes on by elapsed time while the clocks change.

    It does if every hour has it, and the same minutes before and after: an hourly one where clocks move by an hour,
    one of every quarter where they move by half an hour. Times of all others are times of the day.
    """
    move = change.after - change.before
    steps, rest = divmod(move, _MINUTE)
    moved = {(minute + steps) % 60 for minute in cron.minutes}
    return not rest and abs(move) < timedelta(days=1) and len(cron.hours) == 24 and moved == cron.minutes


@lru_cache(maxsize=1024)
def shortest_distance(cron: Cron) -> timedelta:
    """The shortest time between two occurrences, on clocks that do not change; of rare ones three years."""
    times = list(islice(walls(cron, _ANY_MONDAY, _ANY_MONDAY + _SAMPLED_SPAN), _SAMPLE))
    return min((later - earlier for earlier, later in pairwise(times)), default=_SAMPLED_SPAN)


def _read(parts: list[str]) -> Cron:
    text = " ".join(parts)
    found = CronSim(text, _ANY_MONDAY)
    return Cron(text, frozenset(found.minutes), frozenset(found.hours))


def _is_readable(parts: list[str]) -> bool:
    try:
        _read(parts)
    except CronSimError:
        return False
    return True
