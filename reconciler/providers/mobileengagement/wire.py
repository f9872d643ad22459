"""Mobile Engagement's wire format: specs to the JSON of campaigns and pushes, and back; no input or output here.

Source of every shape: the official Swagger description (`Campaign`, `CampaignResult`, `CampaignPushParameters`), as the
fact sheet `mobile-engagement.md` §5–§8 tells it, and seed 003 for pushes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from reconciler.core.compose import CAMPAIGN
from reconciler.core.lifecycle import DRAFT, SCHEDULED
from reconciler.model.resource import Spec
from reconciler.model.send import Attempt, Receipt
from reconciler.providers.answers import field, instant
from reconciler.providers.mobileengagement.fields import (
    FIELDS,
    KEYS,
    READERS,
    WITH,
    Json,
    content_body,
    flat,
    localization_body,
    nested,
    questions_body,
    told,
    wall_clock,
    written,
)
from reconciler.providers.mobileengagement.kinds import API_VERSION, CAMPAIGN_KINDS


def app_path(settings: Mapping[str, object]) -> str:
    """The path of everything that belongs to an app."""
    names = (quote(str(settings[name]), safe="") for name in ("subscription", "resource_group", "collection", "app"))
    subscription, group, collection, app = names
    provider = "providers/Microsoft.MobileEngagement"
    return f"/subscriptions/{subscription}/resourceGroups/{group}/{provider}/appcollections/{collection}/apps/{app}"


def query(path: str, **options: str) -> str:
    """A path with `api-version` and the options of a listing (`search` for `$search`)."""
    listed = [("api-version", API_VERSION), *((f"${name}", value) for name, value in options.items())]
    return f"{path}?{urlencode(listed, quote_via=quote)}"


def next_path(link: str) -> str:
    """The path and query of a `nextLink`; its host is not followed, credentials go to the configured endpoint only."""
    parts = urlsplit(link)
    listed = [pair for pair in parse_qsl(parts.query) if pair[0] != "api-version"]
    return f"{parts.path}?{urlencode([('api-version', API_VERSION), *listed], quote_via=quote)}" if parts.path else ""


def campaign_name(attempt: Attempt) -> str:
    """The name of the campaign that a send activates: a campaign's own, or a notification's with its marker."""
    return attempt.name if attempt.kind == CAMPAIGN else f"{attempt.name} {attempt.marker}"


def campaign_spec(attempt: Attempt) -> Spec:
    """The campaign that a send activates: a notification to an audience is an announcement to those in it now."""
    if attempt.kind == CAMPAIGN:
        return attempt.spec
    kept = {name: attempt.spec[name] for name in ("content", "definition", "custom_properties") if name in attempt.spec}
    # In UTC, so that no change of clocks makes it two instants or none.
    start = {"start": attempt.scheduled_at.strftime("%Y-%m-%dT%H:%M:%S")} if attempt.scheduled_at else {}
    schedule = {**start, "timezone": "UTC"}
    return {"type": "announcement", "push_mode": "one-shot", "delivery_time": "any", "schedule": schedule, **kept}


def campaign_path(attempt: Attempt) -> str:
    """The `{kind}` of the campaign that a send activates or pushes."""
    named = attempt.spec.get("campaign_type", "announcement")
    return CAMPAIGN_KINDS[attempt.spec["type"] if attempt.kind == CAMPAIGN else named]


def payload(attempt: Attempt) -> Json:
    """What a send says: the ids and the override of a push, or the whole campaign that it activates."""
    if "devices" in attempt.target:
        return push_body(attempt.target["devices"], attempt.spec.get("content"))
    return campaign_body(campaign_name(attempt), campaign_spec(attempt))


def campaign_body(name: str, spec: Spec) -> Json:
    """The body that creates a campaign; what the backend wants in any case and nobody declared gets its usual value."""
    usual = {"deliveryTime": "any"} if spec["type"] in ("announcement", "poll") else {}
    return {"name": name, **usual, **nested(_all_written(spec))}


def update_body(name: str, desired: Spec, recorded: Spec | None, live: Mapping[str, Any]) -> Json:
    """The body that changes a draft. PUT replaces the whole campaign, so what is not managed is sent back as it is."""
    managed = {key for field, keys in FIELDS.items() for key in keys if field in desired or field in (recorded or {})}
    kept = {key: value for key, value in flat(live).items() if key in KEYS and key not in managed}
    return {"name": name, **nested({**kept, **_all_written(desired)})}


def live_spec(type_of_campaign: str, answer: Mapping[str, Any], likes: Sequence[Spec]) -> Json:
    """The managed fields of a campaign. Where the backend holds what one of `likes` would have sent, it is told in the
    words of that one, since many texts say the same; else in the words of the wire.
    """
    spec: Json = {"type": type_of_campaign}
    held = told(flat(answer))
    for keys in dict.fromkeys(FIELDS.values()):
        here = {key: held[key] for key in keys if key in held}
        fields = [field for field in FIELDS if FIELDS[field] == keys]  # a definition and an audience say the same keys
        alike = ((field, each) for each in likes for field in fields if field in each)
        said = next((pair for pair in alike if told(written(*pair)) == here), None)
        if said is not None:
            field, each = said
            spec |= {name: each[name] for name in (field, *WITH.get(field, ())) if name in each}
        elif here:
            # Said otherwise than anybody we know of: in the form of the manifest, so that the two can be compared.
            field = next((field for field in fields if any(field in each for each in likes)), fields[0])
            spec |= READERS[field](here)
    return spec


def receipt(kind: str, answer: Mapping[str, Any]) -> Receipt:
    """What a campaign shows of the send that it is; those of our own have their times in UTC. Raises `Unreachable`."""
    state, remote_id, name = (str(field(answer, each, "a campaign")) for each in ("state", "id", "name"))
    sent_at = instant(answer.get("activatedDate"))
    waits = instant(answer.get("startTime")) if state == SCHEDULED else None
    return Receipt(f"{kind}/{remote_id}", name, state, sent_at, is_sent=state != DRAFT, waits=waits)


def push_body(devices: Sequence[str], content: Mapping[str, Any] | None) -> Json:
    """The body of a push to devices; `content` overrides the saved campaign's, field by field (seed 003)."""
    body: Json = {"deviceIds": list(devices)}
    if content:
        own = content.get("mobileengagement", {})
        body["data"] = content_body(content, is_whole=False)
        body["data"] |= localization_body(own["localization"]) if "localization" in own else {}
        body["data"] |= questions_body(own["questions"]) if "questions" in own else {}
        body["data"] |= {"endTime": wall_clock(own["endTime"])} if "endTime" in own else {}
    return body


def _all_written(spec: Spec) -> Json:
    return {key: value for field in FIELDS for key, value in written(field, spec).items()}
