"""Changes: one resource, one action, the fields that move and who moved them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reconciler.model.document import Place, Source
from reconciler.model.resource import Key, Spec


class Action(StrEnum):
    """What is done to a resource. The value is the word used in plans, events and the ledger alike."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    SUSPEND = "suspend"
    FINISH = "finish"
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"
    NO_OP = "no-op"


class Origin(StrEnum):
    """Who moved a field: the manifests (config), the backend (drift), or both."""

    CONFIG = "config"
    DRIFT = "drift"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: `path` from the spec's root; `before` is live, `after` is desired, None where absent; `note` is for
    the reader.
    """

    path: tuple[str | int, ...]
    before: Any
    after: Any
    origin: Origin
    note: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan does to one resource.

    `reason` explains, it never decides. `consent` is the flag that allows it, empty if none is needed. `reopens`: it
    takes back an activation that has not reached anybody yet, so that activating once more repeats nothing.
    `state` is where an object of an activated kind stood when the change was planned.
    """

    app: str
    kind: str
    name: str
    action: Action
    reason: str
    fields: tuple[FieldChange, ...] = ()
    desired: Spec | None = None
    live: Spec | None = None
    recorded: Spec | None = None
    remote_id: str = ""
    consent: str = ""
    source: Source | Place | None = None
    note: str = ""
    reopens: bool = False
    state: str = ""

    @property
    def key(self) -> Key:
        return (self.app, self.kind, self.name)

    @property
    def address(self) -> str:
        return f"{self.app}/{self.kind}/{self.name}"

    @property
    def is_effect(self) -> bool:
        """Whether performing it touches anything, if only the ledger."""
        return self.action is not Action.NO_OP
