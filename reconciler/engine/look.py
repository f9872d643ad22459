"""Look at one app for `reconciler run`: make what is due on it, under its lease, and say when to look again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.core.activation import senders
from reconciler.core.asked import Moment
from reconciler.core.compose import NOTIFICATION
from reconciler.core.edited import EDITED
from reconciler.core.guard import guard
from reconciler.core.sends import Sends, sends
from reconciler.core.unasked import withdrawn
from reconciler.engine.apply import refuse_forgotten, refuse_unremembered
from reconciler.engine.dispatch import dispatch
from reconciler.engine.leases import leased
from reconciler.engine.load import Loaded
from reconciler.engine.reach import reach
from reconciler.engine.run import Run
from reconciler.engine.timely import keep_time, stand_down
from reconciler.model.plan import Plan
from reconciler.model.resource import Resource
from reconciler.model.send import UNSENT, UNSETTLED, Send, SendState

HELD_SECONDS = 60.0
"""How soon is looked again at what waits for a person: it may be decided by then."""

_JUST = timedelta(seconds=1)
"""After its deadline a send is too late, at it it is not."""


@dataclass(slots=True)
class Cleared:
    """Apps whose backend was asked once for sends that the ledger does not know, in this `session` with it."""

    apps: set[str] = field(default_factory=set)
    session: int = 0


def look(run: Run, app: str, cleared: Cleared) -> Iterable[datetime]:
    """Make what is due on one app; times (UTC) of which the first is when to look again, none where nothing comes.

    Raises `LedgerLocked` where somebody else holds the app, and any other `ReconcilerError`: nothing that was under way
    is left without its word in the ledger.
    """
    found = _found(run, app)
    for skip in found.skipped:
        if skip.why == EDITED:
            run.skipped("send", skip.address, skip.detail)
    if _has_work(found):
        with leased(run, [run.loaded.coordinates[app]], 0.0):
            # What another replica did before the lease was ours is in the ledger by now.
            found = _found(run, app)
            _make(run, app, found, cleared)
    return _moments(found, run.clock.now())


def _make(run: Run, app: str, found: Sends, cleared: Cleared) -> None:
    due = found.due
    if run.loaded.project.guard.max_recipients is not None:
        due = tuple(reach(run.loaded, run.providers, due, {}))
    plan = _plan(run, found, due)
    stand_down(run, plan)
    allowed = replace(plan, sends=_allowed(run, plan))
    refuse_unremembered(run, allowed)
    if cleared.session != run.ledger.sessions():
        # Another server may have answered, a standby perhaps that had not heard of the last sends.
        cleared.apps.clear()
        cleared.session = run.ledger.sessions()
    if app not in cleared.apps and allowed.sends:
        refuse_forgotten(run, allowed)
        if any(part.state in UNSENT for send in allowed.sends for part in send.parts):
            cleared.apps.add(app)  # nothing is looked for where nothing is about to leave
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
