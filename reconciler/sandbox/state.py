"""Hold one running sandbox: its options, its store, its clock, and what it remembers of requests."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from reconciler.sandbox.clock import Clock
from reconciler.sandbox.devices import Seed
from reconciler.sandbox.faults import Counted
from reconciler.sandbox.limits import Windows
from reconciler.sandbox.options import SandboxOptions
from reconciler.sandbox.store import Store

LOGGED_REQUESTS = 100_000


@dataclass(frozen=True, slots=True)
class Logged:
    """One answered request; `status` is 0 where the connection was cut, `fault` the effect of a rule, if any."""

    method: str
    path: str
    status: int
    fault: str | None


def _empty_log() -> deque[Logged]:
    return deque(maxlen=LOGGED_REQUESTS)


@dataclass(slots=True)
class Sandbox:
    """What every operation is given. Rules, windows and the log live in memory; all else is in the store."""

    options: SandboxOptions
    store: Store
    clock: Clock
    seed: Seed
    faults: list[Counted] = field(default_factory=list)
    windows: Windows = field(default_factory=Windows)
    log: deque[Logged] = field(default_factory=_empty_log)
