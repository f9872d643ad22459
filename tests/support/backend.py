"""A backend in memory behind the provider's port: it fails in every way a network can, and counts what phones hear."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from reconciler.errors import NotFound, SendRefused, SendUnknown, Unreachable
from reconciler.model.change import Action, Change
from reconciler.model.resource import LiveResource, Resource, Wanted
from reconciler.model.send import Attempt, Receipt, SendRecord, Sighting
from reconciler.ports import Clock, Provider

DEFAULTS: Mapping[str, Any] = {"description": "", "enabled": True, "custom_properties": {}}


@dataclass
class Backend:
    """One app as the vendor holds it.

    `mood` is what befalls the next sends: `accept`, `lose-answer` (done, no answer), `lose-request` (nothing done, no
    answer), `refuse` (4xx), `busy` (429), `soon` (429, for less time than a run waits). `hidden` are ids that are not listed (a list that lags or was tidied up).
    `is_mute`: the list cannot be read.
    """

    audiences: dict[str, dict[str, Any]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    notifications: list[tuple[Attempt, Receipt]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    mood: list[str] = field(default_factory=list)
    is_mute: bool = False
    requests: int = 0
    writes: list[str] = field(default_factory=list)
    _numbers: Iterable[int] = field(default_factory=itertools.count)

    def heard(self) -> Counter[str]:
        """How often each marker was delivered: the law is that none is above one."""
        return Counter(attempt.marker for attempt, _ in self.notifications)

    def provider(self, alias: str, clock: Clock, step: Callable[[str], None] = lambda _: None) -> FakeProvider:
        return FakeProvider(self, alias, clock, step)


class FakeProvider(Provider):
    """`ports.Provider` of a `Backend`; `step` is told before and after each request, and may end the world."""

    def __init__(self, backend: Backend, alias: str, clock: Clock, step: Callable[[str], None]) -> None:
        self._backend, self._alias, self._clock, self._step = backend, alias, clock, step

    def read(self, wanted: Wanted) -> Iterable[LiveResource]:
        self._request("read")
        yield from (
            LiveResource(self._alias, "CustomProperty", n, {"type": t}, n) for n, t in self._backend.types.items()
        )
        yield from (
            LiveResource(self._alias, "Audience", name, {**DEFAULTS, **spec}, name, 5)
            for name, spec in self._backend.audiences.items()
        )

    def perform(self, change: Change) -> str:
        self._request(f"before {change.action}")
        self._backend.writes.append(change.address)
        if change.action is Action.DELETE:
            self._backend.audiences.pop(change.name, None)
        else:
            kept = {k: v for k, v in (change.live or {}).items() if k in ("description", "enabled")}
            if change.action is Action.REPLACE:
                kept = {}
            self._backend.audiences[change.name] = {**kept, **(change.desired or {})}
        self._step(f"after {change.action}")
        return change.name

    def prepare(self, attempt: Attempt) -> int | None:
        self._request("prepare")
        for name in attempt.target.get("audiences", ()):
            if name not in self._backend.audiences:
                raise NotFound(f"there is no audience {name}", code="RC602", status=404)
        return 5

    def send(self, attempt: Attempt) -> Receipt:
        self._request("before send")
        mood = self._backend.mood.pop(0) if self._backend.mood else "accept"
        if mood == "refuse":
            raise SendRefused("400 no", status=400)
        if mood == "busy":
            raise SendRefused("429 busy", code="RC605", status=429, transient=True, retry_after=120.0)
        if mood == "soon":
            raise SendRefused("429 soon", code="RC605", status=429, transient=True, retry_after=30.0)
        if mood == "lose-request":
            raise SendUnknown("cut before")
        number = f"n{len(self._backend.notifications)}"
        receipt = Receipt(number, f"{attempt.name} {attempt.marker}", "Completed", self._clock.now())
        self._backend.notifications.append((attempt, receipt))
        self._step("after send")
        if mood == "lose-answer":
            raise SendUnknown("cut after")
        return Receipt(number, receipt.name)

    def sent(self, since: datetime | None = None) -> Sequence[Receipt]:
        self._request("list")
        if self._backend.is_mute:
            raise Unreachable("the list does not answer", code="RC606")
        return [
            receipt
            for _, receipt in reversed(self._backend.notifications)
            if receipt.remote_id not in self._backend.hidden
            and (since is None or receipt.sent_at is None or receipt.sent_at >= since)
        ]

    def find(self, record: SendRecord) -> Sighting:
        since = (record.dispatched_at or record.updated_at) - timedelta(hours=1)
        listed = self.sent(since)
        hits = tuple(receipt for receipt in listed if receipt.name.endswith(" " + record.marker))
        return Sighting(hits, "its list", tuple(receipt.remote_id for receipt in listed))

    def cancel(self, receipt: Receipt) -> bool:
        return False

    def outcome(self, receipt: Receipt, until: datetime) -> Receipt:
        return receipt

    def reach(self, audience: Resource) -> int | None:
        return 5

    def everyone(self) -> int | None:
        return 9

    def identity(self) -> Mapping[str, Any]:
        return {}

    def apps(self) -> Sequence[str]:
        return []

    def user(self) -> Mapping[str, Any]:
        return {}

    def skew(self) -> float | None:
        return None

    def _request(self, what: str) -> None:
        self._step(what)
        self._backend.requests += 1
