"""Observe the live and the recorded world of a loaded project, and plan the way to the declared one."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.core.activation import Standing, activated, senders
from reconciler.core.asked import Moment
from reconciler.core.audit_schedule import over, schedule_findings
from reconciler.core.compose import NOTIFICATION
from reconciler.core.plan import changes, contracts, manifests_digest
from reconciler.core.sends import sends
from reconciler.engine.load import Loaded
from reconciler.engine.reach import reach
from reconciler.manifests.locate import locate
from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.model.resource import LiveResource, Recorded, Resource, Wanted
from reconciler.model.send import Send, SendRecord
from reconciler.ports import Clock, Ledger

if TYPE_CHECKING:
    from reconciler.providers.connect import Connections  # httpx is heavy, and here only its type is needed

THREADS = 8
"""Requests in flight at once, for all apps together: more make one Python process slower, not faster."""


@dataclass(frozen=True, slots=True)
class Observed:
    """The live and the recorded world of every app of a run."""

    live: tuple[LiveResource, ...]
    recorded: tuple[Recorded, ...]
    records: tuple[SendRecord, ...]


def observe(loaded: Loaded, ledger: Ledger, connections: Connections) -> Observed:
    """Read all apps at once. Raises the first `ProviderError`: what could not be read never counts as absent."""
    aliases = loaded.aliases
    position = ledger.position()
    recorded = tuple(ledger.recorded(aliases))
    wanted = _wanted(loaded, recorded)
    pool = ThreadPoolExecutor(THREADS)
    try:
        reading = [pool.submit(_read, connections, each) for each in wanted]
        for done in as_completed(reading):
            done.result()
        live = tuple(resource for one in reading for resource in one.result())
    finally:
        # One unreadable app, or Ctrl-C, is enough to know that there is no plan: the others are not waited for.
        pool.shutdown(wait=False, cancel_futures=True)
    if ledger.position() != position:
        recorded = tuple(ledger.recorded(aliases))  # what another run made meanwhile is no stranger's
    return Observed(live, recorded, tuple(ledger.sends(list(aliases))))


def _read(connections: Connections, wanted: Wanted) -> list[LiveResource]:
    return list(connections.providers[wanted.app].read(wanted))


def _wanted(loaded: Loaded, recorded: Sequence[Recorded]) -> list[Wanted]:
    declared: dict[str, dict[tuple[str, str], Resource]] = {alias: {} for alias in loaded.project.apps}
    owned: dict[str, dict[tuple[str, str], Recorded]] = {alias: {} for alias in loaded.project.apps}
    for resource in loaded.resources:
        declared[resource.app][resource.kind, resource.name] = resource
    for each in recorded:
        owned[each.app][each.kind, each.name] = each
    return [Wanted(alias, declared[alias], owned[alias]) for alias in loaded.project.apps]


def make_plan(loaded: Loaded, ledger: Ledger, connections: Connections, clock: Clock, *, is_bound: bool = True) -> Plan:
    """The plan for a loaded project, with places instead of sources; one that is not `is_bound` to its manifests is
    never saved. Raises `ProviderError` or `LedgerError`.
    """
    observed, now = observe(loaded, ledger, connections), clock.now()
    kinds = {alias: dialect.kinds for alias, dialect in loaded.dialects.items()}
    aliases = loaded.aliases
    made = changes(kinds, loaded.resources, observed.live, observed.recorded, activated(observed.records, aliases))
    found = sends(
        senders(loaded.resources),
        loaded.dialects,
        loaded.coordinates,
        observed.records,
        Moment(now, ledger.since() or now),
        Standing(observed.live, made.effects),
    )
    moving = {change.key for change in made.effects if change.fields}
    sizes = {each.key: each.estimate for each in observed.live if each.estimate is not None and each.key not in moving}
    reached = tuple(reach(loaded, connections.providers, found.due, sizes))
    contradictions = contracts(kinds, loaded.resources, observed.live)
    scheduled = [each for each in loaded.resources if each.kind == NOTIFICATION and "schedule" in each.spec]
    changing = (each for one in scheduled for each in schedule_findings(one, now) if each.code == "RC330")
    known = {(row.coordinates, row.name) for row in observed.records}
    unsent = (each for each in scheduled if (loaded.coordinates[each.app], each.name) not in known)
    ended = (finding for each in unsent for finding in over(each, now))
    findings = (*found.findings, *changing, *ended, *made.obstacles, *contradictions, *_beyond_reach(loaded, reached))
    return Plan(
        plan_id=str(uuid.uuid4()),
        created_at=clock.now(),
        tool_version=__version__,
        project=loaded.project.name,
        environment=loaded.project.environment,
        manifests_digest=manifests_digest(loaded.resources, loaded.coordinates) if is_bound else "",
        ledger=ledger.identity(),
        changes=made.effects,
        sends=reached,
        skipped=found.skipped,
        coming=found.coming,
        lapsed=found.lapsed,
        withdrawn=found.withdrawn,
        findings=(*loaded.warnings, *locate(findings, loaded.texts)),
        no_op=made.no_op,
        unmanaged=made.unmanaged,
        requests=connections.requests,
        owned=sum(not each.is_intent for each in observed.recorded),
    )


def _beyond_reach(loaded: Loaded, pending: Iterable[Send]) -> Iterable[Finding]:
    for send in pending:
        limit = loaded.dialects[send.app].sends.reach_limit
        if limit is not None and send.recipients is not None and send.recipients > limit * len(send.parts):
            yield Finding(
                "RC520",
                f"about {send.recipients} devices match; "
                f"{loaded.dialects[send.app].name} sends to the first {limit} and skips the rest silently",
                "split the audience, or accept it",
                send.source or send.address,
                "warning",
            )


def is_ci(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs in a CI job, where a local file does not outlive the job."""
    return environ.get("CI", "").lower() in ("1", "true", "yes")
