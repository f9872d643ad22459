"""Perform a plan: resources first, in parallel, each intended before and settled after; then the sends, one after
another.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import groupby

from reconciler.core.activation import ALREADY_ACTIVE
from reconciler.engine.already import remember_active
from reconciler.engine.dispatch import dispatch
from reconciler.engine.frozen import refuse_frozen
from reconciler.engine.leases import AT_ONCE, HELD, Hold, leased
from reconciler.engine.observe import THREADS, is_ci
from reconciler.engine.rebuild import forgotten
from reconciler.engine.reopen import reopened
from reconciler.engine.run import Run
from reconciler.engine.timely import keep_time, stand_down
from reconciler.errors import GuardRefused, LedgerError, LedgerLocked, ProviderError, ReconcilerError, StalePlan
from reconciler.model.change import Action, Change
from reconciler.model.event import Event, Happened
from reconciler.model.kind import SendClass
from reconciler.model.plan import Plan
from reconciler.model.send import UNSENT, Send
from reconciler.ports import Provider

CHUNK = 64
"""Changes of one app that one worker intends together and then performs: one durable write instead of many."""

USED = "this plan was applied before; a plan is applied once"

LOCAL_LEDGER = "RECONCILER_LOCAL_LEDGER"


def apply(
    run: Run, plan: Plan, *, ledger_is_local: bool, environ: Mapping[str, str] = os.environ, hold: Hold = AT_ONCE
) -> None:
    """Perform a plan that the guard let pass, holding the leases of its apps. Raises before its first effect, or not at
    all: what happens is in the run's events.

    Raises `StalePlan` if the plan was used up or another run has moved what it is about, `LedgerLocked` if another run
    holds one of its apps for longer than `hold` waits, `GuardRefused` for sends from a ledger that will not outlive the
    job, or that nobody has vouched for where only a ledger can know, and `LedgerError` if the backend shows sends that
    the ledger has forgotten.
    """
    if plan.sends and ledger_is_local:
        refuse_short_lived(environ)
    refuse_frozen(run)
    refuse_unremembered(run, plan)
    refuse_forgotten(run, plan)
    touched = _touched(run, plan)
    used = StalePlan(USED, code="RC502", hint="make a new one with `reconciler plan`")
    try:
        with leased(run, touched, hold.timeout):
            _refuse_moved(run, touched, hold.since)
            refuse_frozen(run)  # since the lease was waited for
            if not run.ledger.consume(plan.plan_id):
                raise used
            _perform_leased(run, plan)
    except LedgerLocked as locked:
        # Whoever holds the lease applies this very plan.
        if locked.code == HELD and run.ledger.is_consumed(plan.plan_id):
            raise used from locked
        raise


def _perform_leased(run: Run, plan: Plan) -> None:
    run.ledger.begin(run.clock.now())
    done = _perform_all(run, plan.changes)
    if not run.stopping.is_set():
        _keep_time(run, plan)
    dispatch(run, plan.sends, unapplied={change.key for change in plan.changes} - done)


def _touched(run: Run, plan: Plan) -> set[str]:
    """The coordinates of every app that a plan changes, sends to, or keeps the time of."""
    apps = {change.app for change in plan.changes} | {send.app for send in (*plan.sends, *plan.lapsed)}
    apps |= {send.app for send in plan.coming if not send.is_announced}
    apps |= {skip.address.partition("/")[0] for skip in plan.skipped if skip.why == ALREADY_ACTIVE}
    apps |= {each.address.partition("/")[0] for each in plan.withdrawn}
    return {run.loaded.coordinates[app] for app in apps}


def _refuse_moved(run: Run, touched: Collection[str], since: int | None) -> None:
    """Between planning and holding the leases, another run may have had them."""
    moved = run.ledger.moved_since(since, touched) if since is not None else ""
    if moved:
        message = f"another run was faster; since this plan was made, it wrote {moved}"
        raise StalePlan(message, code="RC501", hint="make a new one with `reconciler plan`")


def _keep_time(run: Run, plan: Plan) -> None:
    try:
        remember_active(run, plan.skipped)
        stand_down(run, plan)
        keep_time(run, plan)
    except LedgerError as error:
        run.stopping.set()
        run.failed("record", "ledger", error)


def refuse_short_lived(environ: Mapping[str, str]) -> None:
    """A local ledger ends with the CI job that it is used in. Raises `GuardRefused` (RC420)."""
    if is_ci(environ) and environ.get(LOCAL_LEDGER) != "accept":
        raise GuardRefused(
            "a local ledger does not outlive a CI job, and without it the next run would send again",
            code="RC420",
            hint=f"use a shared ledger (`spec.ledger`), or set {LOCAL_LEDGER}=accept if this file is kept",
        )


def refuse_unremembered(run: Run, plan: Plan) -> None:
    """Where a backend shows nothing of what was sent, only the ledger knows; it must be the right one."""
    blind = [send for send in plan.sends if _is_blind(run, send) and any(part.state in UNSENT for part in send.parts)]
    if blind and not run.ledger.is_initialised():
        raise GuardRefused(
            f"`{blind[0].address}` leaves no trace on its backend, and nobody has said that this ledger is the memory "
            "of what was sent so far",
            code="RC421",
            hint="if this ledger is the right one, or nothing was sent before, say so with\n  reconciler init",
        )


def _is_blind(run: Run, send: Send) -> bool:
    return run.loaded.dialects[send.app].sends.class_of(send.parts[0].target) is SendClass.C4


def refuse_forgotten(run: Run, plan: Plan) -> None:
    """A marker on the backend that the ledger does not hold as sent means a lost or an old ledger: sending on would
    send twice.
    """
    for app in dict.fromkeys(send.app for send in plan.sends if any(part.state in UNSENT for part in send.parts)):
        unknown = forgotten(run, app)
        if unknown:
            raise LedgerError(
                f"{run.loaded.coordinates[app]} shows {len(unknown)} sends of ours that this ledger does not know, "
                f"such as `{unknown[0].name}`: it is lost or older than the backend",
                code="RC720",
                hint="restore the ledger, or take them over with\n  reconciler sends rebuild",
            )


def _perform_all(run: Run, changes: Sequence[Change]) -> set[tuple[str, str, str]]:
    """Perform the changes stage by stage; the keys of those that are done."""
    done: set[tuple[str, str, str]] = set()
    for _, stage in groupby(changes, key=lambda change: change.action is Action.DELETE):
        with ThreadPoolExecutor(THREADS) as pool:
            working = [pool.submit(_perform_chunk, run, chunk) for chunk in _chunks(stage)]
            wait(working)
        for work in working:
            done.update(work.result())
    try:
        run.ledger.flush()
    except LedgerError as error:
        run.stopping.set()
        run.failed("record", "ledger", error)
    return done


def _chunks(changes: Iterable[Change]) -> Iterable[list[Change]]:
    everything = sorted(changes, key=lambda change: change.app)
    # Few changes are spread over all workers, many are written down together.
    size = max(1, min(CHUNK, len(everything) // THREADS))
    for _, of_app in groupby(everything, key=lambda change: change.app):
        listed = list(of_app)
        yield from (listed[start : start + size] for start in range(0, len(listed), size))


def _perform_chunk(run: Run, chunk: Sequence[Change]) -> set[tuple[str, str, str]]:
    coordinates = run.loaded.coordinates[chunk[0].app]
    if run.stopping.is_set():
        for change in chunk:
            run.skipped(change.action, change.address, "the run was stopped")
        return set()
    try:
        refuse_frozen(run)
        run.ledger.intend(coordinates, chunk)
    except LedgerError as error:
        run.stopping.set()
        for change in chunk:
            run.failed(change.action, change.address, error)
        return set()
    return {change.key for change in chunk if _perform(run, coordinates, change)}


def _perform(run: Run, coordinates: str, change: Change) -> bool:
    if run.stopping.is_set():
        run.ledger.settle(coordinates, change, "", "not attempted: the run was stopped")
        run.skipped(change.action, change.address, "the run was stopped")
        return False
    began = time.monotonic()
    run.report(Event(Happened.STARTED, change.action, change.address))
    try:
        with reopened(run, change):
            remote_id = _effect(run.providers[change.app], change)
        run.ledger.settle(coordinates, change, remote_id)
    except ProviderError as error:
        if error.changed is False:
            run.ledger.settle(coordinates, change, "", error.message)
        run.failed(change.action, change.address, error, time.monotonic() - began)
        return False
    except ReconcilerError as error:
        run.stopping.set()
        run.failed(change.action, change.address, error, time.monotonic() - began)
        return False
    run.report(
        Event(Happened.SUCCEEDED, change.action, change.address, change.reason, seconds=time.monotonic() - began)
    )
    return True


def _effect(provider: Provider, change: Change) -> str:
    """Make the change on the backend; taking over what is already as wanted touches the ledger only."""
    if change.action is Action.FORGET or (change.action is Action.ADOPT and not change.fields):
        return change.remote_id or change.name
    return provider.perform(change)
