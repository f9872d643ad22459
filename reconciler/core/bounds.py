"""Check what JSON Schema cannot say: that bounds leave room, patterns can be read, days and time zones exist."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from reconciler.core.faults import Fault
from reconciler.core.quote import nearest, quote
from reconciler.core.words import subject
from reconciler.model.document import Path


def bounds(document: Any) -> Iterator[Fault]:
    """The faults of a document whose shape is right."""
    check = _CHECKS.get(document["kind"])
    return check(document["spec"]) if check else iter(())


def _custom_property(spec: Any) -> Iterator[Fault]:
    if "minimum" in spec and "maximum" in spec and spec["minimum"] > spec["maximum"]:
        message = f"`minimum` is {quote(spec['minimum'])}, more than the `maximum` of {quote(spec['maximum'])}"
        yield Fault("RC117", ("spec", "minimum"), message, "exchange the two, or mend one")
    if "pattern" in spec:
        try:
            re.compile(spec["pattern"])
        except (re.error, RecursionError, OverflowError) as error:
            message = f"the pattern {quote(spec['pattern'])} is not a regular expression: {error}"
            yield Fault("RC118", ("spec", "pattern"), message, "mend it, or escape special characters with a backslash")


def _campaign(spec: Any) -> Iterator[Fault]:
    yield from _span(spec.get("schedule", {}), ("spec", "schedule"))


def _notification(spec: Any) -> Iterator[Fault]:
    schedule, path = spec.get("schedule", {}), ("spec", "schedule")
    yield from _days(schedule, path, "at")
    yield from _span(schedule, path)
    own = spec.get("content", {}).get("mobileengagement", {})
    yield from _days(own, ("spec", "content", "mobileengagement"), "endTime")


def _span(schedule: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    missing = list(_days(schedule, path, "start", "end"))
    yield from missing
    yield from _zone(schedule, path)
    if not missing and "start" in schedule and "end" in schedule:
        start, end = schedule["start"], schedule["end"]
        if datetime.fromisoformat(start) >= datetime.fromisoformat(end):
            message = f"{subject((*path, 'end'))} is {quote(end)}, not after the `start` of {quote(start)}"
            yield Fault("RC117", (*path, "end"), message, "exchange the two, or mend one")


def _days(values: Mapping[str, Any], path: Path, *names: str) -> Iterator[Fault]:
    for name in names:
        try:
            datetime.fromisoformat(values.get(name, "2000-01-01"))
        except ValueError:
            message = f"{subject((*path, name))} is {quote(values[name])}, but there is no such day"
            yield Fault("RC120", (*path, name), message, "mend the day")


def _zone(values: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    name = values.get("timezone", "UTC")
    if not _is_zone(name):
        message = f"{subject((*path, 'timezone'))} is {quote(name)}, but there is no such time zone"
        hint = (
            nearest(name, filter(_may_be_iana, zoneinfo.available_timezones()))
            or "give an IANA name, such as `Europe/Paris`"
        )
        yield Fault("RC120", (*path, "timezone"), message, hint)


@cache
def _is_zone(name: str) -> bool:
    if not _may_be_iana(name):
        return False
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _may_be_iana(name: str) -> bool:
    """Whether it is no file that systems keep beside IANA's zones: `right/` counts leap seconds and so is off by half a
    minute, `localtime` is another zone on each machine.
    """
    return name not in _NO_ZONES and not name.startswith(("right/", "posix/"))


_NO_ZONES: Final = frozenset({"localtime", "posixrules", "Factory"})

_CHECKS: Final[Mapping[str, Callable[[Any], Iterator[Fault]]]] = {
    "CustomProperty": _custom_property,
    "Campaign": _campaign,
    "Notification": _notification,
}
