"""Schedules: when a notification is to be sent, and the moments that come of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Dst(StrEnum):
    """What becomes of a wall time that clocks skip (a gap) or show twice (an overlap) when they change.

    The words are those of calendars (iCalendar, JavaScript's Temporal), and each says where the instant lies:

    - EARLIER: in an overlap the first of the two instants; in a gap, the instant as far before the gap as the time is
      before the gap's end (02:30 of a gap from 02:00 to 03:00 is 01:30): the time read with the offset after the gap.
    - LATER: in an overlap the second instant; in a gap, the instant as far after the gap as the time is after its
      start (02:30 is 03:30): the time read with the offset before the gap.
    - SHIFT: in an overlap the first instant; in a gap the first instant after it (02:30 is 03:00). Debian's cron.
    - REJECT: for `at`, no such time is accepted; for `cron`, as SHIFT, and a finding tells of the first such day.
    """

    REJECT = "reject"
    EARLIER = "earlier"
    LATER = "later"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Wall clock times of an IANA `timezone`: once `at` one, or by `cron` from `start` to `end`, both included.

    Exactly one of `at` and `cron` is there. `at`, `start` and `end` are naive. A send that is late by more than
    `deadline` is not made. While `suspend`, there are no occurrences.
    """

    timezone: str
    at: datetime | None = None
    cron: str = ""
    start: datetime | None = None
    end: datetime | None = None
    deadline: timedelta = timedelta(hours=1)
    dst: Dst = Dst.REJECT
    suspend: bool = False


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One moment of a schedule, UTC, and the last one at which it may still be sent.

    `wall` is what clocks show then, `2026-03-29T09:00+02:00 Europe/Paris`. `key` tells it from the schedule's others:
    `r<revision>` for `at`, the instant `2026-03-29T07:00:00Z` for `cron`.
    """

    scheduled_at: datetime
    deadline_at: datetime
    wall: str
    key: str
