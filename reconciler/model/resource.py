"""Resources as they are declared, live and recorded: the three worlds that a plan compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model.document import Source

Spec = Mapping[str, Any]
"""The managed fields of a resource, as JSON values. Omitted = not managed."""

Key = tuple[str, str, str]
"""(app alias, kind, name): what identifies a resource within a run."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A declared resource on one app. `spec` is what is wanted of the backend, after references are resolved."""

    app: str
    kind: str
    name: str
    spec: Spec
    source: Source

    @property
    def key(self) -> Key:
        return (self.app, self.kind, self.name)

    @property
    def address(self) -> str:
        return f"{self.app}/{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class LiveResource:
    """What a backend holds now.

    `estimate` is the number of devices it names for an audience, None where it does not say. `state` is the backend's
    word for where an object of an activated kind stands (`draft`, `scheduled` …), empty for other kinds.
    """

    app: str
    kind: str
    name: str
    spec: Spec
    remote_id: str
    estimate: int | None = None
    state: str = ""

    @property
    def key(self) -> Key:
        return (self.app, self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger says we last applied, or (`is_intent`) were about to apply when a run ended.

    `intent` is what was about to be applied over it when a run ended, None where every run came to its end.
    """

    app: str
    kind: str
    name: str
    spec: Spec
    remote_id: str
    is_intent: bool = False
    intent: Spec | None = None

    @property
    def key(self) -> Key:
        return (self.app, self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a provider is asked to read for one app: the declared and the recorded resources, by (kind, name)."""

    app: str
    declared: Mapping[tuple[str, str], Resource]
    recorded: Mapping[tuple[str, str], Recorded]
