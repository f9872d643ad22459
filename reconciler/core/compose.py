"""Compose the send that a notification or an active campaign declares: its identity, its requests, and how each is
found again.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler.model.digest import digest
from reconciler.model.kind import SendClass
from reconciler.model.resource import Resource
from reconciler.model.schedule import Occurrence
from reconciler.model.send import Attempt, Part, Send, SendState
from reconciler.ports import Dialect

NAMESPACE = uuid.UUID("6f1d1f0e-6f2b-5d0a-9a53-7d1f6b1c9e42")
MARKER_PREFIX = "~pk1"
CAMPAIGN = "Campaign"
NOTIFICATION = "Notification"

GUARANTEES: Mapping[SendClass, str] = {
    SendClass.C1: "effectively once: the backend knows an idempotency key",
    SendClass.C2: "effectively once: the backend refuses a name, or an activation, twice",
    SendClass.C3: "at most once: an unknown outcome is looked up by its marker, else a person decides",
    SendClass.C4: "at most once: a person decides an unknown outcome",
}

_WORDS = {
    "everyone": "everyone",
    "criteria": "the devices of its own criteria",
    "nobody": "nobody by itself: notifications push it to devices",
}


def send_key(coordinates: str, kind: str, name: str, occurrence: str) -> str:
    """The identity of a send: backend coordinates, not local names, and never the content."""
    return str(uuid.uuid5(NAMESPACE, f"{coordinates}|{kind}/{name}|{occurrence}"))


def marker(key: str, part: int) -> str:
    """The suffix of the internal name by which one request of a send is found again: `~pk1` and 16 characters (80
    bits).
    """
    fingerprint = hashlib.sha256(f"{key}/{part}".encode()).digest()[:10]
    return MARKER_PREFIX + base64.b32encode(fingerprint).decode("ascii").lower()


def compose(
    declared: Resource, dialect: Dialect, coordinates: str, when: Occurrence | None = None, *, is_ahead: bool = True
) -> Send:
    """The send of a notification, or the activation of a campaign, as if none had been made yet, cut into the requests
    that the backend takes. `when` is the occurrence of its schedule, None where it has none; `is_ahead`: it is still to
    come, so that a backend that can is told to wait.
    """
    spec, target = declared.spec, target_of(declared)
    occurrence = when.key if when else occurrence_of(spec)
    waits = when.scheduled_at if when and is_ahead and by_backend(declared, dialect) else None
    key = send_key(coordinates, declared.kind, declared.name, occurrence)
    parts = tuple(
        _part(declared, dialect, marker(key, index), index, piece, waits)
        for index, piece in enumerate(_pieces(target, dialect.sends.chunk))
    )
    return Send(
        app=declared.app,
        kind=declared.kind,
        name=declared.name,
        coordinates=coordinates,
        occurrence=occurrence,
        send_key=key,
        spec=spec,
        target_words=target_words(target, len(parts)),
        parts=parts,
        payload_digest=parts[0].payload_digest if len(parts) == 1 else digest([part.payload_digest for part in parts]),
        content_digest=digest(_content(declared, target)),
        state=SendState.PLANNED,
        reason=_reason(declared, when),
        guarantee=GUARANTEES[dialect.sends.class_of(target)],
        recipients=_known_recipients(target),
        source=declared.source,
        scheduled_at=when.scheduled_at if when else None,
        deadline_at=when.deadline_at if when else None,
        wall=when.wall if when else "",
        by="backend" if waits else "apply",
    )


def by_backend(declared: Resource, dialect: Dialect) -> bool:
    """Whether the backend is told of a scheduled send ahead: where it can wait, for one time only, not for a cron."""
    is_push = "campaign" in declared.spec or declared.kind == CAMPAIGN
    return dialect.sends.can_schedule and not is_push and "at" in (declared.spec.get("schedule") or {})


def _reason(declared: Resource, when: Occurrence | None) -> str:
    if when is not None and not when.key.startswith("r"):
        return f"the occurrence of {when.wall}"
    done = "activated" if declared.kind == CAMPAIGN else "sent"
    return f"revision {declared.spec.get('revision', 1)} was never {done}"


def occurrence_of(spec: Mapping[str, Any]) -> str:
    """Which of the sends of a declaration it asks for: `r1` for its first revision."""
    return f"r{spec.get('revision', 1)}"


def target_of(declared: Resource) -> Mapping[str, Any]:
    """Whom a send is for, as a mapping of one key: the target of a notification, or what a campaign's audience says."""
    if declared.kind != CAMPAIGN:
        target: Mapping[str, Any] = declared.spec["target"]
        return target
    if declared.spec.get("push_mode") == "manual":
        return {"nobody": True}
    if "audiences" in declared.spec:
        return {"audiences": declared.spec["audiences"]}
    return {"criteria": True} if "audience" in declared.spec else {"everyone": True}


def _content(declared: Resource, target: Mapping[str, Any]) -> Any:
    """What a person would call the same message to the same people, under whatever name."""
    spec = declared.spec
    if declared.kind == CAMPAIGN:
        said = {name: value for name, value in spec.items() if name not in ("state", "revision")}
        # A manual campaign reaches nobody by itself, so two that say the same repeat nothing.
        return [CAMPAIGN, said, declared.name if "nobody" in target else ""]
    more = {name: spec[name] for name in ("campaign",) if name in spec}
    return [spec.get("content"), target, *([more] if more else [])]


def _part(
    declared: Resource, dialect: Dialect, mark: str, index: int, target: Mapping[str, Any], waits: datetime | None
) -> Part:
    attempt = Attempt(declared.app, declared.kind, declared.name, mark, declared.spec, target, waits)
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
    if type_of_target in _WORDS:
        return _WORDS[type_of_target]
    if type_of_target == "audiences":
        return ("audience " if len(named) == 1 else "audiences ") + ", ".join(named)
    one = type_of_target.removesuffix("s")
    return f"{len(named)} {one if len(named) == 1 else type_of_target}" + (
        f" in {requests} requests" if requests > 1 else ""
    )


def _known_recipients(target: Mapping[str, Any]) -> int | None:
    """How many are named; a user or an account is counted as one device, though it may have several."""
    if "nobody" in target:
        return 0
    return next((len(target[each]) for each in ("devices", "users", "accounts") if each in target), None)
