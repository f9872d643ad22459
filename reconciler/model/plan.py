"""The plan: a value that is shown, saved, and performed; it holds no handles and no secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.model.change import Change
from reconciler.model.finding import Finding
from reconciler.model.send import Send, SendRecord

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A declared send that this plan does not make, and why (`already_sent`, `failed`, `abandoned` …)."""

    address: str
    send_key: str
    why: str
    detail: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A request that waits, and that nothing asks for any more: it is given up. `waits` says where: in the `ledger`, on
    the `backend`, or `unknown`. `row` is what the ledger holds of it; None in a saved plan, which is only compared.
    """

    address: str
    send_key: str
    occurrence: str
    waits: str
    row: SendRecord | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one apply would do, in the order it would do it.

    `changes` are those with an effect, `no_op` counts the rest; `manifests_digest` binds the plan to the declared world
    (empty where it is never saved), `ledger` to the memory it was made from; `errored` plans did not finish and cannot
    be applied. `created_at` is UTC. `sends` are those that it makes or settles; `coming` ones are announced, `lapsed`
    ones are written down as too late, `withdrawn` ones are given up.
    """

    plan_id: str
    created_at: datetime
    tool_version: str
    project: str
    environment: str
    manifests_digest: str
    ledger: str
    changes: tuple[Change, ...]
    sends: tuple[Send, ...]
    skipped: tuple[Skipped, ...]
    findings: tuple[Finding, ...]
    no_op: int
    unmanaged: int
    requests: int
    errored: bool = False
    owned: int = 0
    coming: tuple[Send, ...] = ()
    lapsed: tuple[Send, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether applying it would do nothing."""
        is_told = all(send.is_announced for send in self.coming)
        return is_told and not (self.changes or self.sends or self.lapsed or self.withdrawn)

    @property
    def blocked(self) -> tuple[str, ...]:
        """The flags that are missing for this plan to be applied, each once, in order."""
        wanted = [change.consent for change in self.changes] + [send.consent for send in (*self.sends, *self.coming)]
        return tuple(dict.fromkeys(flag for flag in wanted if flag))
