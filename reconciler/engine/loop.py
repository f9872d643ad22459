"""The loop of `reconciler run`: send what falls due, app by app under its lease, and sleep until the next is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.core.activation import senders
from reconciler.core.asked import Moment
from reconciler.core.compose import NOTIFICATION
from reconciler.core.guard import guard
from reconciler.core.sends import Sends, sends
from reconciler.engine.apply import refuse_forgotten, refuse_frozen, refuse_unremembered
from reconciler.engine.dispatch import dispatch
from reconciler.engine.leases import leased
from reconciler.engine.load import Loaded
from reconciler.engine.reach import reach
from reconciler.engine.run import Run
from reconciler.engine.timely import keep_time
from reconciler.errors import LedgerError, LedgerLocked, ReconcilerError
from reconciler.model.event import Event, Happened
from reconciler.model.plan import Plan
from reconciler.model.resource import Resource
from reconciler.model.send import UNSENT, Send

RETRY_SECONDS = 2.0
"""How soon what another replica holds is looked at again."""

FAILED_SECONDS = 30.0
"""How soon an app is looked at again on which something failed: its backend may be back before a deadline is over."""


@dataclass(slots=True)
class Loop:
    """One process that sends what falls due. `pause` waits some seconds of the run's clock, and returns early when the
    run is stopped; `heal` applies what needs no consent, once in an `interval` (seconds); `refresh` takes in what was
    declared meanwhile, before anything is looked at.
    """

    run: Run
    interval: float
    pause: Callable[[float], None]
    heal: Callable[[], None] | None = None
    refresh: Callable[[], None] = lambda: None
    healed_at: datetime | None = None
    cleared: set[str] = field(default_factory=set)
    """Apps whose backend was asked once for sends that the ledger does not know."""

    def turn(self) -> datetime:
        """Make everything that is due now; the time (UTC) of the next look."""
        self.refresh()
        now = self.run.clock.now()
        wake = now + timedelta(seconds=self.interval)
        try:
            refuse_frozen(self.run)
        except LedgerError as error:
            self.run.report(Event(Happened.WAITING, "run", "every app", error.message, error.code))
            # A freeze lasts; a ledger that is away is back soon.
            return wake if isinstance(error, LedgerLocked) else min(wake, now + timedelta(seconds=RETRY_SECONDS))
        self._heal(now)
        for app in self.run.loaded.coordinates:
            if self.run.stopping.is_set():
                break
            before = len(self.run.events)
            try:
                wake = min(wake, self._app(app, wake))
            except LedgerLocked as locked:
                self.run.report(Event(Happened.WAITING, "hold", app, locked.message, locked.code))
                wake = min(wake, now + timedelta(seconds=RETRY_SECONDS))
            except ReconcilerError as error:
                self.run.failed("run", app, error)
            if any(event.happened is Happened.FAILED for event in self.run.events[before:]):
                wake = min(wake, now + timedelta(seconds=FAILED_SECONDS))
        return wake

    def _heal(self, now: datetime) -> None:
        if self.heal is None or (self.healed_at and (now - self.healed_at).total_seconds() < self.interval):
            return
        self.healed_at = now
        try:
            self.heal()
        except ReconcilerError as error:
            self.run.failed("apply", "the project", error)

    def _app(self, app: str, wake: datetime) -> datetime:
        """Make what is due on one app; when it next has something to do, `wake` at the latest."""
        found = self._found(app)
        if _has_work(found):
            with leased(self.run, [self.run.loaded.coordinates[app]], 0.0):
                # What another replica did before the lease was ours is in the ledger by now.
                found = self._found(app)
                self._make(app, found)
        return min([wake, *(send.scheduled_at for send in found.coming if send.scheduled_at)])

    def _found(self, app: str) -> Sends:
        loaded, now = self.run.loaded, self.run.clock.now()
        self.run.ledger.begin(now)
        moment = Moment(now, self.run.ledger.since())
        records = [row for row in self.run.ledger.sends([loaded.coordinates[app]]) if row.kind == NOTIFICATION]
        return sends(_declared(loaded, app), loaded.dialects, loaded.coordinates, records, moment)

    def _make(self, app: str, found: Sends) -> None:
        due = found.due
        if self.run.loaded.project.guard.max_recipients is not None:
            due = tuple(reach(self.run.loaded, self.run.providers, due, {}))
        plan = _plan(self.run, found, due)
        refused = {finding.where: finding for finding in guard(plan, self.run.loaded.project.guard)}
        for send in due:
            if send.address in refused:
                self.run.skipped(send.verb, send.address, f"{refused[send.address].message}; nothing was sent")
        allowed = replace(plan, sends=tuple(send for send in due if send.address not in refused))
        refuse_unremembered(self.run, allowed)
        if app not in self.cleared and allowed.sends:
            refuse_forgotten(self.run, allowed)
            if any(part.state in UNSENT for send in allowed.sends for part in send.parts):
                self.cleared.add(app)  # nothing is looked for where nothing is about to leave
        keep_time(self.run, allowed)
        dispatch(self.run, allowed.sends, unapplied=())


def _declared(loaded: Loaded, app: str) -> list[Resource]:
    """The notifications of an app; campaigns are activated by an apply, which sees what they have become."""
    return [each for each in senders(loaded.resources) if each.app == app and each.kind == NOTIFICATION]


def _has_work(found: Sends) -> bool:
    return bool(found.due or found.lapsed or found.withdrawn or not all(each.is_announced for each in found.coming))


def _plan(run: Run, found: Sends, due: Sequence[Send]) -> Plan:
    """What the guard and the keeping of time ask of a plan; nobody reviews or saves this one."""
    return Plan(
        plan_id="",
        created_at=run.clock.now(),
        tool_version="",
        project=run.loaded.project.name,
        environment=run.loaded.project.environment,
        manifests_digest="",
        ledger="",
        changes=(),
        sends=tuple(due),
        skipped=(),
        findings=(),
        no_op=0,
        unmanaged=0,
        requests=0,
        coming=found.coming,
        lapsed=found.lapsed,
        withdrawn=found.withdrawn,
    )


def turns(loop: Loop, end: datetime | None) -> Iterable[datetime]:
    """Turn the loop until a time (UTC), or until its run is stopped; each turn's time of the next look comes back."""
    while not loop.run.stopping.is_set() and (end is None or loop.run.clock.now() < end):
        wake = loop.turn()
        yield wake
        wake = min(wake, end) if end is not None else wake
        loop.pause(max(0.0, (wake - loop.run.clock.now()).total_seconds()))
