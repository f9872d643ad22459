"""A project, a ledger and a backend in memory, and runs of the real engine among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from reconciler.core.sends import sends
from reconciler.engine.apply import apply
from reconciler.engine.load import Loaded, load
from reconciler.engine.observe import make_plan
from reconciler.engine.run import Run
from reconciler.ledger.sql import SqlLedger
from reconciler.model.event import Event
from reconciler.model.plan import Plan
from reconciler.model.send import Send, SendRecord, SendState
from reconciler.ports import Ledger, Provider
from reconciler.providers.connect import Connections
from tests.support.backend import Backend
from tests.support.clock import StillClock
from tests.support.project import ALIAS, write_project


@dataclass
class FakeConnections:
    """What the engine asks of `Connections`."""

    providers: Mapping[str, Provider]
    requests: int = 0


@dataclass
class World:
    """One app on one backend, seen through one ledger."""

    folder: Path
    ledger: SqlLedger
    backend: Backend = field(default_factory=Backend)
    clock: StillClock = field(default_factory=StillClock)
    events: list[Event] = field(default_factory=list)

    def declare(self, *documents: Mapping[str, Any], **spec: Any) -> Loaded:
        write_project(self.folder, *documents, **spec)
        return load(str(self.folder))

    def connections(self, provider: Provider | None = None) -> Connections:
        chosen = provider or self.backend.provider(ALIAS, self.clock)
        return cast(Connections, FakeConnections({ALIAS: chosen}))

    def plan(self, loaded: Loaded, ledger: Ledger | None = None, provider: Provider | None = None) -> Plan:
        return make_plan(loaded, ledger or self.ledger, self.connections(provider), self.clock)

    def run(self, loaded: Loaded, ledger: Ledger | None = None, provider: Provider | None = None) -> Run:
        return Run(loaded, ledger or self.ledger, self.connections(provider).providers, self.clock, self.events.append)

    def perform(self, loaded: Loaded, plan: Plan, provider: Provider | None = None) -> Run:
        run = self.run(loaded, provider=provider)
        apply(run, plan, ledger_is_local=True, environ={})
        return run

    def apply(self, *documents: Mapping[str, Any], **spec: Any) -> Run:
        loaded = self.declare(*documents, **spec)
        return self.perform(loaded, self.plan(loaded))

    def plan_of_all(self, loaded: Loaded) -> Sequence[Send]:
        """Every declared send, as if none was made."""
        listed = [each for each in loaded.resources if each.kind == "Notification"]
        return sends(listed, loaded.dialects, loaded.coordinates, ()).due

    def states(self) -> dict[str, SendState]:
        """The state of each send's only (or last) request, by name."""
        return {record.name: record.state for record in self.ledger.all_sends()}

    def record(self, name: str) -> SendRecord:
        return next(record for record in self.ledger.all_sends() if record.name == name)
