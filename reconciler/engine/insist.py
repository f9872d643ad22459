"""Write down what becomes of a request, even if the ledger is away for a moment."""

from __future__ import annotations

import time

from reconciler.engine.run import Run
from reconciler.errors import LedgerAway, LedgerLocked
from reconciler.model.send import SendRecord, SendState

PATIENCE = 10.0
"""Seconds for which a ledger that is away is waited for: a server starts again in less."""

PAUSE = 0.25
"""Seconds between two tries."""


def insist(run: Run, record: SendRecord, state: SendState, *, detail: str = "", remote_id: str = "") -> SendRecord:
    """`Ledger.move`, tried again while the ledger is away. Raises `LedgerError` as that does, `LedgerAway` where it
    stays away.
    """
    until = time.monotonic() + PATIENCE
    was_away = False
    while True:
        try:
            return run.ledger.move(record, state, detail=detail, remote_id=remote_id)
        except LedgerAway:
            if time.monotonic() > until:
                raise
            was_away = True
            time.sleep(PAUSE)
        except LedgerLocked:
            found = [row for row in run.ledger.sends([record.coordinates]) if _is_moved(row, record, state)]
            if was_away and found:
                return found[0]  # the first word was written; only its answer was lost
            raise


def _is_moved(row: SendRecord, record: SendRecord, state: SendState) -> bool:
    known = (row.send_key, row.part, row.fence, row.state)
    return known == (record.send_key, record.part, record.fence, state)
