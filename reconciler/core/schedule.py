"""Work out when a schedule's notification is to be sent: from the declaration and given instants, never from a clock.

`dst` says what becomes of a wall time that clocks skip or show twice (see `Dst`). For `cron` these rules hold under
each of its values:

1. A cron that every hour has, with minutes that the change leaves as they are, goes on by elapsed time: an hourly one
   is sent every hour, also while clocks are put forward or back.
2. Every other cron means times of the day. Each of them is sent once on each day: a skipped one where `dst` puts it,
   one shown twice at its first time (with `later` at its second).
3. Times that come to one instant are one occurrence: none is ever sent twice.

Where a cron's hours and minutes are written without `*`, `reject` and `shift` are the rules of Debian's cron.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import chain, islice, pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reconciler.core.clock_changes import (
    LAST,
    ClockChange,
    changes,
    clamp,
    clamp_wall,
    clock_face,
    offset_at,
    read_wall,
)
from reconciler.core.cron import Cron, goes_on, read_cron, shortest_distance, walls
from reconciler.core.quote import quote
from reconciler.model.schedule import Dst, Occurrence, Schedule

DEADLINE: Final = timedelta(hours=1)
"""How late a send may be where a manifest does not say; for a cron no more than the distance of its occurrences."""

_DEADLINE: Final = re.compile(r"([1-9][0-9]{0,4})([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_HORIZON: Final = timedelta(days=50 * 366)
_AROUND: Final = timedelta(days=2)
"""No change moves a time by more than this."""

_SECOND: Final = timedelta(seconds=1)


def schedule_of(spec: Mapping[str, Any]) -> Schedule:
    """The schedule that a manifest's `spec.schedule` declares. Raises `ValueError` for what `validate` refuses."""
    if ("at" in spec) == ("cron" in spec):
        raise ValueError("a schedule has exactly one of `at` and `cron`")
    timezone = spec.get("timezone", "")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"there is no time zone {quote(timezone)}") from error
    default = min(DEADLINE, shortest_distance(read_cron(spec["cron"]))) if "cron" in spec else DEADLINE
    return Schedule(
        timezone=timezone,
        at=_wall(spec.get("at")),
        cron=spec.get("cron", ""),
        start=_wall(spec.get("start")),
        end=_wall(spec.get("end")),
        deadline=duration(spec["deadline"]) if "deadline" in spec else default,
        dst=Dst(spec.get("dst", Dst.REJECT)),
        suspend=spec.get("suspend", False),
    )


def occurrences(schedule: Schedule, revision: int, after: datetime, until: datetime, most: int) -> Sequence[Occurrence]:
    """The first `most` occurrences after one instant (UTC) and until another one, included; ascending.

    Raises `ValueError` for an `at` that clocks skip or show twice, with `dst: reject`: a finding has told of it.
    """
    return tuple(_occurrence(schedule, revision, each) for each in islice(_instants(schedule, after, until), most))


def next_occurrence(schedule: Schedule, revision: int, after: datetime) -> Occurrence | None:
    """The first occurrence after an instant (UTC), None where there is none (of a cron, in the fifty years from then,
    or from its start, on). Raises as `occurrences`.
    """
    begin = clamp(after) if schedule.start is None else max(clamp(after), clamp(schedule.start.replace(tzinfo=UTC)))
    until = clamp(begin + _HORIZON) if schedule.at is None else LAST
    return next(iter(occurrences(schedule, revision, after, until, 1)), None)


def last_before(schedule: Schedule, revision: int, instant: datetime) -> Occurrence | None:
    """The last occurrence before or at an instant (UTC), None where there was none. Raises as `occurrences`."""
    until, span = clamp(instant), timedelta(hours=1)
    if schedule.end is not None:
        until = min(until, clamp(schedule.end.replace(tzinfo=UTC)) + _AROUND)
    start = schedule.start or schedule.at
    earliest = (clamp(start.replace(tzinfo=UTC)) if start else clamp(until - _HORIZON)) - _AROUND
    while until > earliest:
        if found := deque(_instants(schedule, max(until - span, earliest), until), maxlen=1):
            return _occurrence(schedule, revision, found[0])
        until, span = until - span, span * 4
    return None


def is_past(schedule: Schedule, now: datetime) -> bool:
    """Whether nothing of a schedule can be sent any more: none is to come, and the last is beyond its deadline.

    A suspended schedule is looked at as if it went on. Raises as `occurrences`.
    """
    running = replace(schedule, suspend=False)
    if next_occurrence(running, 1, now) is not None:
        return False
    last = last_before(running, 1, now)
    return last is None or last.deadline_at < now


def times_in(schedule: Schedule, change: ClockChange) -> Iterator[datetime]:
    """The wall times of a cron that a change skips or shows twice, and so moves or sends once; ascending."""
    cron = read_cron(schedule.cron)
    return iter(()) if goes_on(cron, change) else _bounded(schedule, cron, change.start, change.end)


def _wall(text: str | None) -> datetime | None:
    wall = None if text is None else datetime.fromisoformat(text)
    if wall is not None and wall.tzinfo is not None:
        raise ValueError(f"{quote(text)} is no time of a wall clock: it has an offset")
    return wall


def duration(text: str) -> timedelta:
    """A length of time: `90s`, `30m`, `2h` or `1d`. Raises `ValueError` for anything else."""
    found = _DEADLINE.fullmatch(text)
    if found is None:
        raise ValueError(f"{quote(text)} is no length of time, such as `90s`, `30m`, `2h` or `1d`")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _occurrence(schedule: Schedule, revision: int, instant: datetime) -> Occurrence:
    wall = f"{clock_face(instant, schedule.timezone)} {schedule.timezone}"
    key = f"r{revision}" if schedule.at else instant.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Occurrence(instant, instant + schedule.deadline, wall, key)


def _instants(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """The instants of a schedule in (after, until]; ascending, each once, and lazily."""
    if schedule.suspend:
        return
    after, until = clamp(after).astimezone(UTC), clamp(until).astimezone(UTC)
    last = after
    for instant in _of_cron(schedule, after, until) if schedule.at is None else (_of_at(schedule, schedule.at),):
        if last < instant <= until:
            yield instant
            last = instant


def _of_at(schedule: Schedule, at: datetime) -> datetime:
    reading = read_wall(at, schedule.timezone)
    if schedule.dst is Dst.REJECT and not reading.is_clear:
        raise ValueError(f"clocks of {quote(schedule.timezone)} skip {at.isoformat()}, or show it twice")
    return reading.choice(schedule.dst)


def _of_cron(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """The instants around an interval, stretch by stretch between two changes of the clocks; ascending."""
    cron = read_cron(schedule.cron)
    if schedule.start is not None:
        after = max(after, clamp(schedule.start.replace(tzinfo=UTC)) - _AROUND)
    if schedule.end is not None:
        until = min(until, clamp(schedule.end.replace(tzinfo=UTC)) + _AROUND)
    near = changes(schedule.timezone, clamp(after - _AROUND), until + _AROUND)
    for opening, closing in pairwise(chain((None,), near, (None,))):
        if opening and opening.at > until:
            return
        start = max(after, opening.at) if opening else after
        end = min(until + _SECOND, closing.at) if closing else until + _SECOND
        shown = _shown(schedule, cron, (opening, closing), (start, end))
        yield from merge(shown, _moved(schedule, opening, closing))


def _shown(
    schedule: Schedule,
    cron: Cron,
    changing: tuple[ClockChange | None, ClockChange | None],
    within: tuple[datetime, datetime],
) -> Iterator[datetime]:
    """The times that clocks show between two changes, without those that are sent when they are shown again."""
    opening, closing = changing
    offset = opening.after if opening else closing.before if closing else offset_at(within[0], schedule.timezone)
    low, high = ((instant + offset).replace(tzinfo=None) for instant in within)
    if opening and not opening.is_gap and schedule.dst is not Dst.LATER and not goes_on(cron, opening):
        low = max(low, opening.end)
    if closing and not closing.is_gap and schedule.dst is Dst.LATER and not goes_on(cron, closing):
        high = min(high, closing.start)
    for wall in _bounded(schedule, cron, low, high):
        yield wall.replace(tzinfo=UTC) - offset


def _moved(schedule: Schedule, opening: ClockChange | None, closing: ClockChange | None) -> Iterator[datetime]:
    """The times that clocks skip, moved to after the change that opens a stretch or before the one that closes it."""
    change = closing if schedule.dst is Dst.EARLIER else opening
    if change and change.is_gap:
        for wall in times_in(schedule, change):
            yield read_wall(wall, schedule.timezone).choice(schedule.dst)


def _bounded(schedule: Schedule, cron: Cron, low: datetime, high: datetime) -> Iterator[datetime]:
    if schedule.start is not None:
        low = max(low, schedule.start)
    if schedule.end is not None:
        high = min(high, clamp_wall(schedule.end) + _SECOND)
    return walls(cron, low, high)
