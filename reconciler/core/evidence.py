"""Say what a look for a request saw, so that a person can judge what it is worth: kept in the ledger, and told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from reconciler.core.encode import instant
from reconciler.model.send import SENT, SendRecord, Sighting

NEAR = timedelta(minutes=5)
"""How long before a request another one may have left and still show that the list is up to date."""


def evidence(record: SendRecord, seen: Sighting, rows: Iterable[SendRecord], looks: int, now: datetime) -> str:
    """What was looked at, how often and until when, and whether a list showed what it must; empty where the backend
    shows nothing at all. `rows` are those of the app.

    Source: `facts/plan-apply-tools.md` §3.6; a miss is worth the more, the more of it holds, and never proves.
    """
    if not seen.asked:
        return ""
    told = f"looked {'once' if looks == 1 else f'{looks} times'}, until {instant(now)}, at {seen.asked}"
    if seen.shown is None:
        return told
    return f"{told}: {len(seen.shown)} listed; {_control(record, seen.shown, rows)}"


def _control(record: SendRecord, shown: Iterable[str], rows: Iterable[SendRecord]) -> str:
    """Whether another send of about that time is to be seen, which says that the list is neither late nor filtered."""
    left = record.dispatched_at or record.updated_at
    ids = frozenset(shown)
    near = [
        (row.dispatched_at, f"{row.name} {row.occurrence}")
        for row in rows
        if row.remote_id in ids and row.state in SENT and row.dispatched_at and row.dispatched_at >= left - NEAR
    ]
    if not near:
        return "no other send of ours of that time is among them, so the list may be late"
    at, name = max(near)
    return f"`{name}`, which left {instant(at)}, is among them, so the list is up to date"
