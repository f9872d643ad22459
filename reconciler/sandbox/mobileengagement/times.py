"""Read the wall-clock times of a campaign, and write instants (facts §7)."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, tzinfo

from reconciler.sandbox.mobileengagement.shapes import bad_request

_FORMATS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%MZ")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall_clock(written: str, place: str) -> datetime:
    """A time as both descriptions of the vendor write it; its `Z` is a letter and names no zone.

    Raises:
        Refusal: 400.
    """
    for pattern in _FORMATS:
        try:
            return datetime.strptime(written, pattern)
        except ValueError:
            pass
    raise bad_request(f"`{place}` must be yyyy-MM-ddTHH:mm:ssZ or yyyy-MM-dd HH:mmZ, not `{written}`")


def zone(name: str | None) -> tzinfo:
    """The zone of that Olson id; without one, each device's own, for which the sandbox takes UTC.

    Raises:
        Refusal: 400.
    """
    try:
        return UTC if name is None else zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise bad_request(f"`timezone` `{name}` is not known") from None


def moment(written: str, place: str, timezone: str | None) -> float:
    """The instant of a wall-clock time, in seconds since the epoch.

    Raises:
        Refusal: 400.
    """
    try:
        return (wall_clock(written, place).replace(tzinfo=zone(timezone)) - _EPOCH).total_seconds()
    except OverflowError:
        raise bad_request(f"`{place}` is out of time") from None


def iso_wall_clock(written: str) -> str:
    """A checked time in the ISO form, as lists show it."""
    return wall_clock(written, "").strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_second(seconds: float) -> str:
    """An instant as the vendor writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
