"""Find when the clocks of a time zone change, and read wall times with them.

Instants are aware and in UTC, wall times are naive. Those before the year 1900 and after 9000 are taken for the
nearest of these years, so that no offset leads out of the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from reconciler.model.schedule import Dst

FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST: Final = datetime(9000, 1, 1, tzinfo=UTC)
_FIRST_WALL: Final = datetime(1901, 1, 1)
_LAST_WALL: Final = datetime(8999, 1, 1)
_STEP: Final = timedelta(hours=6)
"""No zone changes its clocks and takes that back within this time."""

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """From the instant `at` on, clocks are ahead of UTC by `after` instead of `before`."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def is_gap(self) -> bool:
        return self.after > self.before

    @property
    def start(self) -> datetime:
        """The first wall time that is skipped or shown twice."""
        return (self.at + min(self.before, self.after)).replace(tzinfo=None)

    @property
    def end(self) -> datetime:
        """The first wall time that is not skipped or shown twice any more."""
        return (self.at + max(self.before, self.after)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Reading:
    """The instants that a wall time may stand for; all three are one where clocks show it once."""

    earlier: datetime
    later: datetime
    shift: datetime

    @property
    def is_clear(self) -> bool:
        return self.earlier == self.later

    @property
    def is_gap(self) -> bool:
        """Whether clocks skip the time; it is shown twice where this is False and it is not clear."""
        return self.shift != self.earlier

    def choice(self, dst: Dst) -> datetime:
        """The instant that `dst` chooses; what is rejected is shifted."""
        match dst:
            case Dst.EARLIER:
                return self.earlier
            case Dst.LATER:
                return self.later
            case _:
                return self.shift


def clamp(instant: datetime) -> datetime:
    """The nearest instant within the years that are reckoned with."""
    return min(max(instant, FIRST), LAST)


def clamp_wall(wall: datetime) -> datetime:
    """The nearest wall time within the years that are reckoned with."""
    return min(max(wall, _FIRST_WALL), _LAST_WALL)


def read_wall(wall: datetime, timezone: str) -> Reading:
    """Read a wall time with the clocks of a zone."""
    wall = clamp_wall(wall)
    zone = ZoneInfo(timezone)
    # PEP 495: of a time that is not clear, fold 0 has the offset before the change and fold 1 the one after it.
    before, after = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if before <= after:
        return Reading(before, after, before)
    return Reading(after, before, next(changes(timezone, after, before)).at)


def offset_at(instant: datetime, timezone: str) -> timedelta:
    """How far the clocks of a zone are ahead of UTC."""
    return instant.astimezone(ZoneInfo(timezone)).utcoffset() or timedelta()


def clock_face(instant: datetime, timezone: str) -> str:
    """What the clocks of a zone show at an instant, with its offset: `2026-03-29T09:00+02:00`; seconds if not zero."""
    shown = instant.astimezone(ZoneInfo(timezone))
    return shown.isoformat(timespec="seconds" if shown.second else "minutes")


def changes(timezone: str, after: datetime, until: datetime) -> Iterator[ClockChange]:
    """The changes of a zone's clocks after one instant and until another one, included; ascending, and lazily."""
    for year in range(after.year, until.year + 1):
        for change in _of_year(timezone, year):
            if after < change.at <= until:
                yield change


@lru_cache(maxsize=1024)
def _of_year(timezone: str, year: int) -> tuple[ClockChange, ...]:
    found: list[ClockChange] = []
    low, end = datetime(year, 1, 1, tzinfo=UTC) - _SECOND, datetime(year + 1, 1, 1, tzinfo=UTC) - _SECOND
    before = offset_at(low, timezone)
    while low < end:
        high = min(low + _STEP, end)
        if offset_at(high, timezone) != before:
            high = _bisect(timezone, low, high)
            found.append(ClockChange(high, before, offset_at(high, timezone)))
            before = found[-1].after
        low = high
    return tuple(found)


def _bisect(timezone: str, low: datetime, high: datetime) -> datetime:
    """The first second after `low` that has another offset, where `high` has."""
    before = offset_at(low, timezone)
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        low, high = (middle, high) if offset_at(middle, timezone) == before else (low, middle)
    return high
