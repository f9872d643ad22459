"""Take an activation back in the ledger while a change takes it back on the backend, so that it may be made again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.engine.run import Run
from reconciler.model.change import Change
from reconciler.model.send import SENT, SendState


@contextmanager
def reopened(run: Run, change: Change) -> Iterator[None]:
    """Around a change that suspends a campaign: its activation is UNKNOWN from before until the backend has said yes,
    so that a crash between the two is settled by looking. Raises `LedgerError`.
    """
    rows = [
        run.ledger.move(row, SendState.UNKNOWN, detail="about to be taken back to a draft")
        for row in (run.ledger.sends([run.loaded.coordinates[change.app]]) if change.reopens else ())
        if row.kind == change.kind and row.name == change.name and row.state in SENT
    ]
    yield
    for row in rows:
        run.ledger.move(row, SendState.REJECTED, detail="taken back to a draft before it started")
