"""The loop of `reconciler run`: send what falls due, app by app under its lease, and sleep until the next is due.

Trouble with one app, or with the ledger for a moment, is told and tried again soon; it ends nobody else's sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from reconciler.core.activation import senders
from reconciler.core.asked import Moment
from reconciler.core.compose import NOTIFICATION
from reconciler.core.edited import EDITED
from reconciler.core.guard import guard
from reconciler.core.sends import Sends, sends
from reconciler.core.unasked import withdrawn
from reconciler.engine.apply import refuse_forgotten, refuse_unremembered
from reconciler.engine.dispatch import dispatch
from reconciler.engine.frozen import freeze_of, freeze_words
from reconciler.engine.holder import holder
from reconciler.engine.leases import leased
from reconciler.engine.load import Loaded
from reconciler.engine.reach import reach
from reconciler.engine.run import Run
from reconciler.engine.timely import keep_time, stand_down
from reconciler.errors import LedgerAway, LedgerError, LedgerLocked, ReconcilerError
from reconciler.model.event import Event, Happened
from reconciler.model.plan import Plan
from reconciler.model.resource import Resource
from reconciler.model.send import UNSENT, UNSETTLED, Send, SendState

RETRY_SECONDS = 2.0
"""How soon is looked again at what another replica holds, or after the ledger was away."""

_PASSING = frozenset({"RC702", "RC710", "RC711", "RC712", "RC713", "RC714"})
"""What is soon over: the ledger is away or busy, or somebody else is at it."""

FAILED_SECONDS = 30.0
"""How soon an app is looked at again on which something failed: its backend may be back before a deadline is over."""


HELD_SECONDS = 60.0
"""How soon is looked again at what waits for a person: it may be decided by then."""

_JUST = timedelta(seconds=1)
"""After its deadline a send is too late, at it it is not."""


@dataclass(slots=True)
class Loop:
    """One process that sends what falls due. `pause` waits some seconds of the run's clock, and returns early when the
    run is stopped; `heal` applies what needs no consent, once in an `interval` (seconds); `refresh` takes in what was
    declared meanwhile, before anything is looked at.
    """

    run: Run
    interval: float
    pause: Callable[[float], None]
    heal: Callable[[Run], None] | None = None
    refresh: Callable[[], None] = lambda: None
    healed_at: datetime | None = None
    cleared: set[str] = field(default_factory=set)
    """Apps whose backend was asked once for sends that the ledger does not know, in this `session` with it."""
    session: int = 0

    def turn(self) -> datetime:
        """Make everything that is due now; the time (UTC) of the next look."""
        self.refresh()
        now = self.run.clock.now()
        wake = now + timedelta(seconds=self.interval)
        try:
            freeze = freeze_of(self.run)
        except LedgerError as error:
            self.run.report(Event(Happened.WAITING, "run", "every app", error.message, error.code))
            return min(wake, now + timedelta(seconds=RETRY_SECONDS))
        if freeze is not None:
            self.run.report(Event(Happened.WAITING, "run", "every app", freeze_words(freeze), "RC717"))
            return min(wake, freeze.until or wake, now + timedelta(seconds=FAILED_SECONDS))  # it may be lifted before
        self._heal(now)
        for app in _in_own_order(self.run.loaded.coordinates):
            if self.run.stopping.is_set():
                break
            before = len(self.run.events)
            wake = min(wake, self._looked_at(app, wake))
            failed = [event for event in self.run.events[before:] if event.happened is Happened.FAILED]
            if failed:
                wake = min(wake, self.run.clock.now() + timedelta(seconds=_patience(failed)))
            if any(event.exit_code == 8 for event in failed):
                self.run.stopping.set()  # the ledger does not know what became of a send: a person has to
        return wake

    def _heal(self, now: datetime) -> None:
        if self.heal is None or (self.healed_at and (now - self.healed_at).total_seconds() < self.interval):
            return
        self.healed_at = now
        part = self.run.part()
        try:
            self.heal(part)
        except ReconcilerError as error:
            part.failed("apply", "the project", error)

    def _looked_at(self, app: str, wake: datetime) -> datetime:
        """Make what is due on one app; when to look again, `wake` at the latest."""
        run = self.run.part()
        try:
            found = _found(run, app)
            for skip in found.skipped:
                if skip.why == EDITED:
                    run.skipped("send", skip.address, skip.detail)
            if _has_work(found):
                with leased(run, [run.loaded.coordinates[app]], 0.0):
                    # What another replica did before the lease was ours is in the ledger by now.
                    found = _found(run, app)
                    self._make(run, app, found)
            return min((wake, *_moments(found, run.clock.now())))
        except (LedgerAway, LedgerLocked) as waited:
            run.report(Event(Happened.WAITING, "hold", app, waited.message, waited.code))
            return run.clock.now() + timedelta(seconds=RETRY_SECONDS)
        except ReconcilerError as error:
            run.failed("run", app, error)
            return wake
        except Exception as bug:  # of ours, or an answer that nobody thought of: it is one app's trouble
            run.failed(
                "run", app, ReconcilerError(f"{type(bug).__name__}: {bug}", code="RC500", hint="please report it")
            )
            return wake

    def _make(self, run: Run, app: str, found: Sends) -> None:
        due = found.due
        if run.loaded.project.guard.max_recipients is not None:
            due = tuple(reach(run.loaded, run.providers, due, {}))
        plan = _plan(run, found, due)
        stand_down(run, plan)
        allowed = replace(plan, sends=_allowed(run, plan))
        refuse_unremembered(run, allowed)
        if self.session != run.ledger.sessions():
            # Another server may have answered, a standby perhaps that had not heard of the last sends.
            self.cleared.clear()
            self.session = run.ledger.sessions()
        if app not in self.cleared and allowed.sends:
            refuse_forgotten(run, allowed)
            if any(part.state in UNSENT for send in allowed.sends for part in send.parts):
                self.cleared.add(app)  # nothing is looked for where nothing is about to leave
        keep_time(run, plan)  # what may not leave now is remembered all the same
        dispatch(run, allowed.sends, unapplied=())


def _allowed(run: Run, plan: Plan) -> tuple[Send, ...]:
    """The due sends that lack no consent and are within the guard; the others are told of."""
    refused = {finding.where: finding for finding in guard(replace(plan, coming=()), run.loaded.project.guard)}
    for send in plan.sends:
        if send.address in refused:
            run.skipped(send.verb, send.address, f"{refused[send.address].message}; nothing was sent")
    for send in plan.coming:
        if send.consent:
            run.skipped(send.verb, send.address, f"{send.occurrence} will need consent: {send.blocked}")
    return tuple(send for send in plan.sends if send.address not in refused)


def _moments(found: Sends, now: datetime) -> Iterable[datetime]:
    """When to look again: what comes, what is too late by then, and what waits for somebody's word, or has got it."""
    yield from (send.scheduled_at for send in found.coming if send.scheduled_at)
    over = (send.deadline_at + _JUST for send in found.due if send.deadline_at)
    yield from (moment for moment in over if moment > now)
    if any(send.state in UNSETTLED or send.state is SendState.HELD for send in found.due):
        yield now + timedelta(seconds=HELD_SECONDS)


def _in_own_order(apps: Iterable[str]) -> Sequence[str]:
    """The apps in an order of this process's own, so that replicas do not queue for the same one."""
    me = holder()
    return sorted(apps, key=lambda app: sha256(f"{me} {app}".encode()).digest())


def _patience(failed: Iterable[Event]) -> float:
    """After how many seconds what failed is tried again."""
    return RETRY_SECONDS if all(event.code in _PASSING for event in failed) else FAILED_SECONDS


def _found(run: Run, app: str) -> Sends:
    """What is due, comes, and is over of the notifications that have a time; those without one leave with an apply,
    which somebody has reviewed.
    """
    loaded, now = run.loaded, run.clock.now()
    run.ledger.begin(now)
    moment = Moment(now, run.ledger.since())
    records = [row for row in run.ledger.sends([loaded.coordinates[app]]) if row.kind == NOTIFICATION]
    # Those that an apply makes come last: until they are made, they stand in the way of none that says the same.
    declared = sorted(_declared(loaded, app), key=lambda each: "schedule" not in each.spec)
    found = sends(declared, loaded.dialects, loaded.coordinates, records, moment)
    due = tuple(send for send in found.due if send.scheduled_at is not None)
    # What waits on the backend for a time that nothing asks for any more must not leave then.
    left = {send.send_key for send in found.due if send.scheduled_at is None and send.reopens}
    return replace(
        found,
        due=due,
        withdrawn=(*found.withdrawn, *(withdrawn(row, app) for row in records if row.send_key in left)),
    )


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
