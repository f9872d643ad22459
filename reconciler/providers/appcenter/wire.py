"""App Center's wire format: specs to request values and response values to specs; no input or output here.

Source of every shape: the official Swagger description (`Analytics_*`, `Push_*`), as the fact sheet `appcenter.md` §3
and §6 tells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from reconciler.model.resource import LiveResource, Spec
from reconciler.model.send import Attempt, Receipt
from reconciler.providers.answers import field, instant


def app_path(owner: str, app: str) -> str:
    """The path of everything that belongs to an app."""
    return f"/v0.1/apps/{quote(owner, safe='')}/{quote(app, safe='')}"


def audiences_path(root: str) -> str:
    """The path of an app's audiences."""
    return f"{root}/analytics/audiences"


def audience_path(root: str, name: str) -> str:
    """The path of one audience; its name may hold spaces, `+` and any letter, all of them percent-encoded."""
    return f"{audiences_path(root)}/{quote(name, safe='')}"


def notifications_path(root: str) -> str:
    """The path of an app's notifications."""
    return f"{root}/push/notifications"


def next_path(link: str, root: str) -> str:
    """The path and query of a `nextLink`, which may be absolute, relative, or relative to a portal's `/api`; empty
    where it leaves the API.

    The host of an absolute link is not followed: credentials go to the configured endpoint only.
    """
    parts = urlsplit(link)
    path = parts.path
    start = path.find("/v0.1/")
    if start < 0:
        path, start = (f"{root}/{path.lstrip('/')}", 0) if path and not path.startswith("/") else ("", 0)
    path = path[start:]
    return path + (f"?{parts.query}" if path and parts.query else "")


def audience_body(desired: Spec, live: Spec | None) -> dict[str, Any]:
    """The body of an upsert. PUT replaces the whole audience, so live values of fields that are not managed are sent
    back as they are; a field that is unset gets its default in so many words.
    """
    kept = {name: value for name, value in (live or {}).items() if name in ("description", "enabled")}
    body = {**kept, **desired}
    if live is None and not body.get("custom_properties"):
        body.pop("custom_properties", None)  # there is nothing to unset on a new audience
    return {name: body[name] for name in ("definition", "description", "enabled", "custom_properties") if name in body}


def summary_spec(summary: Mapping[str, Any], custom_properties: Mapping[str, str]) -> dict[str, Any]:
    """The managed fields of an audience of the listing, which shows no `custom_properties` and tells `enabled` by its
    state only.
    """
    return {
        "definition": summary.get("definition") or "",
        "description": summary.get("description") or "",
        "enabled": summary.get("state") != "Disabled",
        "custom_properties": custom_properties,
    }


def audience_spec(details: Mapping[str, Any]) -> dict[str, Any]:
    """The managed fields of an audience, from its details; fields that are not set come as null or not at all."""
    return {
        "definition": details.get("definition") or "",
        "description": details.get("description") or "",
        "enabled": details.get("enabled", True) is not False,
        "custom_properties": dict(details.get("custom_properties") or {}),
    }


def live_audience(app: str, answer: Mapping[str, Any], spec: Mapping[str, Any]) -> LiveResource:
    """An audience of the listing or its details; its size counts only once it is calculated."""
    name = answer["name"]
    count = answer.get("estimated_count") if answer.get("state") == "Ready" else None
    return LiveResource(app, "Audience", name, spec, name, count if isinstance(count, int) else None)


_TARGETS = {
    "audiences": ("audiences_target", "audiences"),
    "devices": ("devices_target", "devices"),
    "users": ("user_ids_target", "user_ids"),
    "accounts": ("account_ids_target", "account_ids"),
}


def notification_name(attempt: Attempt) -> str:
    """The internal name: what a person called it, a space, the marker by which it is found again."""
    return f"{attempt.name} {attempt.marker}"


def notification_body(attempt: Attempt) -> dict[str, Any]:
    """The body of a send. Everyone is reached by leaving the target out: the documentation knows no broadcast type."""
    content = attempt.spec["content"]
    named = {"name": notification_name(attempt)}
    text = {name: content[name] for name in ("title", "body") if name in content}
    data = {"custom_data": dict(content["data"])} if content.get("data") else {}
    body: dict[str, Any] = {"notification_content": {**named, **text, **data}}
    (target, values), *_ = attempt.target.items()
    if target != "everyone":
        type_of_target, field = _TARGETS[target]
        body["notification_target"] = {"type": type_of_target, field: list(values)}
    return body


def receipt(answer: Mapping[str, Any]) -> Receipt:
    """What the listing or the details of notifications show of a send."""
    remote_id = str(field(answer, "notification_id", "a notification"))
    succeeded, failed = answer.get("pns_send_success"), answer.get("pns_send_failure")
    outcome = (
        f"{succeeded} delivered, {failed} failed" if isinstance(succeeded, int) and isinstance(failed, int) else ""
    )
    return Receipt(
        remote_id=remote_id,
        name=str(answer.get("name") or (answer.get("notification_content") or {}).get("name") or ""),
        state=str(answer.get("state") or ""),
        sent_at=instant(answer.get("send_time")),
        outcome=outcome,
    )
