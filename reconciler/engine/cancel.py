"""Cancel a send that waits, here or on its backend."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.unasked import may_wait, waits
from reconciler.engine.probe import probe
from reconciler.engine.run import Run
from reconciler.engine.timely import take_back
from reconciler.errors import ReconcilerError
from reconciler.model.send import SENT, UNSENT, UNSETTLED, SendRecord, SendState

CANCELLED = SendState.CANCELLED


def cancel(run: Run, rows: Sequence[SendRecord], reason: str) -> Sequence[SendRecord]:
    """Cancel every request of a send that has not left; the rows cancelled.

    Raises `ReconcilerError` (RC533) where none of them waits or the backend says that it is too late, `ProviderError`,
    and `LedgerError`.
    """
    detail = f"cancelled by an operator: {reason}"
    aliases = run.loaded.aliases
    found: list[SendRecord] = []
    for each in rows:
        app, now = aliases.get(each.coordinates), run.clock.now()
        row = probe(run, app, each) if app and may_wait(each, now) else each
        if row.state in UNSENT:
            row = run.ledger.move(row, CANCELLED, detail=detail)
        elif app and waits(row, now):
            row = take_back(run, app, row, CANCELLED, detail)
        found.append(row)
    cancelled = [row for row in found if row.state is CANCELLED]
    if not cancelled:
        stands = ", ".join(sorted({row.state for row in found}))
        message = f"nothing of it waits any more: it is {stands}"
        raise ReconcilerError(message, code="RC533", hint=_instead(found))
    return cancelled


def _instead(rows: Sequence[SendRecord]) -> str:
    """What somebody may do who wanted to cancel what waits no more."""
    if any(row.state in UNSETTLED for row in rows):
        return (
            f"nobody knows whether it left; look it up, and decide, with\n  reconciler sends probe {rows[0].send_key}"
        )
    if any(row.state in SENT for row in rows):
        return "a push that has left cannot be taken back"
    return "it is over, and is not sent any more"
