"""Values as JSON text: one document, keys in the order they are told, ending with a newline."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.core.encode import EXIT_REASONS, empty_summary, finding_values, instant
from reconciler.model.event import Event
from reconciler.model.finding import Finding
from reconciler.model.plan import FORMAT_VERSION
from reconciler.model.send import SendRecord


def to_json(document: Mapping[str, Any]) -> str:
    """A document as text; characters outside ASCII are escaped, so that no terminal or log takes them for something
    else.
    """
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def findings_document(findings: Sequence[Finding], exit_code: int, **more: Any) -> dict[str, Any]:
    """What `validate` found."""
    return {
        "format_version": FORMAT_VERSION,
        "valid": not any(each.is_error for each in findings),
        **more,
        "findings": [finding_values(each) for each in findings],
        **exit_values(exit_code),
    }


def no_plan() -> dict[str, Any]:
    """What stands in place of a plan that could not be made: the same keys, nothing in them."""
    return {
        "format_version": FORMAT_VERSION,
        "plan_id": "",
        "applyable": False,
        "errored": True,
        "resource_changes": [],
        "sends": [],
        "skipped_sends": [],
        "withdrawn_sends": [],
        "blocked": [],
        "summary": empty_summary(),
    }


def events_document(events: Iterable[Event], plan_id: str, exit_code: int) -> dict[str, Any]:
    """What an apply did, event by event."""
    listed = [
        {
            "event": event.happened,
            "verb": event.verb,
            "subject": event.subject,
            "detail": event.detail,
            "code": event.code,
            "hint": event.hint,
            "seconds": round(event.seconds, 3),
        }
        for event in events
    ]
    return {"format_version": FORMAT_VERSION, "plan_id": plan_id, "events": listed, **exit_values(exit_code)}


def exit_values(exit_code: int) -> dict[str, Any]:
    """The exit code again, for readers that lose the process's own."""
    return {"exit_code": exit_code, "exit_reason": EXIT_REASONS[exit_code]}


def send_values(record: SendRecord, aliases: Mapping[str, str]) -> dict[str, Any]:
    """One row of the ledger's sends; the recipients are counted, not named. `aliases` of apps are by coordinates."""
    (target, named), *_ = record.target.items() or [("unknown", [])]
    return {
        "send_key": record.send_key,
        "part": record.part,
        "parts": record.parts,
        "coordinates": record.coordinates,
        "address": f"{aliases.get(record.coordinates, record.coordinates)}/{record.kind}/{record.name}",
        "occurrence": record.occurrence,
        "state": record.state,
        "marker": record.marker,
        "backend_id": record.remote_id,
        "attempts": record.attempt,
        "target": target,
        "named": named if target == "audiences" else len(named) if isinstance(named, list) else 0,
        "payload_digest": record.payload_digest,
        "at": instant(record.updated_at),
        "scheduled_at": instant(record.scheduled_at) if record.scheduled_at else None,
        "dispatched_at": instant(record.dispatched_at) if record.dispatched_at else None,
        "detail": record.detail,
    }
