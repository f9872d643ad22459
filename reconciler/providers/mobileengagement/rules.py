"""What Mobile Engagement would refuse, or silently ignore, of a declaration: findings, without asking it.

Source: the fact sheet `mobile-engagement.md` §5–§8.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from reconciler.core.quote import listing, quote
from reconciler.language import DefinitionError, Problem, parse
from reconciler.model.document import Path, Source
from reconciler.model.finding import Finding
from reconciler.model.resource import Resource
from reconciler.providers.blame import blamed_in
from reconciler.providers.mobileengagement.criteria import compile_audience

PAYLOAD_BYTES = 256
AUDIENCE_BYTES = 65535

_NOTIFICATION = frozenset({"title", "body"})
_SHOWN = frozenset(
    {
        "notificationImage", "notificationOptions", "notificationType", "notificationIcon", "notificationCloseable",
        "notificationVibrate", "notificationSound", "notificationBadge",
    }
)  # fmt: skip
_SCREEN = frozenset({"title", "body", "actionButtonText", "exitButtonText"})
_TIMED = frozenset({"category", "schedule", "delivery_time", "delivery_activities"})

SPEC_FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "announcement": _TIMED,
        "poll": _TIMED | {"questions"},
        "data-push": frozenset({"category", "schedule"}),
        "native-push": frozenset(),
    }
)
"""Type → the fields of `spec` that are not every type's."""

CONTENT_FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "announcement": _NOTIFICATION | {"action_url"},
        "poll": _NOTIFICATION,
        "data-push": frozenset(),
        "native-push": frozenset(),
    }
)
"""Type → the fields of `content` that it has."""

OWN_FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "announcement": _SHOWN | _SCREEN | {"type"},
        "poll": _SHOWN | _SCREEN,
        "data-push": frozenset({"type", "body"}),
        "native-push": frozenset({"payload"}),
    }
)
"""Type → the fields of `content.mobileengagement` that it has."""

NEEDED: Mapping[str, tuple[Path, ...]] = MappingProxyType(
    {
        "announcement": (("content", "title"), ("content", "body")),
        "poll": (("content", "title"), ("content", "body"), ("questions",)),
        "data-push": (("content", "mobileengagement", "body"),),
        "native-push": (("content", "mobileengagement", "payload"),),
    }
)
"""Type → what a campaign of it cannot do without."""

_TYPES = {"announcement": ("text/plain", "text/html", "only_notif"), "data-push": ("text/plain", "text/base64")}
_EVERYWHERE = frozenset({"type", "push_mode", "audience", "audiences", "definition", "custom_properties", "filters",
                         "content", "localization", "state", "revision"})  # fmt: skip


def campaign_findings(campaign: Resource) -> Iterator[Finding]:
    """Everything that is wrong with a campaign."""
    spec, kind = campaign.spec, campaign.spec["type"]
    content = spec.get("content") or {}
    for field in spec:
        if field not in SPEC_FIELDS[kind] | _EVERYWHERE:
            yield _foreign(campaign, (field,), kind)
    yield from _content(campaign, content, ("content",), kind)
    for language, each in (spec.get("localization") or {}).items():
        yield from _content(campaign, each, ("localization", language), kind)
    for path in NEEDED[kind]:
        if not _at(spec, path):
            message = f"{_article(kind)} lacks `{'.'.join(map(str, path))}`"
            yield _told(campaign, "RC308", message, f"add `{path[-1]}: …`", ("type",))
    yield from _pushing(campaign)
    yield from _details(campaign, content)
    yield from _questions(campaign)
    yield from _audience_size(campaign)


def content_findings(notification: Resource) -> Iterator[Finding]:
    """What the type of the campaign does not have, of the content that a notification gives it."""
    kind = notification.spec.get("campaign_type", "announcement")
    content = notification.spec.get("content") or {}
    if "data" in content:
        message = "Mobile Engagement's campaigns carry no custom data"
        hint = "take it out, or send a data push (a Campaign of `type: data-push`)"
        yield _told(notification, "RC306", message, hint, ("content", "data"), on_key=True)
    given = {name: value for name, value in content.items() if name != "data"}
    overrides = {"questions", "localization", "endTime"} if "campaign" in notification.spec else set()
    yield from _content(notification, given, ("content",), kind, frozenset(overrides))
    if "campaign" not in notification.spec:
        for name in ("title", "body"):
            if name not in content:
                message = f"{_article(kind)} lacks `content.{name}`"
                yield _told(notification, "RC308", message, f"add `{name}: …`", ("content",), on_key=True)


def audience_findings(audience: Resource) -> Iterator[Finding]:
    """What Mobile Engagement cannot say of an audience, each with the smallest part that is to blame."""
    spec = audience.spec
    if "criteria" in spec:
        message = "Mobile Engagement takes no criteria in natural language"
        yield _told(audience, "RC303", message, "write a `definition`", ("criteria",), on_key=True)
    if "enabled" in spec:
        message = "Mobile Engagement keeps no audiences, so it can neither enable nor disable one"
        yield _told(audience, "RC306", message, "take `enabled` out, or the app", ("enabled",), on_key=True)
    yield from blamed_in(audience, _compiled(spec)[1])


def _compiled(spec: Mapping[str, Any]) -> tuple[dict[str, Any] | None, tuple[Problem, ...]]:
    if "definition" not in spec:
        return spec.get("audience"), ()
    try:
        expression = parse(spec["definition"])
    except DefinitionError:
        return None, ()  # told by `resolve`
    return compile_audience(expression, spec.get("custom_properties") or {})


def _content(
    resource: Resource, content: Mapping[str, Any], path: Path, kind: str, more: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    own = content.get("mobileengagement") or {}
    for field in content.keys() - CONTENT_FIELDS[kind] - {"mobileengagement"}:
        yield _foreign(resource, (*path, field), kind)
    for field in own.keys() - OWN_FIELDS[kind] - more:
        yield _foreign(resource, (*path, "mobileengagement", field), kind)
    if "type" in own and own["type"] not in _TYPES.get(kind, (own["type"],)):
        hint = f"it is one of {listing(_TYPES[kind])}"
        message = f"{_article(kind)} has no type {quote(own['type'])}"
        yield _told(resource, "RC306", message, hint, (*path, "mobileengagement", "type"))


def _pushing(campaign: Resource) -> Iterator[Finding]:
    """How it is pushed, and what goes with that."""
    spec = campaign.spec
    mode, schedule = spec.get("push_mode"), spec.get("schedule") or {}
    if mode == "manual":
        quota_only = all(each.get("type") == "push-quota" for each in spec.get("filters") or ())
        for field in ("audiences", "audience", *(() if quota_only else ("filters",))):
            if field in spec:
                message = "a manual campaign goes to the devices of each push, so it has no audience"
                hint = "take `audience` out, or leave only a filter of `type: push-quota`"
                yield _told(campaign, "RC309", message, hint, ("audience",), on_key=True)
        if "start" in schedule:
            message, hint = "Mobile Engagement ignores the start of a manual campaign", "take it out"
            yield _mild(campaign, "RC309", message, hint, ("schedule", "start"))
    if mode == "one-shot" and schedule and "timezone" not in schedule:
        message = "a one-shot campaign that is timed needs its zone"
        yield _told(campaign, "RC309", message, "add `timezone: …`", ("schedule",), on_key=True)
    if mode == "real-time" and spec["type"] == "native-push":
        message, hint = "a native push is one-shot or manual", "set `push_mode` to one of these"
        yield _told(campaign, "RC309", message, hint, ("push_mode",))
    if "delivery_activities" in spec and spec.get("delivery_time") not in ("session", "any"):
        message = "activities count only while the app is used"
        yield _told(campaign, "RC309", message, "set `delivery_time: session`", ("delivery_activities",), on_key=True)


def _details(campaign: Resource, content: Mapping[str, Any]) -> Iterator[Finding]:
    own: Mapping[str, Any] = content.get("mobileengagement") or {}
    options: Mapping[str, Any] = own.get("notificationOptions") or {}
    path: Path = ("content", "mobileengagement")
    if "payload" in own and len(json.dumps(own["payload"], separators=(",", ":")).encode()) > PAYLOAD_BYTES:
        message = f"the payload has more than {PAYLOAD_BYTES} bytes as JSON"
        yield _told(campaign, "RC310", message, "shorten it", (*path, "payload"), on_key=True)
    if own.get("type") == "text/base64" and not _is_base64(own.get("body", "")):
        yield _told(campaign, "RC306", "the body is not base64, as its type says", "encode it", (*path, "body"))
    if own.get("type") == "only_notif":
        for field in sorted(own.keys() & _SCREEN):
            message = f"a campaign that is only its notification shows no `{field}`"
            hint = "take it out, or set `type: text/plain`"
            yield _mild(campaign, "RC309", message, hint, (*path, field))
    if {"bigText", "bigPicture"} <= options.keys():
        message = "a notification has a big text or a big picture, not both"
        yield _told(campaign, "RC309", message, "keep one", (*path, "notificationOptions", "bigPicture"), on_key=True)
    elif {"bigText", "bigPicture"} & options.keys() and own.get("notificationType") != "system":
        message = "only a system notification shows a big text or picture"
        hint = "set `notificationType: system`"
        yield _mild(campaign, "RC309", message, hint, (*path, "notificationOptions"))


def _questions(campaign: Resource) -> Iterator[Finding]:
    for index, question in enumerate(campaign.spec.get("questions") or ()):
        if sum(choice.get("default") is True for choice in question["choices"]) > 1:
            path: Path = ("questions", index, "choices")
            yield _told(campaign, "RC309", "a question has one default choice at most", "keep one", path, on_key=True)


def _audience_size(campaign: Resource) -> Iterable[Finding]:
    audience, problems = _compiled(campaign.spec)
    whole = {**(audience or {}), "filters": campaign.spec.get("filters") or []}
    if not problems and len(json.dumps(whole, separators=(",", ":")).encode()) > AUDIENCE_BYTES:
        message = f"the audience has more than {AUDIENCE_BYTES} bytes as JSON"
        yield _told(campaign, "RC310", message, "name fewer audiences, or simpler ones", ("audience",), on_key=True)


def _foreign(resource: Resource, path: Path, kind: str) -> Finding:
    message = f"{_article(kind)} has no `{'.'.join(map(str, path))}`"
    return _told(resource, "RC306", message, "take it out", path, on_key=True)


def _article(kind: str) -> str:
    return f"{'an' if kind == 'announcement' else 'a'} {kind.replace('-', ' ')}"


def _at(spec: Mapping[str, Any], path: Path) -> Any:
    value: Any = spec
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True)) or not text
    except (binascii.Error, ValueError):
        return False


def _told(resource: Resource, code: str, message: str, hint: str, path: Path, *, on_key: bool = False) -> Finding:
    return Finding(code, message, hint, Source(resource.source.document, ("spec", *path), on_key=on_key))


def _mild(resource: Resource, code: str, message: str, hint: str, path: Path) -> Finding:
    """What the backend passes over in silence."""
    return replace(_told(resource, code, message, hint, path, on_key=True), severity="warning")
