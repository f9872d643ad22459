"""Find out what became of a request whose outcome is unknown: look for its marker; never send."""

from __future__ import annotations

from datetime import timedelta

from reconciler.engine.holder import may_be_under_way
from reconciler.engine.run import Run
from reconciler.errors import LedgerLocked, ProviderError
from reconciler.model.event import Event, Happened
from reconciler.model.send import Receipt, SendRecord, SendState

PAUSES = (0.0, 0.5, 1.0, 1.5)
"""Seconds before each look: an accepted send may take a moment to be listed. A miss proves nothing, however long one
waits.
"""

SKEW = timedelta(hours=1)
"""How far before the request's own time the listing is read, for clocks that differ."""


def probe(run: Run, app: str, record: SendRecord) -> Receipt | None:
    """The receipt of a request that did happen, now CONFIRMED; None where that is not known, now NEEDS_DECISION.

    Where the backend cannot be asked, the row stays UNKNOWN. Raises `LedgerLocked` where another process may still be
    waiting for the answer, and `LedgerError`.
    """
    if record.state is SendState.DISPATCHED and may_be_under_way(record, run.clock.now()):
        _refuse_unless_listed(run, app, record)
    # What was looked for in vain before is looked for once: whatever was late is there by now.
    pauses = PAUSES[:1] if record.state is SendState.NEEDS_DECISION else PAUSES
    if record.state is not SendState.PROBING:
        if record.state is SendState.DISPATCHED:
            record = run.ledger.move(record, SendState.UNKNOWN, detail="no outcome was written down")
        record = run.ledger.move(record, SendState.PROBING, detail=record.detail)
    try:
        hits = _look(run, app, record, pauses)
    except ProviderError as error:
        record = run.ledger.move(record, SendState.UNKNOWN, detail=f"the probe failed: {error.message}")
        _tell_undecided(run, app, record, f"{error.message}; it could not be looked up")
        return None
    if len(hits) == 1:
        run.ledger.move(record, SendState.CONFIRMED, detail="found by its marker", remote_id=hits[0].remote_id)
        detail = f"found on the backend by its marker, id {hits[0].remote_id}; it is not sent again"
        run.report(Event(Happened.SUCCEEDED, "probe", _address(app, record), detail))
        return hits[0]
    why = f"{len(hits)} notifications carry its marker" if hits else "no notification with its marker is listed"
    record = run.ledger.move(record, SendState.NEEDS_DECISION, detail=why)
    _tell_undecided(run, app, record, why)
    return None


def _refuse_unless_listed(run: Run, app: str, record: SendRecord) -> None:
    """Another process waits for the answer: what is listed is certain, what is not is for that process to settle."""
    try:
        hits = _look(run, app, record, PAUSES[:1])
    except ProviderError:
        hits = []
    if not hits:
        message = f"request {record.part + 1} of {record.parts} is under way in another process ({record.holder})"
        raise LedgerLocked(message, code="RC712", hint="wait until it ends")


def _look(run: Run, app: str, record: SendRecord, pauses: tuple[float, ...]) -> list[Receipt]:
    since = (record.dispatched_at or record.updated_at) - SKEW
    hits: list[Receipt] = []
    for pause in pauses:
        run.clock.sleep(pause)
        hits = [receipt for receipt in run.providers[app].sent(since) if receipt.name.endswith(" " + record.marker)]
        if hits or run.stopping.is_set():
            break
    return hits


def _tell_undecided(run: Run, app: str, record: SendRecord, why: str) -> None:
    left = record.dispatched_at.strftime("%Y-%m-%d %H:%M:%SZ") if record.dispatched_at else "at an unknown time"
    detail = (
        f"OUTCOME UNKNOWN of request {record.part + 1} of {record.parts} ({record.occurrence}): it left {left}; {why}. "
        f"Nothing else is sent to this app. Look for `{record.marker}` in the backend's list of notifications"
    )
    hint = (
        "when you know, say so with one of\n"
        f"  reconciler sends probe {record.send_key}\n"
        f"  reconciler sends resolve {record.send_key} --mark-sent ID\n"
        f"  reconciler sends resolve {record.send_key} --mark-not-sent\n"
        f"  reconciler sends resolve {record.send_key} --abandon"
    )
    run.report(Event(Happened.UNKNOWN, "send", _address(app, record), detail, "RC621", hint, 8))


def _address(app: str, record: SendRecord) -> str:
    return f"{app}/{record.kind}/{record.name}"
