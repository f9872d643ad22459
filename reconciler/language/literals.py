"""Numbers and date-times: from text to value and back."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

LOWEST_INTEGER, HIGHEST_INTEGER = -(2**63), 2**63 - 1
_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(?:Z|([+-])(0[0-9]|1[0-4]):([0-5][0-9]))"
)
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
EARLIEST, LATEST = (datetime.min - _EPOCH) // _MICROSECOND, (datetime.max - _EPOCH) // _MICROSECOND


def number(text: str) -> int | float | None:
    """Return the number a text stands for, or None if it is none or too large.

    Numbers are what JSON and SQLite make of them: whole ones `int` where 64 bits hold them, the rest doubles.
    """
    if len(text) < 19 and text.isdecimal() and text.isascii():
        return int(text)
    if _NUMBER.fullmatch(text) is None:
        return None
    return whole(int(text)) if len(text) <= 20 and _INTEGER.fullmatch(text) else whole(float(text))


def whole(value: float) -> int | float | None:
    """Return a number in its one form: `1.0` as `1`, integers past 64 bits as doubles; None if it is not finite."""
    if isinstance(value, int):
        if LOWEST_INTEGER <= value <= HIGHEST_INTEGER:
            return value
        try:
            return float(value)
        except OverflowError:
            return None
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and -(2.0**63) <= value < 2.0**63 else value


def instant(text: str) -> int | None:
    """Return a date-time as microseconds since 1970 UTC; None if it is not one, or outside the years 1 to 9999 UTC.

    `2026-01-31T00:00:00Z` or with an offset up to `+14:59`; digits of a second past the sixth are cut off.
    """
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return None
    wall, fraction, sign, hours, minutes = found.groups()
    try:
        since = datetime.fromisoformat(wall) - _EPOCH
    except ValueError:
        return None
    micros = (since.days * 86_400 + since.seconds) * 1_000_000
    if fraction:
        micros += int(fraction[:6].ljust(6, "0"))
    if sign:
        offset = (int(hours) * 60 + int(minutes)) * 60_000_000
        micros += offset if sign == "-" else -offset
    return micros if EARLIEST <= micros <= LATEST else None


def instant_text(micros: int) -> str:
    """Return an instant as text in UTC, with a fraction only where there is one."""
    return (_EPOCH + micros * _MICROSECOND).isoformat() + "Z"
