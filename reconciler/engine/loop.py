"""The loop of `reconciler run`: send what falls due, app by app under its lease, and sleep until the next is due.

Apps are looked at side by side: one whose backend is slow, or asks to wait, keeps no other one waiting. Trouble with
one app, or with the ledger for a moment, is told and tried again soon; it ends nobody else's sends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from reconciler.engine.frozen import THAW, freeze_of, freeze_words
from reconciler.engine.holder import holder
from reconciler.engine.look import Cleared, look
from reconciler.engine.run import Run
from reconciler.errors import LedgerAway, LedgerError, LedgerLocked, ReconcilerError
from reconciler.model.event import Event, Happened

PATIENCE = 2.0
"""Seconds of the machine's clock that a turn waits for its looks; those that take longer go on beside the next ones."""

RETRY_SECONDS = 2.0
"""How soon is looked again at what another replica holds, or after the ledger was away."""

_PASSING = frozenset({"RC702", "RC710", "RC711", "RC712", "RC713", "RC714"})
"""What is soon over: the ledger is away or busy, or somebody else is at it."""

FAILED_SECONDS = 30.0
"""How soon an app is looked at again on which something failed: its backend may be back before a deadline is over."""

MOST_THREADS = 8
"""Apps that are looked at side by side; of more, some wait for a turn."""

STUCK_SECONDS = 900.0
"""A backend may ask for a wait of five minutes, several times; what goes on for longer than this hangs."""

_HEAL = ""
"""The name, that of no app, under which the apply of what needs no consent goes on."""


@dataclass(frozen=True, slots=True)
class Task:
    """What goes on beside the turns: when it is done, it says when (UTC) to look again; `since` is when it began, in
    seconds of the machine's clock.
    """

    doing: Future[datetime]
    since: float


@dataclass(slots=True)
class Loop:
    """One process that sends what falls due. `pause` waits some seconds of the run's clock, and returns early when the
    run is stopped; `heal` applies what needs no consent, but to the apps that it is given, once in an `interval`
    (seconds); `refresh` takes in what was declared meanwhile, before anything is looked at. `is_untold`: of a send that
    was made, or refused, the ledger could not be told, and it has stopped.
    """

    run: Run
    interval: float
    pause: Callable[[float], None]
    heal: Callable[[Run, Collection[str]], None] | None = None
    refresh: Callable[[], None] = lambda: None
    is_untold: bool = False
    _healed_at: datetime | None = None
    _cleared: Cleared = field(default_factory=Cleared)
    _pool: ThreadPoolExecutor | None = None
    _tasks: dict[str, Task] = field(default_factory=dict)
    """What goes on, by app; of each app one at a time."""
    _again: dict[str, datetime] = field(default_factory=dict)
    """When to look again at each app, as its last look has said."""

    @property
    def is_stuck(self) -> bool:
        """Whether something goes on for longer than any backend may ask to wait."""
        return any(time.monotonic() - task.since > STUCK_SECONDS for task in self._tasks.values())

    def turn(self) -> datetime:
        """Make everything that is due now; the time (UTC) of the next look."""
        before = self.run.loaded
        self.refresh()
        if self.run.loaded is not before:
            self._again.clear()
        now = self.run.clock.now()
        wake = now + timedelta(seconds=self.interval)
        try:
            freeze = freeze_of(self.run.ledger, self.run.clock)
        except LedgerError as error:
            self.run.report(Event(Happened.WAITING, "run", "every app", error.message, error.code, error.hint))
            return min(wake, now + timedelta(seconds=RETRY_SECONDS))
        if freeze is not None:
            self.run.report(Event(Happened.WAITING, "run", "every app", freeze_words(freeze), "RC717", THAW))
            return min(wake, freeze.until or wake, now + timedelta(seconds=FAILED_SECONDS))  # it may be lifted before
        if self.heal and (self._healed_at is None or (now - self._healed_at).total_seconds() >= self.interval):
            self._healed_at = now
            self._begin(_HEAL, partial(_healed, self.heal, frozenset(self._tasks)), ("apply", "the project"), wake)
            self._wait()  # what is sent may need what is made
        for app in _in_own_order(self.run.loaded.coordinates):
            if self._again.get(app, now) <= now:
                self._begin(app, partial(look, app=app, cleared=self._cleared), ("run", app), wake)
        self._wait()
        return min((wake, *self._again.values()))

    def end(self) -> None:
        """Let what has begun end, and begin nothing more."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
            self._wait()

    def _begin(
        self, name: str, work: Callable[[Run], Iterable[datetime]], what: tuple[str, str], wake: datetime
    ) -> None:
        if name not in self._tasks and not self.run.stopping.is_set():
            threads = min(MOST_THREADS, len(self.run.loaded.coordinates) + 1)  # they mostly wait
            self._pool = self._pool or ThreadPoolExecutor(threads, thread_name_prefix="look")
            self._tasks[name] = Task(self._pool.submit(self._kept, work, what, wake), time.monotonic())

    def _wait(self) -> None:
        """Wait for what goes on, but not long, and take down when to look again: soon, where it still does."""
        wait([task.doing for task in self._tasks.values()], PATIENCE)
        for name, task in list(self._tasks.items()):
            if not task.doing.done():
                self._again[name] = self.run.clock.now() + timedelta(seconds=RETRY_SECONDS)
                continue
            del self._tasks[name]
            if not task.doing.cancelled():
                self._again[name] = task.doing.result()
        if _HEAL not in self._tasks:
            self._again.pop(_HEAL, None)  # it has a time of its own

    def _kept(self, work: Callable[[Run], Iterable[datetime]], what: tuple[str, str], wake: datetime) -> datetime:
        """Do something in a part of the run, whose trouble (told of `what`: verb and subject) is nobody else's; when to
        look again, `wake` at the latest, and soon where anything failed.
        """
        run, (verb, subject) = replace(self.run.part(), events=[]), what
        try:
            wake = min((wake, *work(run)))
        except (LedgerAway, LedgerLocked) as waited:
            run.report(Event(Happened.WAITING, "hold", subject, waited.message, waited.code, waited.hint))
            return run.clock.now() + timedelta(seconds=RETRY_SECONDS)
        except ReconcilerError as error:
            run.failed(verb, subject, error)
        except Exception as bug:  # of ours, or an answer that nobody thought of
            run.failed(verb, subject, ReconcilerError(f"{type(bug).__name__}: {bug}", hint="please report it"))
        failed = [event for event in run.events if event.happened is Happened.FAILED]
        if any(event.exit_code == 8 for event in failed):
            self.is_untold = True  # the ledger does not know what became of a send: a person has to
            self.run.stopping.set()
        return min(wake, run.clock.now() + timedelta(seconds=_patience(failed))) if failed else wake


def _healed(heal: Callable[[Run, Collection[str]], None], busy: Collection[str], run: Run) -> Iterable[datetime]:
    heal(run, busy)
    return ()


def _in_own_order(apps: Iterable[str]) -> Sequence[str]:
    """The apps in an order of this process's own, so that replicas do not queue for the same one."""
    me = holder()
    return sorted(apps, key=lambda app: sha256(f"{me} {app}".encode()).digest())


def _patience(failed: Iterable[Event]) -> float:
    """After how many seconds what failed is tried again."""
    return RETRY_SECONDS if all(event.code in _PASSING for event in failed) else FAILED_SECONDS


def turns(loop: Loop, end: datetime | None) -> Iterable[datetime]:
    """Turn the loop until a time (UTC), or until its run is stopped; each turn's time of the next look comes back."""
    try:
        while not loop.run.stopping.is_set() and (end is None or loop.run.clock.now() < end):
            wake = loop.turn()
            yield wake
            wake = min(wake, end) if end is not None else wake
            loop.pause(max(0.0, (wake - loop.run.clock.now()).total_seconds()))
    finally:
        loop.end()
