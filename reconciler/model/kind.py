"""What a backend can do with a kind, as rows: facts that are readable offline, without credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Capability(StrEnum):
    """What can be done with a kind. READ_BACK: the managed fields come back on reading."""

    CREATE = "create"
    READ_BACK = "read back"
    UPDATE = "update"
    DELETE = "delete"
    ESTIMATE = "estimate reach"


@dataclass(frozen=True, slots=True)
class Support:
    """Whether a capability is there, with a note for the reader of the matrix."""

    can: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class LengthLimit:
    """A limit on the length of a text (characters), a list or a mapping (entries) at `path`; `*` in a path stands for
    each value.
    """

    path: tuple[str, ...]
    maximum: int
    minimum: int = 0


@dataclass(frozen=True, slots=True)
class KindSpec:
    """One kind on one backend.

    `is_contract`: the backend has no such object to create; the declaration is checked against what it reports.
    `is_local`: the backend knows nothing of it; it is checked here, and used by what names it.
    `is_activated`: its objects have states, and leave the first one by a send (`core.lifecycle`).
    `directives`: fields that say what is to be done, not what is; the diff passes them over.
    `expressions`: fields that hold a definition of the audience language, equal when their normal forms are. `sets`:
    list fields whose order means nothing. `maximum`: how many an app may have, None = no documented limit.
    """

    kind: str
    capabilities: Mapping[Capability, Support]
    is_contract: bool = False
    is_local: bool = False
    is_activated: bool = False
    directives: frozenset[str] = frozenset()
    immutable: frozenset[str] = frozenset()
    expressions: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    defaults: Mapping[str, object] = field(default_factory=dict)
    limits: tuple[LengthLimit, ...] = ()
    maximum: int | None = None

    def can(self, capability: Capability) -> bool:
        return capability in self.capabilities and self.capabilities[capability].can


class SendClass(StrEnum):
    """What a backend offers to find out whether a send happened (`facts/plan-apply-tools.md` §3.2)."""

    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    C4 = "C4"


@dataclass(frozen=True, slots=True)
class SendSpec:
    """How a backend sends: its class, whether it schedules or cancels, and how many of each target fit one request.

    `classes`: the class of the targets that have another one. `inlines_audiences`: a request carries the definitions
    of its audiences, not their names. `chunk`: target type → identifiers per request. `name_length`: characters left
    for a notification's own name beside the marker. `reach_limit`: devices that one request reaches at most, None = no
    documented limit.
    """

    send_class: SendClass
    can_schedule: bool
    can_cancel: bool
    chunk: Mapping[str, int]
    name_length: int
    limits: tuple[LengthLimit, ...] = ()
    reach_limit: int | None = None
    targets: frozenset[str] = frozenset({"audiences", "devices", "users", "accounts", "everyone"})
    classes: Mapping[str, SendClass] = field(default_factory=dict)
    inlines_audiences: bool = False

    def class_of(self, target: Mapping[str, object]) -> SendClass:
        """The class of a send to `target`, which has one key: its type."""
        return next((self.classes[each] for each in target if each in self.classes), self.send_class)
