"""Turn changes and sends into the rows of the ledger's tables, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconciler.ledger.chain import Entry
from reconciler.model.change import Action, Change
from reconciler.model.digest import canonical
from reconciler.model.send import SendRecord, SendState

RowKey = tuple[str, str, str]
"""(coordinates, kind, name)"""


@dataclass(slots=True)
class Rows:
    """What one transaction writes about resources: intents (`upserts`), what is now applied, intents given up, what
    is no longer owned.
    """

    entries: list[Entry] = field(default_factory=list)
    upserts: list[dict[str, Any]] = field(default_factory=list)
    applied: list[dict[str, Any]] = field(default_factory=list)
    abandoned: list[RowKey] = field(default_factory=list)
    removed: list[RowKey] = field(default_factory=list)

    def extend(self, other: Rows) -> None:
        self.entries += other.entries
        self.upserts += other.upserts
        self.applied += other.applied
        self.abandoned += other.abandoned
        self.removed += other.removed


def storable(text: str) -> str:
    """A text of somebody else's, such as a backend's answer, without what no database takes."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def intent_rows(coordinates: str, changes: Sequence[Change]) -> Rows:
    """The rows that say what is about to be done.

    A delete or forget needs no intent of its own: the row it removes explains it.
    """
    rows = Rows()
    for change in changes:
        rows.entries.append(
            Entry("intend", coordinates, _subject(change), canonical({"action": change.action, "spec": change.desired}))
        )
        if change.desired is not None:
            intent = canonical(change.desired)
            rows.upserts.append(_row(coordinates, change, spec=None, intent=intent, remote_id=change.remote_id))
    return rows


def outcome_rows(coordinates: str, change: Change, remote_id: str, error: str) -> Rows:
    """The rows that say what came of a change; `error` is why it definitely was not done, empty where it was."""
    key = (coordinates, change.kind, change.name)
    if error:
        rows = Rows([Entry("fail", coordinates, _subject(change), canonical({"error": storable(error)}))])
        # What an earlier run intended, and did perhaps, is explained by its row alone: that one stays.
        if change.recorded is None:
            rows.abandoned.append(key)
        return rows
    rows = Rows([Entry(change.action, coordinates, _subject(change), canonical({"remote_id": remote_id}))])
    if change.action in (Action.DELETE, Action.FORGET):
        rows.removed.append(key)
    else:
        rows.applied.append(_row(coordinates, change, spec=canonical(change.desired), intent=None, remote_id=remote_id))
    return rows


def _subject(change: Change) -> str:
    return f"{change.kind}/{change.name}"


def _row(coordinates: str, change: Change, **values: Any) -> dict[str, Any]:
    return {"coordinates": coordinates, "kind": change.kind, "name": change.name, **values}


def send_values(record: SendRecord) -> dict[str, Any]:
    """The columns of a send's row."""
    return {
        "send_key": record.send_key,
        "part": record.part,
        "parts": record.parts,
        "coordinates": record.coordinates,
        "kind": record.kind,
        "name": record.name,
        "occurrence": record.occurrence,
        "marker": record.marker,
        "payload_digest": record.payload_digest,
        "content_digest": record.content_digest,
        "target": canonical(record.target),
        "state": record.state,
        "fence": record.fence,
        "holder": record.holder,
        "attempt": record.attempt,
        "remote_id": record.remote_id,
        "updated_at": record.updated_at.isoformat(timespec="microseconds"),
        "dispatched_at": record.dispatched_at.isoformat(timespec="microseconds") if record.dispatched_at else None,
        "detail": storable(record.detail),
        "scheduled_at": record.scheduled_at.isoformat(timespec="microseconds") if record.scheduled_at else None,
    }


def send_record(row: Any) -> SendRecord:
    """The record of a row of `sends`."""
    values = dict(row._mapping)
    dispatched, scheduled = values["dispatched_at"], values.get("scheduled_at")
    return SendRecord(
        **values
        | {
            "target": json.loads(values["target"]),
            "state": SendState(values["state"]),
            "updated_at": datetime.fromisoformat(values["updated_at"]),
            "dispatched_at": datetime.fromisoformat(dispatched) if dispatched else None,
            "scheduled_at": datetime.fromisoformat(scheduled) if scheduled else None,
        }
    )
