"""Cancel a send that waits, here or on its backend."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.engine.run import Run
from reconciler.engine.timely import take_back
from reconciler.errors import ReconcilerError
from reconciler.model.send import SENT, UNSENT, SendRecord, SendState

CANCELLED = SendState.CANCELLED


def cancel(run: Run, rows: Sequence[SendRecord], reason: str) -> Sequence[SendRecord]:
    """Cancel every request of a send that has not left; the rows cancelled.

    Raises `ReconcilerError` (RC533) where none of them waits or the backend says that it is too late, `ProviderError`,
    and `LedgerError`.
    """
    detail = f"cancelled by an operator: {reason}"
    aliases = run.loaded.aliases
    found: list[SendRecord] = []
    for row in rows:
        if row.state in UNSENT:
            found.append(run.ledger.move(row, CANCELLED, detail=detail))
        elif (app := aliases.get(row.coordinates)) and _waits(run, row):
            found.append(take_back(run, app, row, CANCELLED, detail))
        else:
            found.append(row)
    cancelled = [row for row in found if row.state is CANCELLED]
    if not cancelled:
        stands = ", ".join(sorted({row.state for row in found}))
        message = f"nothing of it waits any more: it is {stands}"
        raise ReconcilerError(message, code="RC533", hint="a push that has left cannot be taken back")
    return cancelled


def _waits(run: Run, row: SendRecord) -> bool:
    """Whether the backend holds it for later."""
    return row.state in SENT and row.scheduled_at is not None and row.scheduled_at > run.clock.now()
