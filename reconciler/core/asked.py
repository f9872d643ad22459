"""Which sends a notification asks for now: computed from manifest, ledger and clock, never from a tick that fired."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from reconciler.core.compose import CAMPAIGN, by_backend
from reconciler.core.schedule import last_before, next_occurrence, schedule_of
from reconciler.model.resource import Resource
from reconciler.model.schedule import Occurrence, Schedule
from reconciler.model.send import SENT, TERMINAL, UNSENT, UNSETTLED, SendRecord, SendState
from reconciler.ports import Dialect

MOST_MISSED = 100
"""Missed occurrences of one notification that get a row each; of more, the latest."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Due(StrEnum):
    """What is to be done about an occurrence; the values are those of `by` in a plan."""

    NOW = "apply"
    AHEAD = "backend"
    LATER = "run"
    NEVER = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One occurrence that is asked for, None where there is no schedule; `why` says why it is never made."""

    when: Occurrence | None
    due: Due
    why: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, and since when the ledger remembers (UTC; None: not known, so it has always been there)."""

    now: datetime
    since: datetime | None = None


def asked(declared: Resource, dialect: Dialect, rows: Sequence[SendRecord], moment: Moment) -> Sequence[Asked]:
    """The occurrences that are due, announced, or too late and not yet written down as that. A campaign is activated at
    once: its own schedule is the backend's.

    `rows` are those of the ledger that the notification has on that app, of all its occurrences.
    """
    if "schedule" not in declared.spec or declared.kind == CAMPAIGN:
        return [Asked(None, Due.NOW)]
    schedule, revision = schedule_of(declared.spec["schedule"]), declared.spec.get("revision", 1)
    if schedule.at is None:
        return list(_recurring(schedule, rows, moment.now))
    when = next_occurrence(schedule, revision, _BEGINNING)
    return [] if when is None else [_once(when, moment, is_ahead=by_backend(declared, dialect))]


def _once(when: Occurrence, moment: Moment, *, is_ahead: bool) -> Asked:
    if moment.now < when.scheduled_at:
        return Asked(when, Due.AHEAD if is_ahead else Due.LATER)
    if moment.since is not None and when.scheduled_at < moment.since:
        return Asked(when, Due.NEVER, f"it was due {when.wall}, before this ledger began")
    return _in_time(when, moment.now)


def _in_time(when: Occurrence, now: datetime) -> Asked:
    late = now > when.deadline_at
    return Asked(when, Due.NEVER, f"it was due {when.wall}, and its deadline is over") if late else Asked(when, Due.NOW)


def _recurring(schedule: Schedule, rows: Sequence[SendRecord], now: datetime) -> Iterable[Asked]:
    states: dict[str, set[SendState]] = {}
    for row in rows:
        if row.occurrence[:1].isdigit() and row.state is not SendState.WITHDRAWN:
            states.setdefault(row.occurrence, set()).add(row.state)
    unsettled = {key for key, each in states.items() if each & UNSETTLED}
    open_keys = (key for key, each in states.items() if each & UNSENT and not each & (TERMINAL - SENT))
    coming = next_occurrence(schedule, 1, now)
    waiting = {key for key in open_keys if (coming and key == coming.key) or _scheduled(schedule, key)}
    missed = _missed(schedule, _known_until(waiting, now), now)
    if len(missed) > MOST_MISSED:
        forgotten = (key for key in sorted(waiting - unsettled) if instant(key) < missed[0].scheduled_at)
        yield from (
            Asked(_restored(key), Due.NEVER, f"it was due {key}, and later ones are by now") for key in forgotten
        )
    for when in missed[:-1]:
        if when.key not in unsettled:
            yield Asked(when, Due.NEVER, f"it was due {when.wall}, and a later one is due by now")
    if missed:
        yield _in_time(missed[-1], now)
    last = last_before(schedule, 1, now) if unsettled else None
    for key in sorted(unsettled - {when.key for when in missed[-1:]}):
        # Should it turn out that it never left, it still may, until its deadline; unless a later one is due by now.
        yield Asked(last if last and last.key == key else _restored(key), Due.NOW)
    cancelled = {key for key, each in states.items() if SendState.CANCELLED in each}
    yield from _announced(schedule, coming, cancelled, (waiting, now))


def _announced(
    schedule: Schedule, coming: Occurrence | None, cancelled: Collection[str], known: tuple[Collection[str], datetime]
) -> Iterable[Asked]:
    """The next occurrence, and what else has to wait or waits already: `known` are the keys that wait, and now."""
    waiting, until = known
    while coming is not None:
        yield Asked(coming, Due.LATER)
        # Behind a cancelled one another has to wait: by what waits it is known what was missed.
        until, is_cancelled = coming.scheduled_at, coming.key in cancelled
        coming = next_occurrence(schedule, 1, until) if is_cancelled else None
    for key in sorted(key for key in waiting if instant(key) > until):
        # Announced by a runner whose clock is ahead of ours, or before ours was set back.
        if when := _scheduled(schedule, key):
            yield Asked(when, Due.LATER)


def _missed(schedule: Schedule, since: datetime, now: datetime) -> Sequence[Occurrence]:
    """The last occurrences after one instant and until another one, one more than `MOST_MISSED` at most; ascending."""
    found: list[Occurrence] = []
    until = now
    while since < until and len(found) <= MOST_MISSED:
        when = last_before(schedule, 1, until)
        if when is None or when.scheduled_at <= since:
            break
        found.append(when)
        until = when.scheduled_at - timedelta(seconds=1)
    return found[::-1]


def _known_until(waiting: Collection[str], now: datetime) -> datetime:
    """The instant up to which every occurrence is settled: just before the first that waits, for the next one is always
    announced before anything is sent. Now, where none waits: the notification is new, was suspended, or was edited.
    """
    return min(map(instant, waiting)) - timedelta(seconds=1) if waiting else now


def _scheduled(schedule: Schedule, key: str) -> Occurrence | None:
    """The occurrence of a key, None where the schedule has it no more: it was edited, or is suspended."""
    when = next_occurrence(schedule, 1, instant(key) - timedelta(seconds=1))
    return when if when is not None and when.key == key else None


def _restored(key: str) -> Occurrence:
    """An occurrence that the schedule has no more, or that a later one has overtaken: it has to be settled all the
    same, and is never made.
    """
    moment = instant(key)
    return Occurrence(moment, moment, key, key)


def instant(key: str) -> datetime:
    """The instant that is the key of a recurring send."""
    return datetime.fromisoformat(key)
