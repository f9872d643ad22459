"""Sends of the ledger as text."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.encode import instant
from reconciler.model.send import UNSETTLED, SendRecord
from reconciler.render.escape import visible


def sends_table(records: Sequence[SendRecord]) -> str:
    """One line for each request of each send."""
    if not records:
        return "The ledger knows no sends."
    heads = ("STATE", "KEY", "SEND", "PART", "APP", "DUE", "UPDATED", "ID")
    rows = [heads, *map(_row, records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(record: SendRecord) -> tuple[str, ...]:
    return (
        record.state,
        record.send_key,
        visible(f"{record.kind}/{record.name} {record.occurrence}"),
        f"{record.part + 1}/{record.parts}",
        visible(record.coordinates),
        instant(record.scheduled_at) if record.scheduled_at else "-",
        instant(record.updated_at),
        visible(record.remote_id) or "-",
    )


def _requested(record: SendRecord) -> str:
    """When its request left; one that the backend was to keep for later is no push yet."""
    if record.dispatched_at is None:
        return "left: never"
    is_ahead = record.scheduled_at is not None and record.dispatched_at < record.scheduled_at
    return f"{'the backend was told' if is_ahead else 'left'}: {instant(record.dispatched_at)}"


def send_text(records: Sequence[SendRecord]) -> str:
    """One send in full; `records` are its requests."""
    first = records[0]
    blocks = [
        visible(f"{first.kind}/{first.name} {first.occurrence} on {first.coordinates}") + f"\n  key: {first.send_key}"
    ]
    for record in records:
        due = f"  due: {instant(record.scheduled_at)}\n" if record.scheduled_at else ""
        blocks.append(
            f"request {record.part + 1} of {record.parts}: {record.state}\n"
            f"  marker: {record.marker}\n{due}"
            f"  {_requested(record)}, attempts: {record.attempt}, id: {visible(record.remote_id) or '-'}\n"
            f"  {visible(record.detail) or '-'}"
        )
    if any(record.state in UNSETTLED for record in records):
        key = first.send_key
        blocks.append(
            "Its outcome is unknown; it is never sent again by itself. "
            "Look for the marker in the backend's list, then one of\n"
            f"  reconciler sends probe {key}\n"
            f"  reconciler sends resolve {key} --mark-sent ID\n"
            f"  reconciler sends resolve {key} --mark-not-sent\n"
            f"  reconciler sends resolve {key} --abandon"
        )
    return "\n\n".join(blocks)
