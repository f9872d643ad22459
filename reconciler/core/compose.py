"""Compose the send that a notification declares: its identity, its requests, and how each is found again."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.model.digest import digest
from reconciler.model.resource import Resource
from reconciler.model.send import Attempt, Part, Send, SendState
from reconciler.ports import Dialect

NAMESPACE = uuid.UUID("6f1d1f0e-6f2b-5d0a-9a53-7d1f6b1c9e42")
MARKER_PREFIX = "~pk1"


def send_key(coordinates: str, kind: str, name: str, occurrence: str) -> str:
    """The identity of a send: backend coordinates, not local names, and never the content."""
    return str(uuid.uuid5(NAMESPACE, f"{coordinates}|{kind}/{name}|{occurrence}"))


def marker(key: str, part: int) -> str:
    """The suffix of the internal name by which one request of a send is found again: `~pk1` and 16 characters (80
    bits).
    """
    fingerprint = hashlib.sha256(f"{key}/{part}".encode()).digest()[:10]
    return MARKER_PREFIX + base64.b32encode(fingerprint).decode("ascii").lower()


def compose(notification: Resource, dialect: Dialect, coordinates: str) -> Send:
    """The send of a notification as if none had been made yet, cut into the requests that the backend takes."""
    spec = notification.spec
    content, target = spec["content"], spec["target"]
    occurrence = f"r{spec.get('revision', 1)}"
    key = send_key(coordinates, notification.kind, notification.name, occurrence)
    parts = tuple(
        _part(notification, dialect, marker(key, index), index, piece)
        for index, piece in enumerate(_pieces(target, dialect.sends.chunk))
    )
    return Send(
        app=notification.app,
        kind=notification.kind,
        name=notification.name,
        coordinates=coordinates,
        occurrence=occurrence,
        send_key=key,
        content=content,
        target_words=target_words(target, len(parts)),
        parts=parts,
        payload_digest=parts[0].payload_digest if len(parts) == 1 else digest([part.payload_digest for part in parts]),
        content_digest=digest([content, target]),
        state=SendState.PLANNED,
        reason=f"revision {spec.get('revision', 1)} was never sent",
        recipients=_known_recipients(target),
        source=notification.source,
    )


def _part(notification: Resource, dialect: Dialect, mark: str, index: int, target: Mapping[str, Any]) -> Part:
    attempt = Attempt(notification.app, notification.name, mark, notification.spec["content"], target)
    payload = hashlib.sha256(dialect.payload(attempt)).hexdigest()
    return Part(index, target, mark, f"sha256:{payload}")


def _pieces(target: Mapping[str, Any], chunk: Mapping[str, int]) -> Iterable[Mapping[str, Any]]:
    """The target cut into what one request takes; identifiers keep their order, so a chunk is the same on every run."""
    (type_of_target, named), *_ = target.items()
    size = chunk.get(type_of_target)
    if size is None or not isinstance(named, Sequence) or len(named) <= size:
        return [target]
    return [{type_of_target: list(named[start : start + size])} for start in range(0, len(named), size)]


def target_words(target: Mapping[str, Any], requests: int) -> str:
    """Who a send is for, in words; identifiers are personal data and only counted."""
    (type_of_target, named), *_ = target.items()
    if type_of_target == "everyone":
        return "everyone"
    if type_of_target == "audiences":
        return ("audience " if len(named) == 1 else "audiences ") + ", ".join(named)
    one = type_of_target.removesuffix("s")
    return f"{len(named)} {one if len(named) == 1 else type_of_target}" + (
        f" in {requests} requests" if requests > 1 else ""
    )


def _known_recipients(target: Mapping[str, Any]) -> int | None:
    """How many are named; a user or an account is counted as one device, though it may have several."""
    return next((len(target[each]) for each in ("devices", "users", "accounts") if each in target), None)
