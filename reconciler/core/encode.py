"""Encode a plan as one JSON document (`schemas/plan.schema.json`), and decode a saved one again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reconciler.core.plan import change_digest, send_digest
from reconciler.model.change import Action, Change
from reconciler.model.digest import digest
from reconciler.model.document import Place, Source
from reconciler.model.finding import Finding
from reconciler.model.plan import FORMAT_VERSION, Plan
from reconciler.model.send import SENT, UNSETTLED, Send

EXIT_REASONS: Mapping[int, str] = {
    0: "done",
    1: "unexpected error",
    2: "changes pending",
    3: "manifests invalid",
    4: "guard refused",
    5: "plan stale or consumed",
    6: "locked, lease lost or frozen",
    7: "partly applied",
    8: "a send's outcome is unknown",
    9: "authentication",
    64: "usage",
    130: "interrupted",
    143: "terminated",
}


def encode(plan: Plan, refusals: Sequence[Finding] = (), exit_code: int = 0) -> dict[str, Any]:
    """The plan as JSON values; `refusals` are the guard's findings: with any, the plan is not applyable."""
    document = {
        "format_version": FORMAT_VERSION,
        "plan_id": plan.plan_id,
        "created_at": instant(plan.created_at),
        "tool_version": plan.tool_version,
        "project": plan.project,
        "environment": plan.environment,
        "manifests_digest": plan.manifests_digest,
        "ledger": plan.ledger,
        "applyable": not plan.errored and not refusals and not any(each.is_error for each in plan.findings),
        "errored": plan.errored,
        "exit_code": exit_code,
        "exit_reason": EXIT_REASONS[exit_code],
        "resource_changes": [_change(change) for change in plan.changes],
        "sends": [_send(send) for send in (*plan.sends, *plan.coming, *plan.lapsed)],
        "withdrawn_sends": [
            {
                "address": each.address,
                "send_key": each.send_key,
                "occurrence": each.occurrence,
                "waits": each.waits,
            }
            for each in plan.withdrawn
        ],
        "skipped_sends": [
            {"address": each.address, "send_key": each.send_key, "why": each.why, "detail": each.detail}
            for each in plan.skipped
        ],
        "findings": [finding_values(each) for each in (*plan.findings, *refusals)],
        "blocked": list(plan.blocked),
        "summary": summary(plan),
    }
    return {**document, "document_digest": document_digest(document)}


def document_digest(document: Mapping[str, Any]) -> str:
    """The digest of a plan document without its own digest: what is shown to a reviewer is what was planned."""
    return digest({name: value for name, value in document.items() if name != "document_digest"})


def summary(plan: Plan) -> dict[str, int]:
    """How many of each action; `send` counts what would be sent, `unsettled` what a probe or a person must settle
    first.
    """
    counts = Counter(change.action for change in plan.changes)
    unsettled = sum(send.state in UNSETTLED for send in plan.sends)
    return {
        **{action.replace("-", "_"): counts[action] for action in Action if action is not Action.NO_OP},
        "no_op": plan.no_op,
        "unmanaged": plan.unmanaged,
        "owned": plan.owned,
        "send": len(plan.sends) - unsettled,
        "unsettled": unsettled,
        "coming": len(plan.coming),
        "expired": len(plan.lapsed),
        "withdrawn": len(plan.withdrawn),
        "already_sent": sum(each.why == "already_sent" for each in plan.skipped),
        "requests": plan.requests,
    }


def empty_summary() -> dict[str, int]:
    """The summary of no plan at all."""
    names = [action.replace("-", "_") for action in Action if action is not Action.NO_OP]
    return dict.fromkeys((*names, *_COUNTED), 0)


_COUNTED = (
    "no_op",
    "unmanaged",
    "owned",
    "send",
    "unsettled",
    "coming",
    "expired",
    "withdrawn",
    "already_sent",
    "requests",
)


def instant(moment: datetime) -> str:
    """A UTC time as text, to the second: `2026-11-22T09:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _optional(moment: datetime | None) -> str | None:
    return instant(moment) if moment else None


def finding_values(finding: Finding) -> dict[str, Any]:
    """A finding as JSON values; `where` is a place, or an address as text."""
    where = finding.where
    at = _place(where) if isinstance(where, Place) else {"address": where} if isinstance(where, str) and where else {}
    return {"code": finding.code, "severity": finding.severity, "message": finding.message, "hint": finding.hint, **at}


def _place(place: Place | Source | None) -> dict[str, Any]:
    match place:
        case Place(file, line, column):
            return {"file": file, "line": line, "column": column}
        case Source(document):
            return {"file": document.file, "line": document.line, "column": 1}
        case None:
            return {}


def _change(change: Change) -> dict[str, Any]:
    return {
        "address": change.address,
        "app": change.app,
        "kind": change.kind,
        "name": change.name,
        "action": change.action,
        "reason": change.reason,
        "consent": change.consent,
        "remote_id": change.remote_id,
        "source": _place(change.source),
        "fields": [
            {
                "path": list(each.path),
                "before": each.before,
                "after": each.after,
                "origin": each.origin,
                "note": each.note,
            }
            for each in change.fields
        ],
        "before": change.live,
        "after": change.desired,
        "digest": change_digest(change),
    }


def _send(send: Send) -> dict[str, Any]:
    return {
        "address": send.address,
        "app": send.app,
        "kind": send.kind,
        "name": send.name,
        "send_key": send.send_key,
        "coordinates": send.coordinates,
        "occurrence": send.occurrence,
        "state": send.state,
        "reason": send.reason,
        "target": send.target_words,
        "content": send.content,
        **{name: send.spec[name] for name in ("campaign", "schedule") if name in send.spec},
        "recipients": send.recipients,
        "requests": len(send.parts),
        "requests_made": sum(part.state in SENT for part in send.parts),
        "guarantee": send.guarantee,
        "scheduled_at": _optional(send.scheduled_at),
        "deadline": _optional(send.deadline_at),
        "wall": send.wall,
        "by": send.by,
        "payload_digest": send.payload_digest,
        "content_digest": send.content_digest,
        "consent": send.consent,
        "blocked": send.blocked,
        "source": _place(send.source),
        "digest": send_digest(send),
    }
