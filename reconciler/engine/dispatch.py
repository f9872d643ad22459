"""Make the sends of a plan in order: settle what is unknown, hold what waits behind it, and attempt each remaining
request once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from reconciler.core.compose import CAMPAIGN
from reconciler.engine.attempt import attempt, is_late
from reconciler.engine.probe import probe, receipt_of
from reconciler.engine.row import hold, stored
from reconciler.engine.run import Run
from reconciler.engine.timely import lapse
from reconciler.errors import LedgerError, LedgerLocked, ProviderError, ReconcilerError, SendUnknown
from reconciler.model.event import Event, Happened
from reconciler.model.resource import Key
from reconciler.model.send import NEVER_LEFT, SENT, UNSENT, UNSETTLED, Part, Receipt, Send, SendRecord, SendState

OUTCOME_SECONDS = 10.0
"""How long an apply waits, for all its sends together, to tell what became of them."""


_OTHERS = ("RC711", "RC712")
"""Another runner has this send, or waits for its answer: it is held, and its app, but nobody else's."""


def dispatch(run: Run, sends: Sequence[Send], unapplied: Collection[Key]) -> None:
    """Make these sends.

    One whose outcome stays unknown holds the later ones of its app; `unapplied` are resources that failed.
    """
    try:
        _confirm_accepted(run)
        held_by = _held_by_undeclared(run, sends)
    except LedgerError as error:
        run.stopping.set()
        run.failed("record", "ledger", error)
        held_by = {}
    receipts: list[tuple[Send, Receipt]] = []
    for send in sends:
        failed = _failed_need(send, unapplied)
        if run.stopping.is_set():
            run.skipped(send.verb, send.address, "the run was stopped; nothing was sent")
        elif send.app in held_by:
            _hold(run, send, held_by[send.app])
        elif failed:
            run.skipped(send.verb, send.address, f"{failed} was not applied; nothing was sent")
        else:
            made, is_settled = _make(run, send)
            receipts.extend((send, receipt) for receipt in made)
            if not is_settled:
                held_by[send.app] = send.address
    _tell_outcomes(run, receipts)


def _confirm_accepted(run: Run) -> None:
    """Finish what a crash left between the backend's yes and the last word about it."""
    for row in run.ledger.sends(list(run.loaded.coordinates.values())):
        if row.state is SendState.ACCEPTED:
            with suppress(LedgerLocked):  # another runner has done it
                run.ledger.move(row, SendState.CONFIRMED, detail=row.detail or "accepted by the backend")


def _held_by_undeclared(run: Run, sends: Sequence[Send]) -> dict[str, str]:
    """What holds an app though the plan does not name it: an unknown send removed, renamed or of another revision."""
    planned = {send.send_key for send in sends}
    held: dict[str, str] = {}
    for app in dict.fromkeys(send.app for send in sends):
        for row in run.ledger.sends([run.loaded.coordinates[app]]):
            if row.state in UNSETTLED and row.send_key not in planned and not _is_found(run, app, row):
                held.setdefault(app, f"{app}/{row.kind}/{row.name} {row.occurrence}")
    return held


def _is_found(run: Run, app: str, row: SendRecord) -> bool:
    try:
        return probe(run, app, row).state not in UNSETTLED
    except LedgerError as error:
        run.failed("probe", f"{app}/{row.kind}/{row.name}", error)
        return False


def _failed_need(send: Send, unapplied: Collection[Key]) -> str:
    """What a send cannot do without and was not applied, in words; empty where there is nothing."""
    audiences: Iterable[str] = send.parts[0].target.get("audiences", ())
    needs = [("Audience", name) for name in audiences]
    needs += [(CAMPAIGN, name) for name in (send.name if send.kind == CAMPAIGN else send.spec.get("campaign"),) if name]
    failed = ((kind, name) for kind, name in needs if (send.app, kind, name) in unapplied)
    return next((f"its {kind.lower()} `{name}`" for kind, name in failed), "")


def _hold(run: Run, send: Send, behind: str) -> None:
    why = f"behind {behind}"
    try:
        rows = {row.part: row for row in run.ledger.sends([send.coordinates]) if row.send_key == send.send_key}
        for part in send.parts:
            row = rows.get(part.index)
            is_held = row is not None and row.state is SendState.HELD and row.detail == why
            if part.state in UNSENT and not is_held and (row is None or row.state in NEVER_LEFT):
                hold(run, send, part, why)
    except LedgerLocked:
        run.skipped(send.verb, send.address, "another runner took it over; nothing was sent by this one")
        return
    except LedgerError as error:
        run.stopping.set()
        run.failed(send.verb, send.address, error)
        return
    run.skipped(send.verb, send.address, f"HELD behind {behind}; nothing was sent")


def _make(run: Run, send: Send) -> tuple[list[Receipt], bool]:
    """The receipts of the parts made now, and whether nothing about the send is unknown."""
    receipts: list[Receipt] = []
    for part in send.parts:
        if part.state in SENT:
            continue
        if run.stopping.is_set():
            run.skipped(
                send.verb, send.address, f"the run was stopped before request {part.index + 1} of {len(send.parts)}"
            )
            return receipts, True
        try:
            receipt, is_settled = _settle(run, send, part)
            if receipt is None and is_settled and is_late(run, send):
                lapse(run, replace(send, reason="its deadline was over before it could leave"))
        except LedgerError as error:
            if error.code not in _OTHERS:
                run.stopping.set()
            run.failed(send.verb, send.address, error)
            return receipts, False
        except ReconcilerError as error:
            run.failed(send.verb, send.address, error)
            return receipts, _is_known(error)
        if receipt is None:
            return receipts, is_settled
        receipts.append(receipt)
    return receipts, True


def _is_known(error: ReconcilerError) -> bool:
    """Whether it is certain that nothing was sent when this was raised."""
    match error:
        case SendUnknown():
            return False
        case ProviderError():
            return error.changed is False
        case _:
            return True


def _settle(run: Run, send: Send, part: Part) -> tuple[Receipt | None, bool]:
    row = stored(run, send, part.index)
    if row is not None and send.reopens and row.state in SENT:
        if send.kind != CAMPAIGN:
            return None, True  # it could not be taken back, and that was told
        row = run.ledger.move(row, SendState.UNKNOWN, detail=send.blocked or "taken back to a draft")
    if row is not None and row.state in UNSETTLED:
        row = probe(run, send.app, row)
        if row.state in UNSETTLED:
            return None, False
        if row.state in SENT:
            return receipt_of(row), True
    return attempt(run, send, part)


def _tell_outcomes(run: Run, receipts: Sequence[tuple[Send, Receipt]]) -> None:
    """Say what became of the accepted sends, as far as the backend knows within the time we wait; not knowing is no
    failure.
    """
    until = run.clock.now() + timedelta(seconds=OUTCOME_SECONDS)
    for send, receipt in receipts:
        if run.stopping.is_set():
            return
        try:
            found = run.providers[send.app].outcome(receipt, until)
        except ProviderError:
            continue
        told = ", ".join(each for each in (found.state, found.outcome) if each)
        run.report(Event(Happened.TOLD, "outcome", send.address, f"{told} (id {receipt.remote_id})"))
