"""The ledger's row of one request of a send: as it would be, as it stands, and as it waits."""

from __future__ import annotations

from dataclasses import replace

from reconciler.engine.holder import holder
from reconciler.engine.run import Run
from reconciler.model.send import Part, Send, SendRecord, SendState


def record_of(run: Run, send: Send, part: Part) -> SendRecord:
    """The row of a part that is not sent."""
    return SendRecord(
        send_key=send.send_key,
        part=part.index,
        parts=len(send.parts),
        coordinates=send.coordinates,
        kind=send.kind,
        name=send.name,
        occurrence=send.occurrence,
        marker=part.marker,
        payload_digest=part.payload_digest,
        content_digest=send.content_digest,
        target=part.target,
        state=SendState.PLANNED,
        fence=0,
        holder=holder(),
        attempt=0,
        remote_id="",
        updated_at=run.clock.now(),
        dispatched_at=None,
        detail="",
        scheduled_at=send.scheduled_at,
    )


def stored(run: Run, send: Send, part: int) -> SendRecord | None:
    """The ledger's row of a part as it stands now, None where there is none yet."""
    rows = run.ledger.sends([send.coordinates])
    return next((row for row in rows if row.send_key == send.send_key and row.part == part), None)


def hold(run: Run, send: Send, part: Part, why: str) -> None:
    """Write down that a request waits, by way of a claim: what another runner has, or has made, is never written over.
    Raises `LedgerError`.
    """
    row = record_of(run, send, part)
    claimed = replace(row, state=SendState.CLAIMED, fence=run.ledger.claim(row))
    run.ledger.move(claimed, SendState.HELD, detail=why)
