"""Audit the schedules of notifications: times that no clock shows or that two show, crons that are wrong or never fire.

Nothing here depends on a clock: where `now` is not given, only what holds at any time is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from reconciler.core.clock_changes import Reading, changes, clamp, clock_face, read_wall
from reconciler.core.cron import Cron, read_cron, shortest_distance
from reconciler.core.quote import quote
from reconciler.core.schedule import is_past, last_before, next_occurrence, schedule_of, times_in
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.resource import Resource
from reconciler.model.schedule import Dst, Schedule

NOTIFICATION: Final = "Notification"
_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_AHEAD: Final = timedelta(days=2 * 365 + 1)
_EARLY: Final = timedelta(days=2)


def schedule_findings(resource: Resource, now: datetime | None = None) -> Iterator[Finding]:
    """What is wrong with the schedule of a resource whose shape `validate` accepts; a notification's only.

    The clock changes of a cron are looked at from `now` (UTC) or its `start` on, whichever is later, for two years; of
    a cron that has neither, no change is told.
    """
    spec = resource.spec.get("schedule") if resource.kind == NOTIFICATION else None
    if not spec:
        return
    if "cron" not in spec:
        yield from _at(resource, schedule_of(spec))
        return
    try:
        cron = read_cron(spec["cron"])
    except ValueError as error:
        hint = "write minute, hour, day of the month, month and day of the week, such as `0 9 * * MON`"
        yield _finding("RC332", resource, "cron", f"{quote(spec['cron'])} is no cron expression: {error}", hint)
        return
    schedule = schedule_of(spec)
    if never := _never(schedule, cron):
        yield _finding("RC331", resource, "cron", never, "mend it, or take the schedule out")
        return
    yield from _disturbed(resource, schedule, cron, now)
    yield from _long(resource, schedule, cron)


def over(resource: Resource, now: datetime) -> Iterator[Finding]:
    """A warning for a schedule that has nothing to come, and whose last time is beyond its deadline. Asked of what the
    ledger knows nothing of.
    """
    schedule = schedule_of(resource.spec["schedule"])
    field = "at" if schedule.at else "cron"
    if is_past(schedule, now):
        last = last_before(schedule, 1, now)
        when = f"was due {last.wall}" if last else "has no occurrence any more"
        message = f"{quote(resource.name)} {when}, and is too late now: nothing of it is sent"
        yield _finding("RC334", resource, field, message, "give another time, or remove it", is_error=False)


def _finding(code: str, resource: Resource, field: str, message: str, hint: str, is_error: bool = True) -> Finding:
    where = Source(resource.source.document, ("spec", "schedule", field))
    return Finding(code, message, hint, where, "error" if is_error else "warning")


def _at(resource: Resource, schedule: Schedule) -> Iterator[Finding]:
    if schedule.at is None or schedule.dst is not Dst.REJECT:
        return
    reading = read_wall(schedule.at, schedule.timezone)
    if not reading.is_clear:
        message = _told(schedule.timezone, schedule.at, reading)
        hint = f"give another time, or {_remedies(reading, schedule.timezone)}"
        yield _finding("RC330", resource, "at", message, hint)


def _never(schedule: Schedule, cron: Cron) -> str:
    """Why a cron has no occurrence, empty where it has one."""
    if cron.never:
        return f"the cron {quote(cron.text)} never fires: there is no such day"
    if schedule.start is None or schedule.end is None:
        return ""
    before = clamp(schedule.start.replace(tzinfo=UTC)) - _EARLY
    if next_occurrence(replace(schedule, suspend=False), 1, before) is None:
        span = f"{schedule.start.isoformat(' ', 'minutes')} to {schedule.end.isoformat(' ', 'minutes')}"
        return f"the cron {quote(cron.text)} never fires from {span}"
    return ""


def _disturbed(resource: Resource, schedule: Schedule, cron: Cron, now: datetime | None) -> Iterator[Finding]:
    """A warning for the first time of a cron that clocks skip or show twice, where `dst` does not say what to do."""
    start = None if schedule.start is None else read_wall(schedule.start, schedule.timezone).earlier
    origin = max((clamp(each) for each in (now, start) if each is not None), default=None)
    if origin is None or schedule.dst is not Dst.REJECT:
        return
    for change in changes(schedule.timezone, origin, clamp(origin + _AHEAD)):
        for wall in times_in(schedule, change):
            reading = read_wall(wall, schedule.timezone)
            sent = f"{clock_face(reading.shift, schedule.timezone)} ({_utc(reading.shift)})"
            once = "right after" if change.is_gap else "the first time only"
            message = f"{_told(schedule.timezone, wall, reading)}: {quote(cron.text)} is sent {once}, {sent}"
            hint = f"choose other times, or say that with `dst: shift`, or {_remedies(reading, schedule.timezone)}"
            yield _finding("RC330", resource, "cron", message, hint, is_error=False)
            return


def _long(resource: Resource, schedule: Schedule, cron: Cron) -> Iterator[Finding]:
    distance = shortest_distance(cron)
    if schedule.deadline > distance:
        late, next_due = _length(schedule.deadline), _length(distance)
        message = f"a send of {quote(cron.text)} may be {late} late, but the next can be due {next_due} after it"
        hint = f"give {next_due} or less, or two of them may be sent at one time"
        yield _finding("RC333", resource, "deadline", message, hint, is_error=False)


def _told(timezone: str, wall: datetime, reading: Reading) -> str:
    verb, twice = ("skip", "") if reading.is_gap else ("show", " twice")
    return f"the clocks of {quote(timezone)} {verb} {wall.isoformat(' ', 'minutes')}{twice}"


def _remedies(reading: Reading, timezone: str) -> str:
    """What `dst` can be told, each with its instant on the zone's clocks and in UTC."""
    words = (Dst.EARLIER, Dst.LATER, *((Dst.SHIFT,) if reading.is_gap else ()))
    told = [
        f"`dst: {dst}` ({clock_face(instant, timezone)}, {_utc(instant)})"
        for dst in words
        if (instant := reading.choice(dst))
    ]
    return f"{', '.join(told[:-1])} or {told[-1]}"


def _utc(instant: datetime) -> str:
    return f"{clock_face(instant, 'UTC').removesuffix('+00:00')}Z"


def _length(span: timedelta) -> str:
    """A length of time as a manifest has it."""
    seconds = int(span.total_seconds())
    unit, of = next((unit, of) for unit, of in _UNITS.items() if seconds % of == 0)
    return f"`{seconds // of}{unit}`"
