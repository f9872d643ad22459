"""Take what is due by now as dealt with before there was this ledger, so that none of it is ever sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.core.activation import senders
from reconciler.core.asked import Moment
from reconciler.core.compose import NOTIFICATION
from reconciler.core.sends import sends
from reconciler.engine.leases import PATIENCE, leased
from reconciler.engine.row import record_of
from reconciler.engine.run import Run
from reconciler.model.send import Send, SendState

WHY = "baseline: it was due before this ledger began"


def settle_past(run: Run) -> Sequence[Send]:
    """Write down each notification that is due, or too late, and of which the ledger knows nothing: ABANDONED, for it
    may have been sent, so that only another revision or a later occurrence leaves; the sends of it. Needs no backend.
    Raises `LedgerError`.
    """
    with leased(run, list(run.loaded.coordinates.values()), PATIENCE):
        return _settled(run)


def _settled(run: Run) -> Sequence[Send]:
    loaded, now = run.loaded, run.clock.now()
    notifications = [each for each in senders(loaded.resources) if each.kind == NOTIFICATION]
    records = [row for row in run.ledger.sends(list(loaded.coordinates.values())) if row.kind == NOTIFICATION]
    moment = Moment(now, run.ledger.since())
    found = sends(notifications, loaded.dialects, loaded.coordinates, records, moment)
    known = {row.send_key for row in records}
    # What a backend is told ahead is among the due, and still to come.
    past = [send for send in (*found.due, *found.lapsed) if send.scheduled_at is None or send.scheduled_at <= now]
    taken = [send for send in past if send.send_key not in known]
    for send in taken:
        for part in send.parts:
            # In one word: a row that waits, left behind by a crash, would be sent.
            row = replace(record_of(run, send, part), state=SendState.ABANDONED, detail=WHY)
            run.ledger.put(row, "send-abandoned")
    return taken
