"""Keep the ledger in step with the clock: what comes, what came too late, and what must not leave as it is."""

from __future__ import annotations

from reconciler.core.asked import Due
from reconciler.core.compose import CAMPAIGN
from reconciler.engine.probe import probe, receipt_of
from reconciler.engine.row import hold, record_of, stored
from reconciler.engine.run import Run
from reconciler.engine.skew import refuse_skew
from reconciler.errors import GuardRefused, LedgerLocked, NotFound, ProviderError
from reconciler.model.event import Event, Happened
from reconciler.model.plan import Plan
from reconciler.model.send import SENT, UNSENT, UNSETTLED, Send, SendRecord, SendState


def stand_down(run: Run, plan: Plan) -> None:
    """Take back what waits, here or on the backend, and must not leave as it is: what nothing asks for any more, and
    what is to say something else, or at another time. Nothing is sent by that, so nothing that holds or forbids a send
    stands in its way. Raises `LedgerError`.
    """
    for each in plan.withdrawn:
        if each.row is not None:
            _withdraw(run, each.row)
    for send in (*plan.sends, *plan.lapsed):
        if send.reopens and send.kind != CAMPAIGN:
            _reopen(run, send)


def keep_time(run: Run, plan: Plan) -> None:
    """Announce the coming sends of a plan, and give up the lapsed. Done before anything is sent, so that the next
    occurrence is known whatever happens. Raises `LedgerError`.
    """
    # What is due may never have been announced, where earlier ones were missed: once these are given up, nothing else
    # would know of it.
    recurring = [send for send in plan.sends if send.scheduled_at and not send.occurrence.startswith("r")]
    for send in (*plan.lapsed, *recurring, *plan.coming):
        is_new = not send.is_announced and _announced(run, send)
        if is_new and send.by == Due.LATER:
            run.report(Event(Happened.TOLD, "announce", send.address, f"{send.occurrence}: due {send.wall}"))
    allowed = {(send.coordinates, send.content_digest) for send in (*plan.sends, *plan.coming) if send.is_allowed}
    for send in plan.coming:
        if (send.coordinates, send.content_digest) in allowed:
            _keep_consent(run, send)
    for send in plan.lapsed:
        lapse(run, send)


def _announced(run: Run, send: Send) -> bool:
    written = [run.ledger.announce(record_of(run, send, part)) for part in send.parts]
    return any(written)


def _keep_consent(run: Run, send: Send) -> None:
    """Remember that what comes may say again what another one says: `run` has nobody to ask."""
    for part in send.parts:
        row = stored(run, send, part.index)
        is_new = row is not None and (row.state is SendState.PLANNED or row.content_digest != send.content_digest)
        if row is not None and row.state in UNSENT and is_new:
            hold(run, send, part, "allowed; it waits for its time")


def lapse(run: Run, send: Send) -> None:
    """Write down, and tell, that what is left of a send is too late. Raises `LedgerError`."""
    _announced(run, send)
    rows = [row for part in send.parts if (row := stored(run, send, part.index)) and row.state in UNSENT]
    for row in rows:
        run.ledger.move(row, SendState.EXPIRED, detail=send.reason)
    if rows:
        run.report(Event(Happened.TOLD, "expire", send.address, f"{send.occurrence}: {send.reason}; it is not sent"))


def _reopen(run: Run, send: Send) -> None:
    row = stored(run, send, 0)
    if row is None or row.state not in SENT:
        return
    try:
        refuse_skew(run, send.app)  # by a wrong clock it may not be waiting at all
        row = take_back(run, send.app, row, SendState.REJECTED, "to be changed")
    except LedgerLocked:
        return  # another runner has it
    except (ProviderError, GuardRefused) as error:
        run.failed("withdraw", send.address, error)
        return
    if row.state in SENT:
        run.skipped(send.verb, send.address, "it has left already, as it was; nothing was changed")


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
