"""Sends: occurrences with an identity, their states, and what the backend and the ledger say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from reconciler.model.document import Place, Source
from reconciler.model.resource import Key


class SendState(StrEnum):
    """The states of `facts/plan-apply-tools.md` §3.5; HELD is a send that waits behind an unknown one."""

    PLANNED = "PLANNED"
    HELD = "HELD"
    CLAIMED = "CLAIMED"
    DISPATCHED = "DISPATCHED"
    ACCEPTED = "ACCEPTED"
    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    PROBING = "PROBING"
    NEEDS_DECISION = "NEEDS_DECISION"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    CANCELLED = "CANCELLED"
    ABANDONED = "ABANDONED"


SENT = frozenset({SendState.ACCEPTED, SendState.CONFIRMED})
"""The backend has it: it must never be sent again."""

UNSETTLED = frozenset({SendState.DISPATCHED, SendState.UNKNOWN, SendState.PROBING, SendState.NEEDS_DECISION})
"""It may have been sent: only a probe or a person moves it on."""

UNSENT = frozenset({SendState.PLANNED, SendState.HELD, SendState.CLAIMED, SendState.REJECTED})
"""No byte has left, or the backend said that nothing was done: it may be attempted."""

NEVER_LEFT = UNSENT | {SendState.FAILED, SendState.WITHDRAWN}
"""Nothing was executed, as far as the ledger knows; where the backend shows its marker, the ledger is old."""

REACHED_NOBODY = NEVER_LEFT | {SendState.EXPIRED, SendState.CANCELLED}
"""Nobody was told anything, and the ledger is sure of it: the content counts as new."""

TERMINAL = frozenset(
    {
        SendState.ACCEPTED,
        SendState.CONFIRMED,
        SendState.FAILED,
        SendState.EXPIRED,
        SendState.WITHDRAWN,
        SendState.CANCELLED,
        SendState.ABANDONED,
    }
)
"""Nothing more happens by itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a send: `index` from 0, the frozen `target` it names, its own `marker` and the digest of its
    payload.
    """

    index: int
    target: Mapping[str, Any]
    marker: str
    payload_digest: str
    state: SendState = SendState.PLANNED


@dataclass(frozen=True, slots=True)
class Send:
    """One occurrence of a notification on one app.

    `send_key` is its identity, `occurrence` is `r<revision>`; `spec` is the whole declaration; `target_words` says whom
    it is for, identifiers only counted; `content_digest` covers content and target without the name, so that a renamed
    manifest is seen; `guarantee` is what the backend allows us to promise; `recipients` is an estimate of devices,
    None = not known; `blocked` says why it may not go, `consent` is the flag that would allow it, `is_allowed` that it
    was given. `reopens`: it was made before and taken back before it reached anybody.

    `scheduled_at` is when it is to arrive and `deadline_at` until when it may leave (UTC), `wall` what clocks show
    there then; None and empty for one that leaves with the apply. `by` says who makes it: `apply` (this one), `backend`
    (told of it by this apply), or `run` (the loop, or the next apply once it is due); empty for one that nobody makes.
    `is_announced`: what comes later stands in the ledger.
    """

    app: str
    kind: str
    name: str
    coordinates: str
    occurrence: str
    send_key: str
    spec: Mapping[str, Any]
    target_words: str
    parts: tuple[Part, ...]
    payload_digest: str
    content_digest: str
    state: SendState
    reason: str
    guarantee: str = ""
    recipients: int | None = None
    blocked: str = ""
    consent: str = ""
    is_allowed: bool = False
    source: Source | Place | None = None
    reopens: bool = False
    scheduled_at: datetime | None = None
    deadline_at: datetime | None = None
    wall: str = ""
    by: str = "apply"
    is_announced: bool = True

    @property
    def key(self) -> Key:
        return (self.app, self.kind, self.name)

    @property
    def address(self) -> str:
        return f"{self.app}/{self.kind}/{self.name}"

    @property
    def verb(self) -> str:
        """What is done, in one word."""
        return "activate" if self.kind == "Campaign" else "send"

    @property
    def content(self) -> Mapping[str, Any]:
        """What is shown to people; empty where a saved campaign's own content is."""
        content: Mapping[str, Any] = self.spec.get("content") or {}
        return content


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to be made exactly once: what the provider needs to build it. `scheduled_at` (UTC) is there where the
    backend is told to wait until then.
    """

    app: str
    kind: str
    name: str
    marker: str
    spec: Mapping[str, Any]
    target: Mapping[str, Any]
    scheduled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a backend shows of a send: its own id, the internal name with the marker, its state's word and the time it
    gives (UTC).

    `is_sent` is False where the backend holds it and certainly has not sent it; `waits` is when it will (UTC), where it
    holds it for later. `rejected` are the identifiers that it
    would not send to, the others being sent.
    """

    remote_id: str
    name: str
    state: str = ""
    sent_at: datetime | None = None
    outcome: str = ""
    is_sent: bool = True
    rejected: tuple[str, ...] = ()
    waits: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a look for one request saw: its `hits`; in words, what was `asked` (empty: there is nothing to ask); and
    where that was a list, the ids that it has `shown`, of whatever send (None: it was asked for by its name).
    """

    hits: tuple[Receipt, ...] = ()
    asked: str = ""
    shown: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SendRecord:
    """One row of the ledger's `sends`: one part of one send. Times are UTC.

    `fence` grows with every claim; `holder` is the process that claimed it last, as `engine.holder` writes it.
    `scheduled_at` is when it is to arrive, None where it leaves at once.
    """

    send_key: str
    part: int
    parts: int
    coordinates: str
    kind: str
    name: str
    occurrence: str
    marker: str
    payload_digest: str
    content_digest: str
    target: Mapping[str, Any]
    state: SendState
    fence: int
    holder: str
    attempt: int
    remote_id: str
    updated_at: datetime
    dispatched_at: datetime | None
    detail: str
    scheduled_at: datetime | None = None
