"""Hold one accepted notification, and the state that follows from the time."""

from __future__ import annotations

import json
from dataclasses import dataclass

from reconciler.sandbox.appcenter.bodies import bad_request
from reconciler.sandbox.clock import iso

COLUMNS = "id, name, content, target, accepted_at, settled_at, success, failures, failure"
_ORDERS = {
    "count": "success + failure",
    "send_time": "accepted_at",
    "name": "name",
    "notification_id": "id",
    "pns_send_success": "success",
    "pns_send_failure": "failure",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A row of the notifications; `content`, `target`, `failures` are JSON text, times seconds since the epoch."""

    id: str
    name: str
    content: str
    target: str
    accepted_at: float
    settled_at: float
    success: int
    failures: str
    failure: int


def sent_from(row: tuple[object, ...]) -> Sent:
    """A row as a value."""
    return Sent(*row)  # type: ignore[arg-type]


def ordering(text: str) -> str:
    """The SQL for `$orderby`: `COLUMN [asc|desc], …`, and the newest first among equals.

    Raises:
        Refusal: 400 for a column that cannot be sorted by.
    """
    terms = []
    for term in text.split(","):
        words = term.split()
        if not words or len(words) > 2 or words[0] not in _ORDERS or words[-1].lower() not in (words[0], "asc", "desc"):
            raise bad_request(
                f"The $orderby parameter cannot be '{text}'; columns are {', '.join(_ORDERS)}, then asc or desc"
            )
        terms.append(f"{_ORDERS[words[0]]} {'DESC' if words[-1].lower() == 'desc' else 'ASC'}")
    return ", ".join((*terms, "seq DESC"))


def write_overview(sent: Sent, now: float) -> dict[str, object]:
    """A `NotificationOverviewResult`; the counts are 0 until the state is final."""
    final = now >= sent.settled_at
    return {
        "notification_id": sent.id,
        "name": sent.name,
        "notification_target": json.loads(sent.target),
        "send_time": iso(sent.accepted_at),
        "pns_send_failure": sent.failure if final else 0,
        "pns_send_success": sent.success if final else 0,
        "state": _state(sent, now),
    }


def write_details(sent: Sent, now: float) -> dict[str, object]:
    """A `NotificationDetailsResult`."""
    failures: dict[str, int] = json.loads(sent.failures) if now >= sent.settled_at else {}
    return write_overview(sent, now) | {
        "notification_content": json.loads(sent.content),
        "failure_outcomes": [{"failure_reason": reason, "count": count} for reason, count in failures.items()],
    }


def _state(sent: Sent, now: float) -> str:
    if now < (sent.accepted_at + sent.settled_at) / 2:
        return "Queued"
    if now < sent.settled_at:
        return "Sending"
    if sent.success:
        return "Completed"
    return "Failed" if sent.failure else "NoTargetFound"
