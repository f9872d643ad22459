"""Tell what the ledger still holds of sends that nothing asks for any more: what waits is given up, what is undecided
is named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from reconciler.core.compose import CAMPAIGN
from reconciler.core.quote import quote
from reconciler.model.finding import Finding
from reconciler.model.plan import Skipped, Withdrawn
from reconciler.model.send import SENT, UNSENT, UNSETTLED, Send, SendRecord


def unwanted(unasked: Iterable[SendRecord], now: datetime) -> Iterable[SendRecord]:
    """The rows that wait, here or on the backend, for a send that is not asked for any more."""
    return (row for row in unasked if row.state in UNSENT or may_wait(row, now) or waits(row, now))


def withdrawn(row: SendRecord, app: str) -> Withdrawn:
    """A row as a plan shows it; `app` is the alias of its coordinates."""
    where = "ledger" if row.state in UNSENT else "unknown" if row.state in UNSETTLED else "backend"
    return Withdrawn(f"{app}/{row.kind}/{row.name}", row.send_key, row.occurrence, where, row)


def undecided(records: Iterable[SendRecord], due: Collection[str], now: datetime) -> Sequence[SendRecord]:
    """A row of each send that may have left and is not among the `due` (keys), where it would be settled: it holds the
    later sends of its app all the same.
    """
    rows = (row for row in records if row.state in UNSETTLED and row.send_key not in due and not may_wait(row, now))
    return list({row.send_key: row for row in rows}.values())


def unasked_finding(row: SendRecord, app: str) -> Finding:
    """What a reviewer should know of an undecided send that no other line of a plan names; `app` is its alias."""
    return Finding(
        "RC516",
        f"{quote(row.name)} {row.occurrence} is {row.state}, and nothing asks for it any more; it holds the later "
        "sends of its app",
        f"look it up, and decide, with\n  reconciler sends probe {row.send_key}",
        f"{app}/{row.kind}/{row.name}",
        "warning",
    )


def left_over(send: Send, found: Send | Skipped, rows: Iterable[SendRecord]) -> Iterable[SendRecord]:
    """The rows of a notification that wait for nothing: of requests that it is not cut into any more, or behind one
    that has ended.
    """
    if send.kind == CAMPAIGN:
        return ()
    is_over = isinstance(found, Skipped)
    return (row for row in rows if row.state in UNSENT and (is_over or row.part >= len(send.parts)))


def may_wait(row: SendRecord, now: datetime) -> bool:
    """Whether the backend may have it, and waits then."""
    return row.scheduled_at is not None and row.state in UNSETTLED and row.scheduled_at > now


def waits(row: SendRecord, now: datetime) -> bool:
    """Whether the backend has it and waits."""
    return row.scheduled_at is not None and row.state in SENT and row.scheduled_at > now
