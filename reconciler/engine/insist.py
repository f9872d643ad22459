"""Write down what becomes of a request, even if the ledger is away for a moment."""

from __future__ import annotations

import time

from reconciler.engine.run import Run
from reconciler.errors import LedgerAway, LedgerError
from reconciler.model.send import SendRecord, SendState

PATIENCE = 10.0
"""Seconds for which a ledger that is away is waited for: a server starts again in less."""

BUSY = "RC710"
"""Another process is writing for longer than a writer waits."""

PAUSE = 0.25
"""Seconds between two tries."""


def insist(run: Run, record: SendRecord, state: SendState, *, detail: str = "", remote_id: str = "") -> SendRecord:
    """`Ledger.move`, tried again while the ledger is away or busy. Raises `LedgerError` as that does: `LedgerAway` if
    it stays away, `LedgerLocked` if a request would leave under a lease that was lost meanwhile.
    """
    until = time.monotonic() + PATIENCE
    is_again = False
    while True:
        try:
            found = _moved(run, record, state) if is_again else None
            if found is None:
                return run.ledger.move(record, state, detail=detail, remote_id=remote_id)
            if state is SendState.DISPATCHED:
                run.ledger.renew([record.coordinates])  # what was written then asked for the lease then
            return found  # the first word was written; only its answer was lost
        except LedgerError as failure:
            if not (isinstance(failure, LedgerAway) or failure.code == BUSY) or time.monotonic() > until:
                raise
        is_again = True
        time.sleep(PAUSE)


def _moved(run: Run, record: SendRecord, state: SendState) -> SendRecord | None:
    rows = run.ledger.sends([record.coordinates])
    return next((row for row in rows if _is_moved(row, record, state)), None)


def _is_moved(row: SendRecord, record: SendRecord, state: SendState) -> bool:
    known = (row.send_key, row.part, row.fence, row.state)
    return known == (record.send_key, record.part, record.fence, state)
