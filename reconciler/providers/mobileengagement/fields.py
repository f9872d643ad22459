"""The fields of a campaign's spec and what each is on the wire: written, read, and told apart from what is so anyway.

Source: the official Swagger description (`Campaign`, `CampaignLocalization`, `PollQuestion`), as the fact sheet
`mobile-engagement.md` §5–§7 tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import Any

from reconciler.language import parse, show
from reconciler.model.resource import Spec
from reconciler.providers.mobileengagement.criteria import compile_audience
from reconciler.providers.mobileengagement.definition import read_definition

Json = dict[str, Any]

_TEXTS = MappingProxyType({"title": "notificationTitle", "body": "notificationMessage", "action_url": "actionUrl"})
"""What every backend calls its own, and this one's names."""

_OWN = (
    "type", "title", "body", "actionButtonText", "exitButtonText", "notificationImage", "notificationOptions",
    "notificationType", "notificationIcon", "notificationCloseable", "notificationVibrate", "notificationSound",
    "notificationBadge", "payload",
)  # fmt: skip
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_DEFAULTS = MappingProxyType(
    {
        "pushMode": "real-time", "notificationType": "popup", "notificationIcon": True, "notificationCloseable": True,
        "notificationVibrate": False, "notificationSound": False, "notificationBadge": False,
    }
)  # fmt: skip
"""What the backend may say though nobody set it."""


def wall_clock(text: str) -> str:
    """A wall clock of a manifest as the wire has it: `2026-11-27T09:00:00Z`, whose `Z` stands for no zone at all."""
    return f"{text if len(text) == len('2026-11-27T09:00:00') else text + ':00'}Z"


def written(field: str, spec: Spec) -> Json:
    """What one field of a spec is on the wire, flat."""
    return _WRITERS[field](spec[field], spec) if field in spec else {}


def content_body(content: Mapping[str, Any], *, is_whole: bool = True) -> Json:
    """Content as the fields of a campaign; `is_whole` is False for overrides and languages, which name what differs."""
    own = content.get("mobileengagement", {})
    body = {_TEXTS[name]: content[name] for name in _TEXTS if name in content}
    body |= {name: own[name] for name in _OWN if name in own}
    if is_whole and "type" not in own:
        # Without a text of its own, an announcement is its notification and nothing else.
        body |= {"type": "text/plain" if "body" in own or "title" in own else "only_notif"} if content else {}
    return body


def _typed(content: Mapping[str, Any], spec: Spec) -> Json:
    body = content_body(content)
    if spec["type"] == "data-push" and "type" not in content.get("mobileengagement", {}):
        body["type"] = "text/plain"
    return body if spec["type"] in ("announcement", "data-push") else {k: v for k, v in body.items() if k != "type"}


def localization_body(value: Mapping[str, Mapping[str, Any]]) -> Json:
    """Content by language."""
    return {"localization": {language: content_body(each, is_whole=False) for language, each in value.items()}}


def questions_body(value: Sequence[Mapping[str, Any]]) -> Json:
    """Questions with ids, choices with ids that are unique in the campaign: a criterion names them alone."""
    numbers = count(1)
    return {
        "questions": [
            {
                **_said(question, number),
                "choices": [
                    {**_said(choice, next(numbers)), **({"isDefault": True} if choice.get("default") else {})}
                    for choice in question["choices"]
                ],
            }
            for number, question in enumerate(value, 1)
        ]
    }


def _said(value: Mapping[str, Any], number: int) -> Json:
    localization = {"localization": value["localization"]} if "localization" in value else {}
    return {"id": value.get("id", number), "title": value["title"], **localization}


def _schedule(value: Mapping[str, str]) -> Json:
    times = {"startTime": value.get("start"), "endTime": value.get("end")}
    zone = {"timezone": value["timezone"]} if "timezone" in value else {}
    return {**{name: wall_clock(text) for name, text in times.items() if text}, **zone}


def _compiled(definition: str, spec: Spec) -> Json:
    audience, _ = compile_audience(parse(definition), spec.get("custom_properties", {}))
    return _audience(audience or {})


def _audience(value: Mapping[str, Any]) -> Json:
    return {f"audience.{name}": value[name] for name in ("expression", "criteria") if name in value}


def _read_content(here: Json) -> Json:
    own = {name: here[name] for name in _OWN if name in here}
    content = {name: here[wire] for name, wire in _TEXTS.items() if wire in here}
    return {"content": {**content, **({"mobileengagement": own} if own else {})}}


def _read_native(here: Json) -> Json:
    return {"audience": {name.removeprefix("audience."): value for name, value in here.items()}}


def _read_definition(here: Json) -> Json:
    native = _read_native(here)
    found = read_definition(native["audience"])
    return {"definition": show(found.expr), "custom_properties": dict(found.types)} if found else native


def _read_questions(here: Json) -> Json:
    return {
        "questions": [
            {
                **{name: value for name, value in question.items() if name != "choices"},
                "choices": [
                    {("default" if name == "isDefault" else name): value for name, value in choice.items()}
                    for choice in question.get("choices", ())
                ],
            }
            for question in here["questions"]
        ]
    }


def _read_localization(here: Json) -> Json:
    return {
        "localization": {language: _read_content(each)["content"] for language, each in here["localization"].items()}
    }


def _read_schedule(here: Json) -> Json:
    names = {"startTime": "start", "endTime": "end", "timezone": "timezone"}
    return {"schedule": {names[name]: value.removesuffix("Z").removesuffix(":00") if name != "timezone" else value
                         for name, value in here.items()}}  # fmt: skip


def _plain(field: str, key: str) -> tuple[Callable[[Any, Spec], Json], Callable[[Json], Json]]:
    return (lambda value, _: {key: value}), (lambda here: {field: here[key]})


_SIMPLE = {"category": "category", "push_mode": "pushMode", "delivery_time": "deliveryTime"}
_SIMPLE |= {"delivery_activities": "deliveryActivities", "filters": "audience.filters"}
_EXPRESSION = ("audience.expression", "audience.criteria")

FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{field: (key,) for field, key in _SIMPLE.items()},
        "schedule": ("startTime", "endTime", "timezone"),
        "content": (*_TEXTS.values(), *_OWN),
        "localization": ("localization",),
        "questions": ("questions",),
        "definition": _EXPRESSION,
        "audience": _EXPRESSION,
    }
)
"""Field of a spec → what it is on the wire; `audience.` marks what stands inside the audience."""

KEYS = frozenset(key for keys in FIELDS.values() for key in keys)
WITH = {"definition": ("custom_properties",)}
_WRITERS: Mapping[str, Callable[[Any, Spec], Json]] = {
    **{field: _plain(field, key)[0] for field, key in _SIMPLE.items()},
    "schedule": lambda value, _: _schedule(value),
    "content": _typed,
    "localization": lambda value, _: localization_body(value),
    "questions": lambda value, _: questions_body(value),
    "definition": _compiled,
    "audience": lambda value, _: _audience(value),
}
READERS: Mapping[str, Callable[[Json], Json]] = {
    **{field: _plain(field, key)[1] for field, key in _SIMPLE.items()},
    "schedule": _read_schedule,
    "content": _read_content,
    "localization": _read_localization,
    "questions": _read_questions,
    "definition": _read_definition,
    "audience": _read_native,
}


def flat(answer: Mapping[str, Any]) -> Json:
    """A campaign of the wire with what stands inside its audience beside the rest, as `audience.…`."""
    audience = answer.get("audience") or {}
    return {**answer, **{f"audience.{name}": value for name, value in audience.items()}}


def nested(body: Json) -> Json:
    """The opposite of `flat`."""
    audience = {name.removeprefix("audience."): value for name, value in body.items() if name.startswith("audience.")}
    rest = {name: value for name, value in body.items() if not name.startswith("audience.")}
    return {**rest, **({"audience": audience} if audience else {})}


def told(body: Mapping[str, Any]) -> Json:
    """The flat values that say something: without nulls, empties, what is so anyway, and with times in one form."""
    return {name: value for name, value in _telling(body) if value not in _NOTHING and _DEFAULTS.get(name) != value}


def _telling(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in body.items():
        if name in ("startTime", "endTime") and isinstance(value, str):
            yield name, wall_clock(value.removesuffix("Z").replace(" ", "T"))
        else:
            # What a criterion says of nothing (`"name": null`) says something.
            yield name, value if name == "audience.criteria" else _pruned(value)


def _pruned(value: Any) -> Any:
    match value:
        case Mapping():
            inner = {name: _pruned(each) for name, each in value.items() if not (name == "isDefault" and each is False)}
            return {name: each for name, each in inner.items() if each not in _NOTHING}
        case list():
            return [_pruned(each) for each in value]
        case _:
            return value
