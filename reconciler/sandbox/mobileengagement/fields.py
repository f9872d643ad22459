"""Say which fields a campaign of each kind has, their limits, and what they ask of one another (facts §5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from reconciler.sandbox.mobileengagement.audience import check_audience, is_quota_only
from reconciler.sandbox.mobileengagement.shapes import (
    Shape,
    anything,
    bad_request,
    base64_text,
    fields,
    flag,
    inside,
    listed,
    mapped,
    text,
    whole,
)
from reconciler.sandbox.mobileengagement.times import moment, zone
from reconciler.sandbox.wire import Json

ANNOUNCEMENTS, POLLS, DATA, NATIVE = "announcements", "polls", "dataPushes", "nativePushes"
KINDS = (ANNOUNCEMENTS, POLLS, DATA, NATIVE)
_SHOWN = (ANNOUNCEMENTS, POLLS)  # to a person
_TIMED = (ANNOUNCEMENTS, POLLS, DATA)

_OPTIONS = fields({"bigText": text(4_000), "bigPicture": text(2_000), "sound": text(), "actionText": text()})
_TITLED = {"title": text(256), "localization": mapped(fields({"title": text(256)}))}
_CHOICE = fields({"id": whole(), **_TITLED, "isDefault": flag})
_QUESTION = fields({"id": whole(), **_TITLED, "choices": listed(_CHOICE)})

_LOCALIZED: Mapping[str, tuple[Shape, tuple[str, ...]]] = {
    "notificationTitle": (text(2_000), _SHOWN),
    "notificationMessage": (text(4_000), _SHOWN),
    "notificationImage": (base64_text(), _SHOWN),
    "notificationOptions": (_OPTIONS, _SHOWN),
    "title": (text(128), _SHOWN),
    "body": (text(), _TIMED),
    "actionButtonText": (text(64), _SHOWN),
    "exitButtonText": (text(64), _SHOWN),
    "actionUrl": (text(2_000), (ANNOUNCEMENTS,)),
    "payload": (anything, (NATIVE,)),
}
_FLAGS = (
    "notificationIcon", "notificationCloseable", "notificationVibrate", "notificationSound", "notificationBadge",
)  # fmt: skip
_FIELDS: Mapping[str, tuple[Shape, tuple[str, ...]]] = {
    "name": (text(64), KINDS),
    "audience": (check_audience, KINDS),
    "category": (text(64), _TIMED),
    "pushMode": (text(choices=("real-time", "one-shot", "manual")), KINDS),
    "type": (text(), (ANNOUNCEMENTS, DATA)),
    "deliveryTime": (text(choices=("any", "background", "session")), _SHOWN),
    "deliveryActivities": (listed(text()), _SHOWN),
    "startTime": (text(), _TIMED),
    "endTime": (text(), _TIMED),
    "timezone": (text(), _TIMED),
    "notificationType": (text(choices=("popup", "system")), _SHOWN),
    **dict.fromkeys(_FLAGS, (flag, _SHOWN)),
    "localization": (anything, KINDS),  # made of the above, for each kind
    "questions": (listed(_QUESTION), (POLLS,)),
    **_LOCALIZED,
}  # fmt: skip
_CHOICES = {
    (ANNOUNCEMENTS, "type"): text(choices=("text/plain", "text/html", "only_notif")),
    (DATA, "type"): text(choices=("text/plain", "text/base64")),
    (NATIVE, "pushMode"): text(choices=("one-shot", "manual")),
}
_FIXED = ("name", "manualPush", "pushMode", "audience", "startTime", "timezone")  # what a push cannot override (§8)
_MAX_PAYLOAD = 256


def push_mode(kind: str, content: Mapping[str, Json]) -> str:
    """How the campaign is pushed; by default for ever, a native push once."""
    return str(content.get("pushMode", "one-shot" if kind == NATIVE else "real-time"))


def checked_campaign(kind: str, body: Json) -> dict[str, Json]:
    """What a campaign of the kind is made of.

    Raises:
        Refusal: 400 that names the field.
    """
    content = _checked(kind, body, "")
    if not content.get("name"):
        raise bad_request("`name` is required")
    _check_schedule(kind, content)
    if push_mode(kind, content) == "manual" and not is_quota_only(cast("dict[str, Json]", content.get("audience", {}))):
        raise bad_request("`audience` of a manual campaign may only have the push-quota filter")
    return content


def checked_trial(kind: str, body: Json) -> dict[str, Json]:
    """The content of a test, which needs no name.

    Raises:
        Refusal: 400 that names the field.
    """
    return _checked(kind, body, "data")


def checked_override(kind: str, saved: Mapping[str, Json], body: Json) -> dict[str, Json]:
    """What a push puts in the place of a campaign's own content.

    Raises:
        Refusal: 400 that names the field; also for one that cannot be overridden.
    """
    for name in _FIXED:
        if isinstance(body, dict) and name in body:
            raise bad_request(f"`data.{name}` cannot be overridden by a push")
    override = _checked(kind, body, "data")
    if "endTime" in override:
        moment(str(override["endTime"]), "data.endTime", cast("str | None", saved.get("timezone")))
    if "questions" in override and _numbers(override) != _numbers(saved):
        raise bad_request("`data.questions` must have as many questions and choices as the campaign")
    return override


def _numbers(content: Mapping[str, Json]) -> list[int]:
    questions = cast("list[dict[str, list[Json]]]", content.get("questions", []))
    return [len(question.get("choices", [])) for question in questions]


@lru_cache
def _shape(kind: str) -> Shape:
    localized = {name: shape for name, (shape, kinds) in _LOCALIZED.items() if kind in kinds}
    own = {name: _CHOICES.get((kind, name), shape) for name, (shape, kinds) in _FIELDS.items() if kind in kinds}
    return fields(own | {"localization": mapped(fields(localized))})


def _checked(kind: str, body: Json, place: str) -> dict[str, Json]:
    content = cast("dict[str, Json]", _shape(kind)(body, place))
    given = body if isinstance(body, dict) else {}
    for name, (_, kinds) in _FIELDS.items():
        if given.get(name) is not None and kind not in kinds:
            raise bad_request(f"`{inside(place, name)}` is not a field of {kind}")
    if content.get("deliveryActivities") and content.get("deliveryTime") not in ("session", "any"):
        raise bad_request("`deliveryActivities` needs `deliveryTime` session, or any on iOS")
    for localized in (content, *cast("dict[str, dict[str, Json]]", content.get("localization", {})).values()):
        _check_localized(content, localized)
    for question in cast("list[dict[str, list[dict[str, Json]]]]", content.get("questions", [])):
        if sum(choice.get("isDefault") is True for choice in question.get("choices", [])) > 1:
            raise bad_request("`questions`: at most one choice of a question has `isDefault`")
    return content


def _check_localized(content: Mapping[str, Json], localized: Mapping[str, Json]) -> None:
    options = localized.get("notificationOptions")
    if isinstance(options, dict) and "bigText" in options and "bigPicture" in options:
        raise bad_request("`notificationOptions` has either `bigText` or `bigPicture`")
    if (
        isinstance(options, dict)
        and options.keys() & {"bigText", "bigPicture"}
        and content.get("notificationType") != "system"
    ):
        raise bad_request("`notificationOptions`: `bigText` and `bigPicture` need `notificationType` system")
    payload = localized.get("payload")
    if (
        payload is not None
        and len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()) > _MAX_PAYLOAD
    ):
        raise bad_request(f"`payload` must have at most {_MAX_PAYLOAD} bytes")
    if content.get("type") == "text/base64" and "body" in localized:
        base64_text()(localized["body"], "body")


def _check_schedule(kind: str, content: Mapping[str, Json]) -> None:
    timezone = cast("str | None", content.get("timezone"))
    zone(timezone)
    times = {name: moment(str(content[name]), name, timezone) for name in ("startTime", "endTime") if name in content}
    mode = push_mode(kind, content)
    if mode == "one-shot" and "startTime" in times and timezone is None:
        raise bad_request("`timezone` is required where a one-shot campaign has `startTime`")
    if mode != "manual" and len(times) == 2 and times["endTime"] <= times["startTime"]:
        raise bad_request("`endTime` must be after `startTime`")
