"""Manifests of campaigns and of what is pushed through them, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.project import document

CONTENT: Mapping[str, Mapping[str, Any]] = {
    "announcement": {"title": "Hello", "body": "text"},
    "poll": {"title": "Hello", "body": "text"},
    "data-push": {"mobileengagement": {"body": "text"}},
    "native-push": {"mobileengagement": {"payload": {"aps": {"alert": "text"}}}},
}
QUESTIONS = [
    {"title": "Well?", "choices": [{"title": "Yes", "default": True}, {"title": "No"}]},
    {"title": "Sure?", "choices": [{"title": "Yes"}, {"title": "No"}, {"title": "Who knows"}]},
]
KINDS = {
    "announcement": "announcements",
    "poll": "polls",
    "data-push": "dataPushes",
    "native-push": "nativePushes",
}


def campaign(name: str = "news", text: str = "", **spec: Any) -> dict[str, Any]:
    """A campaign that says `text`; an active one-shot announcement unless told otherwise. None leaves a field out."""
    kind = spec.get("type", "announcement")
    content = dict(CONTENT[kind])
    if text and "body" in content:
        content["body"] = text
    elif text and kind == "data-push":
        content["mobileengagement"] = {"body": text}
    usual: dict[str, Any] = {"type": kind, "push_mode": "one-shot", "state": "active", "content": content}
    usual |= {"questions": QUESTIONS} if kind == "poll" else {}
    return document("Campaign", name, {field: value for field, value in {**usual, **spec}.items() if value is not None})


def manual(name: str = "orders", **spec: Any) -> dict[str, Any]:
    return campaign(name, push_mode="manual", **spec)


def push(name: str, devices: Sequence[str], through: str = "orders", **spec: Any) -> dict[str, Any]:
    return document("Notification", name, {"campaign": through, "target": {"devices": list(devices)}, **spec})
