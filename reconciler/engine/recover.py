"""Take an emergency record in: the backend had accepted a send, and the ledger could not be told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reconciler.engine.emergency import FORMAT, PREFIX
from reconciler.errors import ReconcilerError
from reconciler.model.send import SENT, UNSETTLED, SendRecord, SendState
from reconciler.ports import Ledger

_TEXTS = ("send_key", "coordinates", "marker", "payload_digest", "remote_id")


def read_record(text: str) -> Mapping[str, Any]:
    """The facts of a record, from its file or its line on stderr. Raises `ReconcilerError` (RC722)."""
    try:
        facts = json.loads(text.strip().removeprefix(PREFIX))
    except ValueError:
        facts = None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT or not _is_whole(facts):
        raise _refused("it is no emergency record of this version", "see `reconciler sends resolve KEY --mark-sent ID`")
    return facts


def recover(ledger: Ledger, facts: Mapping[str, Any]) -> tuple[SendRecord, SendRecord]:
    """The row before and after; the same row twice where the ledger knew already.

    Raises `ReconcilerError` (RC722) for a record that contradicts the ledger, and `LedgerError`.
    """
    rows = ledger.sends([facts["coordinates"]])
    row = next((each for each in rows if (each.send_key, each.part) == (facts["send_key"], facts["part"])), None)
    if row is None:
        raise _refused("the ledger knows no such request", "take it over with\n  reconciler sends rebuild")
    if (row.marker, row.payload_digest) != (facts["marker"], facts["payload_digest"]):
        raise _refused("the ledger holds another request under its key", "look at it with\n  reconciler sends list")
    if row.state in SENT and row.remote_id == facts["remote_id"]:
        return row, row
    if row.state not in UNSETTLED:
        known = f"{row.state}, id {row.remote_id}" if row.remote_id else str(row.state)
        message = f"the ledger holds the request as {known}, the record as accepted, id {facts['remote_id']}"
        raise _refused(message, f"look at it with\n  reconciler sends show {row.send_key}")
    detail = "accepted by the backend; recovered from an emergency record"
    return row, ledger.move(row, SendState.CONFIRMED, detail=detail, remote_id=facts["remote_id"])


def _is_whole(facts: Mapping[str, Any]) -> bool:
    return type(facts.get("part")) is int and all(isinstance(facts.get(name), str) for name in _TEXTS)


def _refused(message: str, hint: str) -> ReconcilerError:
    return ReconcilerError(f"the record was not taken in: {message}", code="RC722", hint=hint)
