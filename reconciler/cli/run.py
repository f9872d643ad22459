"""`reconciler run`: stay, and send what falls due."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import click

from reconciler.cli.journal import Journal, read_address
from reconciler.cli.rehearsal import clock_option, given, parse_clock, parse_moment
from reconciler.cli.session import Session, Stop, session
from reconciler.cli.terminal import option
from reconciler.core.guard import guard
from reconciler.core.schedule import duration
from reconciler.engine.apply import apply, refuse_short_lived
from reconciler.engine.loop import Loop, turns
from reconciler.engine.observe import make_plan
from reconciler.engine.run import Run
from reconciler.engine.watch import Watch
from reconciler.errors import ReconcilerError

STEP = 0.5
"""Seconds of the machine's clock between two looks at whether the run is to end."""

LEAVE_SECONDS = 28.0
"""How long after SIGTERM a request may still be waited for; whoever sent it kills after 30."""


@click.command("run")
@click.option("--interval", default="60s", show_default=True, metavar="DURATION", help="At the latest, look again")
@click.option("--until", "end", callback=given, metavar="INSTANT", help="Leave at that time, with exit code 0")
@click.option("--listen", callback=given, metavar="HOST:PORT", help="Serve /healthz and /metrics there")
@click.option("--apply", "heals", is_flag=True, help="Also apply changes, as far as none needs consent")
@clock_option
def command(interval: str, end: str, listen: str, heals: bool, clock: str) -> int:
    """Send what falls due, until told to stop; the log goes to stderr, a line of JSON for each event.

    Several may run at once on one shared ledger: they share the apps by lease, and each send is made once.

    \b
    Example:
      reconciler run
      reconciler run --listen 127.0.0.1:9090 --apply
      reconciler --env rehearsal run --clock 2026-11-27T07:59:00Z*60 --until 2026-11-28T00:00:00Z
    """
    gc.enable()  # switched off for commands that end soon; this one stays
    try:
        every = duration(interval).total_seconds()
    except ValueError as error:
        raise click.UsageError(f"`--interval`: {error}") from None
    last = parse_moment(end, "--until") if end else None
    address = read_address(listen) if listen else None
    speed = parse_clock(clock)[1] if clock else 1.0
    with session(create_ledger=True, clock=clock, is_quiet=True) as opened:
        if opened.ledger_is_local:
            refuse_short_lived(os.environ)
        journal = Journal(sys.stderr, opened.clock)
        with journal.listening(*address) if address else nullcontext():
            return _stay(opened, journal, (every, last, speed), heals=heals)


def _stay(opened: Session, journal: Journal, times: tuple[float, datetime | None, float], *, heals: bool) -> int:
    every, last, speed = times
    run = opened.run(journal.tell)
    watch = Watch(option("project_file"), option("environment"), run.loaded)
    with Stop(run.stopping, is_quiet=True, seconds=LEAVE_SECONDS) as stop:
        heal = partial(_heal, opened) if heals else None
        loop = Loop(run, every, lambda seconds: _pause(run, seconds, speed), heal)
        loop.refresh = lambda: _refresh(run, watch, journal)
        journal.say("info", "started", apps=len(run.loaded.coordinates), interval=every)
        for wake in turns(loop, last):
            if not loop.is_stuck:
                journal.turned(wake)
        journal.say("info", "stopped")
        return stop.over(8 if loop.is_untold else 0)  # whether or not a signal came too


def _refresh(run: Run, watch: Watch, journal: Journal) -> None:
    """Forget what was told, and take in what was declared meanwhile."""
    run.events.clear()
    try:
        run.loaded = watch.fresh(run.loaded)
    except ReconcilerError as error:
        journal.failed("reload", error)


def _heal(opened: Session, run: Run, busy: Collection[str]) -> None:
    """Apply what has drifted or changed, as far as nobody's consent is needed; sends are none of it. The apps that are
    `busy` are left for the next time.
    """
    plan = make_plan(run.loaded, run.ledger, opened.connections, run.clock, is_bound=False)
    wanted = (change for change in plan.changes if change.app not in busy)
    changes = tuple(change for change in wanted if not change.consent and not change.reopens)
    for change in plan.changes:
        if change.consent:
            needs = f"needs consent: {change.reason}; allow it with `reconciler apply {change.consent}`"
            run.skipped(change.action, change.address, f"`{change.action}` {needs}")
        elif change.reopens:
            run.skipped(
                change.action, change.address, "it takes an activation back, which only `reconciler apply` does"
            )
    quiet = replace(plan, changes=changes, sends=(), coming=(), lapsed=(), withdrawn=(), skipped=())
    refusals = guard(quiet, run.loaded.project.guard)
    refusals = (*(each for each in plan.findings if each.is_error), *refusals)
    for refusal in refusals:
        run.skipped("apply", str(refusal.where or "the plan"), refusal.message)
    if changes and not refusals:
        apply(run, quiet, ledger_is_local=opened.ledger_is_local)


def _pause(run: Run, seconds: float, speed: float) -> None:
    """Let time pass, in steps, until the run is stopped: less where the machine slept meanwhile, and no more where its
    clock is set back.
    """
    until, left = run.clock.now() + timedelta(seconds=seconds), seconds
    while left > 0 and not run.stopping.is_set():
        step = min(left, STEP * speed)
        run.clock.sleep(step)
        left = min(left - step, (until - run.clock.now()).total_seconds())
