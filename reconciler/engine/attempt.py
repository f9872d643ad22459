"""Attempt one request of a send: claimed, written down as dispatched, made exactly once, and its outcome written
down.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from reconciler.engine.emergency import emergency
from reconciler.engine.frozen import refuse_frozen
from reconciler.engine.holder import under_way
from reconciler.engine.insist import insist
from reconciler.engine.probe import probe, receipt_of
from reconciler.engine.row import record_of, stored
from reconciler.engine.run import Run
from reconciler.engine.skew import refuse_skew
from reconciler.errors import GuardRefused, LedgerAway, LedgerError, LedgerLocked, SendRefused, SendUnknown
from reconciler.model.event import Event, Happened
from reconciler.model.send import UNSETTLED, Attempt, Part, Receipt, Send, SendRecord, SendState

TRIES = 3
"""Attempts of a request that the backend says it did not execute."""

SHOWN_IDS = 20
"""Rejected identifiers that one line of an apply names."""

LONGEST_PAUSE = 60.0
"""Seconds that a send waits in its run for a backend that asks it to; beyond it, the next apply tries."""


def attempt(run: Run, send: Send, part: Part) -> tuple[Receipt | None, bool]:
    """The receipt, None where nothing was sent or nobody knows; and whether it is known.

    Raises `ProviderError` (nothing was sent) where its target does not get ready, `GuardRefused` where it has grown
    too big, and `LedgerError`.
    """
    waits = send.scheduled_at if send.by == "backend" else None
    request = Attempt(send.app, send.kind, send.name, part.marker, send.spec, part.target, waits)
    record = record_of(run, send, part)
    for tried in range(1, TRIES + 1):
        _prepare(run, send, request)
        if _is_over(run, send):
            break
        run.report(Event(Happened.STARTED, send.verb, send.address, _request_words(part, send)))
        record = _dispatched(run, record)
        if _is_over(run, send):  # the ledger was away until now
            insist(run, record, SendState.REJECTED, detail="the run was stopped, or it was too late, before it left")
            break
        try:
            receipt = _made(run, record, request)
        except SendRefused as refused:
            record, pause = _refused(run, send, record, refused, tried)
            if pause is None:
                break
            _wait(run, pause)
        except SendUnknown as unknown:
            record = _looked_up(run, send, record, unknown)
            if record.state is not SendState.REJECTED:
                return (None, False) if record.state in UNSETTLED else (receipt_of(record), True)
            if tried == TRIES:
                message = f"{unknown.message}; it was tried {TRIES} times. Nothing was sent"
                run.failed(send.verb, send.address, SendRefused(message, code="RC606", hint="run apply again"))
                break
            _wait(run, 2.0**tried / 2)
        else:
            return _accepted(run, send, record, receipt), True
    return None, True


def _dispatched(run: Run, record: SendRecord) -> SendRecord:
    """The row, claimed and then written down as about to leave; nothing is once somebody has frozen everything."""
    refuse_frozen(run)
    claimed = replace(record, state=SendState.CLAIMED, fence=run.ledger.claim(record))
    return insist(run, replace(claimed, dispatched_at=run.clock.now()), SendState.DISPATCHED)


def _made(run: Run, record: SendRecord, request: Attempt) -> Receipt:
    """Make the request, once. Raises `SendRefused`, or `SendUnknown` whatever else went wrong: bytes may have left."""
    try:
        with under_way(record):
            return run.providers[request.app].send(request)
    except (SendRefused, SendUnknown):
        raise
    except Exception as bug:
        raise SendUnknown(f"the request ended with {type(bug).__name__}") from bug


def _is_over(run: Run, send: Send) -> bool:
    if run.stopping.is_set():
        run.skipped(send.verb, send.address, "the run was stopped; nothing was sent")
        return True
    if send.by != "backend" and send.scheduled_at is not None and run.clock.now() < send.scheduled_at:
        run.skipped(send.verb, send.address, "the clock was set back, and it is not due any more; nothing was sent")
        return True
    return is_late(run, send)


def is_late(run: Run, send: Send) -> bool:
    """Whether the deadline of a send is over by now, however long ago it was planned."""
    return send.deadline_at is not None and run.clock.now() > send.deadline_at


def _wait(run: Run, seconds: float) -> None:
    """Let time pass, in steps, until the run is stopped."""
    until = run.clock.now() + timedelta(seconds=seconds)
    while not run.stopping.is_set() and (left := (until - run.clock.now()).total_seconds()) > 0:
        run.clock.sleep(min(left, 0.5))


def _prepare(run: Run, send: Send, request: Attempt) -> None:
    """Have everything ready for a request, and refuse what must not leave."""
    if send.scheduled_at is not None:
        refuse_skew(run, send.app)
    _refuse_growth(run, run.providers[send.app].prepare(request))


def _refuse_growth(run: Run, recipients: int | None) -> None:
    cap = run.loaded.project.guard.max_recipients
    if cap is not None and recipients is not None and recipients > cap:
        message = f"the send reaches about {recipients} devices by now; the guard allows {cap}. Nothing was sent"
        raise GuardRefused(message, code="RC411", hint="raise `spec.guard.max_recipients` if that is meant")


def _refused(
    run: Run, send: Send, record: SendRecord, refused: SendRefused, tried: int
) -> tuple[SendRecord, float | None]:
    """Write down that nothing was executed; how long to wait before the next attempt, None for no further one in this
    run.
    """
    is_ours = refused.transient or refused.code == "RC601"  # wrong credentials say nothing against the send itself
    try:
        record = insist(run, record, SendState.REJECTED if is_ours else SendState.FAILED, detail=refused.message)
    except LedgerError as error:
        raise _untold(record, refused, error) from error
    pause = refused.retry_after if refused.retry_after is not None else 2.0**tried / 2
    if refused.transient and tried < TRIES and pause <= LONGEST_PAUSE and not run.stopping.is_set():
        run.report(
            Event(Happened.WAITING, send.verb, send.address, f"{refused.message}; trying again in {pause:.0f} s")
        )
        return record, pause
    run.failed(send.verb, send.address, _reworded(refused, f"{refused.message}. Nothing was sent"))
    return record, None


def _untold(record: SendRecord, refused: SendRefused, error: LedgerError) -> LedgerError:
    """The ledger's failure, which hides a refusal: the row says DISPATCHED still, so that the next run asks a person,
    who can know it from here only.
    """
    resolve = f"reconciler sends resolve {record.send_key} --part {record.part + 1} --mark-not-sent"
    message = f"{refused.message}. Nothing was sent, and the ledger could not be told: {error.message}"
    told = LedgerError(message, code=error.code, hint=f"mend the ledger, then\n  {resolve}")
    told.exit_code = 8
    return told


def _reworded(refused: SendRefused, message: str) -> SendRefused:
    """The same refusal in other words."""
    return SendRefused(
        message, code=refused.code, hint=refused.hint, status=refused.status, transient=refused.transient
    )


def _looked_up(run: Run, send: Send, record: SendRecord, unknown: SendUnknown) -> SendRecord:
    try:
        return probe(run, send.app, insist(run, record, SendState.UNKNOWN, detail=unknown.message))
    except LedgerError:
        # The row says DISPATCHED or UNKNOWN, which the next look takes for the same.
        told = f"OUTCOME UNKNOWN: {unknown.message}; the next look, or `reconciler sends probe`, looks it up"
        run.report(Event(Happened.UNKNOWN, send.verb, send.address, told, unknown.code, exit_code=8))
        raise


def _accepted(run: Run, send: Send, record: SendRecord, receipt: Receipt) -> Receipt:
    try:
        _confirm(run, send, record, receipt)
    except LedgerError as error:
        raise emergency(record, receipt, error) from error
    words = _request_words(Part(record.part, record.target, record.marker, record.payload_digest), send)
    told = f"{words}, id {receipt.remote_id}" + (f"; {_rejected(receipt, record)}" if receipt.rejected else "")
    run.report(Event(Happened.SUCCEEDED, send.verb, send.address, told))
    return receipt


def _rejected(receipt: Receipt, record: SendRecord, most: int = SHOWN_IDS) -> str:
    """Which identifiers the backend would not send to; beyond `most`, the ledger's row has them all."""
    total = next((len(named) for named in record.target.values() if isinstance(named, list)), len(receipt.rejected))
    more = len(receipt.rejected) - most
    rest = f" and {more} more, all of them in `reconciler sends show {record.send_key}`" if more > 0 else ""
    return f"the backend rejected {len(receipt.rejected)} of {total} ids: {', '.join(receipt.rejected[:most])}{rest}"


def _confirm(run: Run, send: Send, record: SendRecord, receipt: Receipt) -> None:
    """Write down that the backend has it; where another run's probe moved the row, the answer we hold wins."""
    rejected = _rejected(receipt, record, len(receipt.rejected)) if receipt.rejected else ""
    try:
        record = insist(run, record, SendState.ACCEPTED, remote_id=receipt.remote_id, detail=rejected)
    except LedgerLocked:
        row = stored(run, send, record.part)
        if row is None or (row.state not in UNSETTLED and row.remote_id != receipt.remote_id):
            raise
        if row.state not in UNSETTLED:
            return
        record = insist(run, row, SendState.ACCEPTED, remote_id=receipt.remote_id, detail=rejected)
    with suppress(LedgerLocked, LedgerAway):  # it is written down as accepted; who looks next confirms it
        insist(run, record, SendState.CONFIRMED, detail=rejected or "accepted by the backend")


def _request_words(part: Part, send: Send) -> str:
    return f"to {send.target_words}" + (
        f", request {part.index + 1} of {len(send.parts)}" if len(send.parts) > 1 else ""
    )
