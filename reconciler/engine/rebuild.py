"""Rebuild the memory of sends from the markers that backends show, after a ledger was lost or an old one restored."""

from __future__ import annotations

import uuid
from dataclasses import replace

from reconciler.core.asked import Moment
from reconciler.core.compose import NAMESPACE, NOTIFICATION
from reconciler.core.sends import REBUILT, sends
from reconciler.engine.row import record_of
from reconciler.engine.run import Run
from reconciler.model.send import REACHED_NOBODY, Receipt, SendRecord, SendState


def rebuild(run: Run) -> list[SendRecord]:
    """Write a CONFIRMED row for every marker that the ledger does not hold as sent; the rows written. Raises
    `ProviderError`, `LedgerError`.
    """
    taken: list[SendRecord] = []
    for app, coordinates in run.loaded.coordinates.items():
        declared = _declared(run, app)
        found: dict[str, Receipt] = {}
        for receipt in forgotten(run, app):
            found.setdefault(_marker(receipt), receipt)
        for mark, receipt in found.items():
            row = declared.get(mark) or _foreign(run, coordinates, receipt, mark)
            row = replace(row, state=SendState.CONFIRMED, remote_id=receipt.remote_id, detail=REBUILT)
            if receipt.waits is not None and receipt.waits != row.scheduled_at:
                row = replace(row, scheduled_at=receipt.waits, payload_digest="")  # it waits for another time
            run.ledger.put(row, "send-rebuilt")
            taken.append(row)
    return taken


def forgotten(run: Run, app: str) -> list[Receipt]:
    """The sends of ours that the backend shows and whose markers the ledger does not hold as sent."""
    shown = run.providers[app].sent()
    rows = run.ledger.sends([run.loaded.coordinates[app]])
    known = {row.marker for row in rows if row.state not in REACHED_NOBODY}
    return [receipt for receipt in shown if _marker(receipt) not in known]


def _marker(receipt: Receipt) -> str:
    return receipt.name.rpartition(" ")[2]


def _declared(run: Run, app: str) -> dict[str, SendRecord]:
    """The rows that the declared notifications of an app would have, by marker: so a send made is recognised by its
    manifest.
    """
    notifications = [each for each in run.loaded.resources if each.kind == NOTIFICATION and each.app == app]
    found = sends(notifications, run.loaded.dialects, run.loaded.coordinates, (), Moment(run.clock.now()))
    made = (*found.due, *found.coming, *found.lapsed)
    return {part.marker: record_of(run, send, part) for send in made for part in send.parts}


def _foreign(run: Run, coordinates: str, receipt: Receipt, mark: str) -> SendRecord:
    """The row of a send that no manifest declares any more: kept so that it is known, whatever it was."""
    return SendRecord(
        send_key=str(uuid.uuid5(NAMESPACE, f"{coordinates}|{mark}")),
        part=0,
        parts=1,
        coordinates=coordinates,
        kind=NOTIFICATION,
        name=receipt.name.rpartition(" ")[0],
        occurrence="unknown",
        marker=mark,
        payload_digest="",
        content_digest="",
        target={},
        state=SendState.CONFIRMED,
        fence=0,
        holder="",
        attempt=0,
        remote_id=receipt.remote_id,
        updated_at=receipt.sent_at or run.clock.now(),
        dispatched_at=receipt.sent_at,
        detail="",
    )
