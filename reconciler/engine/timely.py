"""Keep the ledger in step with the clock: what comes, what came too late, and what is not wanted any more."""

from __future__ import annotations

from reconciler.engine.attempt import record_of, stored
from reconciler.engine.probe import probe, receipt_of
from reconciler.engine.run import Run
from reconciler.errors import LedgerLocked, NotFound, ProviderError
from reconciler.model.event import Event, Happened
from reconciler.model.plan import Plan
from reconciler.model.send import UNSENT, UNSETTLED, Send, SendRecord, SendState


def keep_time(run: Run, plan: Plan) -> None:
    """Announce the coming sends of a plan, give up the lapsed and the withdrawn. Done before anything is sent, so that
    the next occurrence is known whatever happens. Raises `LedgerError`.
    """
    # What is due may never have been announced, where earlier ones were missed: once these are given up, nothing else
    # would know of it.
    recurring = [send for send in plan.sends if send.scheduled_at and not send.occurrence.startswith("r")]
    for send in (*plan.lapsed, *recurring, *plan.coming):
        for part in send.parts if not send.is_announced else ():
            run.ledger.announce(record_of(run, send, part))
    for send in plan.coming:
        if not send.is_announced:
            run.report(Event(Happened.TOLD, "announce", send.address, f"{send.occurrence}: due {send.wall}"))
    for send in plan.lapsed:
        lapse(run, send)
    for each in plan.withdrawn:
        if each.row is not None:
            _withdraw(run, each.row)


def lapse(run: Run, send: Send) -> None:
    """Write down, and tell, that what is left of a send is too late. Raises `LedgerError`."""
    for part in send.parts:
        run.ledger.announce(record_of(run, send, part))
        row = stored(run, send, part.index)
        if row is not None and row.state in UNSENT:
            run.ledger.move(row, SendState.EXPIRED, detail=send.reason)
    run.report(Event(Happened.TOLD, "expire", send.address, f"{send.occurrence}: {send.reason}; it is not sent"))


def _withdraw(run: Run, row: SendRecord) -> None:
    app = run.loaded.aliases[row.coordinates]
    subject = f"{app}/{row.kind}/{row.name}"
    try:
        if row.state in UNSETTLED:
            row = probe(run, app, row)
        if row.state in UNSETTLED:
            return
        if row.state in UNSENT:
            row = run.ledger.move(row, SendState.WITHDRAWN, detail="not asked for any more")
        else:
            row = take_back(run, app, row, SendState.WITHDRAWN, "not asked for any more")
    except LedgerLocked:
        return  # another runner has it: what it does is looked at by the next plan
    except ProviderError as error:
        run.failed("withdraw", subject, error)
        return
    if row.state not in UNSETTLED:  # a probe has told of one that is
        is_late = row.state is not SendState.WITHDRAWN
        told = f"{row.occurrence}: not asked for any more" + (", but it has left already" if is_late else "")
        run.report(Event(Happened.TOLD, "outcome" if is_late else "withdraw", subject, told))


def take_back(run: Run, app: str, row: SendRecord, state: SendState, why: str) -> SendRecord:
    """Take back what waits on the backend; its row, which goes to `state`, to CONFIRMED where it has left, and is
    undecided where it is not there any more: nobody knows whether it left before it was deleted.

    UNKNOWN meanwhile, so that a crash is settled by looking. Raises `ProviderError`, `LedgerError`.
    """
    row = run.ledger.move(row, SendState.UNKNOWN, detail="about to be taken back from the backend")
    try:
        is_taken_back = run.providers[app].cancel(receipt_of(row))
    except NotFound:
        row = probe(run, app, row)
        return run.ledger.move(row, state, detail=why) if row.state in UNSENT - {state} else row
    if is_taken_back:
        return run.ledger.move(row, state, detail=f"{why}; taken back before it left")
    row = run.ledger.move(row, SendState.PROBING, detail="too late to take it back")
    return run.ledger.move(row, SendState.CONFIRMED, detail="it has left; too late to take it back")
