"""Find out what became of a request whose outcome is unknown: look for its marker; never send."""

from __future__ import annotations

from contextlib import suppress

from reconciler.core.compose import CAMPAIGN
from reconciler.core.evidence import evidence
from reconciler.engine.holder import may_be_under_way
from reconciler.engine.run import Run
from reconciler.errors import LedgerLocked, ProviderError
from reconciler.model.event import Event, Happened
from reconciler.model.kind import SendClass
from reconciler.model.lease import holder_words
from reconciler.model.send import Receipt, SendRecord, SendState, Sighting

PAUSES = (0.0, 0.5, 1.0, 1.5)
"""Seconds before each look: an accepted send may take a moment to be listed. A miss proves nothing, however long one
waits.
"""


def probe(run: Run, app: str, record: SendRecord) -> SendRecord:
    """The row as the backend settles it: CONFIRMED if the request did happen, REJECTED if it certainly did not (it may
    be attempted again), NEEDS_DECISION where that is not known; UNKNOWN still, where the backend cannot be asked.

    Raises `LedgerLocked` where another process may still be waiting for the answer, and `LedgerError`.
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
        seen, looks = _look(run, app, record, pauses)
    except ProviderError as error:
        record = run.ledger.move(record, SendState.UNKNOWN, detail=f"the probe failed: {error.message}")
        _tell_undecided(run, app, record, f"{error.message}; it could not be looked up")
        return record
    hits, made = seen.hits, [receipt for receipt in seen.hits if receipt.is_sent]
    proof = evidence(record, seen, run.ledger.sends([record.coordinates]), looks, run.clock.now())
    if len(made) == 1:
        detail = f"found on the backend, id {made[0].remote_id}; it is not sent again"
        record = run.ledger.move(record, SendState.CONFIRMED, detail=f"found: {proof}", remote_id=made[0].remote_id)
        run.report(Event(Happened.SUCCEEDED, "probe", _address(app, record), detail))
        return record
    if hits and not made:
        detail = f"not sent: the backend holds it as a {hits[0].state}"
        run.report(Event(Happened.TOLD, "probe", _address(app, record), f"{detail} (id {hits[0].remote_id})"))
        return run.ledger.move(record, SendState.REJECTED, detail=detail)
    why = f"{len(made)} sends of the backend are this one" if made else "the backend shows nothing of it"
    why += f" ({proof})" if proof else ""
    record = run.ledger.move(record, SendState.NEEDS_DECISION, detail=why)
    _tell_undecided(run, app, record, why)
    return record


def receipt_of(record: SendRecord) -> Receipt:
    """The receipt of a request that the ledger holds as made."""
    return Receipt(record.remote_id, f"{record.name} {record.marker}")


def _refuse_unless_listed(run: Run, app: str, record: SendRecord) -> None:
    """Another process waits for the answer: what is listed is certain, what is not is for that process to settle."""
    hits: tuple[Receipt, ...] = ()
    with suppress(ProviderError):
        hits = _look(run, app, record, PAUSES[:1])[0].hits
    if not any(receipt.is_sent for receipt in hits):
        whose = holder_words(record.holder)
        message = f"request {record.part + 1} of {record.parts} is under way elsewhere ({whose})"
        raise LedgerLocked(message, code="RC712", hint="wait until it ends")


def _look(run: Run, app: str, record: SendRecord, pauses: tuple[float, ...]) -> tuple[Sighting, int]:
    """What the last look saw, and how many there were: each after its pause, until something is seen."""
    seen, looks = Sighting(), 0
    for pause in pauses:
        run.clock.sleep(pause)
        seen, looks = run.providers[app].find(record), looks + 1
        if seen.hits or run.stopping.is_set():
            break
    return seen, looks


def _tell_undecided(run: Run, app: str, record: SendRecord, why: str) -> None:
    left = record.dispatched_at.strftime("%Y-%m-%d %H:%M:%SZ") if record.dispatched_at else "at an unknown time"
    detail = (
        f"OUTCOME UNKNOWN of request {record.part + 1} of {record.parts} ({record.occurrence}): it left {left}; {why}. "
        f"Nothing else is sent to this app. Look for {_trace(run, app, record)}"
    )
    hint = (
        "when you know, say so with one of\n"
        f"  reconciler sends probe {record.send_key}\n"
        f"  reconciler sends resolve {record.send_key} --mark-sent ID\n"
        f"  reconciler sends resolve {record.send_key} --mark-not-sent\n"
        f"  reconciler sends resolve {record.send_key} --abandon"
    )
    run.report(Event(Happened.UNKNOWN, "send", _address(app, record), detail, "RC621", hint, 8))


def _trace(run: Run, app: str, record: SendRecord) -> str:
    """What a person looks for on the backend."""
    if run.loaded.dialects[app].sends.class_of(record.target) is SendClass.C4:
        return "what its devices got, for the backend lists no such sends"
    if record.kind == CAMPAIGN:
        return f"the campaign `{record.name}`"
    return f"`{record.marker}` in the backend's list of notifications"


def _address(app: str, record: SendRecord) -> str:
    return f"{app}/{record.kind}/{record.name}"
