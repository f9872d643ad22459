"""What one apply works with, and what it has come to: shared by everything that performs a plan."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.engine.load import Loaded
from reconciler.engine.stopping import Stopping
from reconciler.errors import ReconcilerError, Unauthorized
from reconciler.model.event import Event, Happened
from reconciler.ports import Clock, Ledger, Provider

GRAVITY = (8, 7, 9, 6, 5, 4, 3, 1)
"""Exit codes, the gravest first."""


def gravest(codes: set[int]) -> int:
    """The exit code that wins among several; 0 of none."""
    return next((code for code in GRAVITY if code in codes), 0)


@dataclass(slots=True)
class Run:
    """One apply: the doors it uses and the events so far. `stopping` turns true on a signal: what has begun ends,
    nothing new begins.
    """

    loaded: Loaded
    ledger: Ledger
    providers: Mapping[str, Provider]
    clock: Clock
    tell: Callable[[Event], None]
    stopping: Stopping = field(default_factory=Stopping)
    events: list[Event] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def part(self) -> Run:
        """The same run, whose trouble ends nothing but this part of it."""
        return replace(self, stopping=self.stopping.part())

    def report(self, event: Event) -> None:
        """Keep an event and pass it on; safe from every thread."""
        with self._turn:
            if event.happened is not Happened.STARTED:
                self.events.append(event)
            self.tell(event)

    def failed(self, verb: str, subject: str, error: ReconcilerError, seconds: float = 0.0) -> None:
        """Report what could not be done."""
        code = 9 if isinstance(error, Unauthorized) or error.code == "RC601" else error.exit_code
        self.report(Event(Happened.FAILED, verb, subject, error.message, error.code, error.hint, code, seconds))
        if code == 9:
            # Every further request would be refused alike.
            self.stopping.set()

    def skipped(self, verb: str, subject: str, why: str) -> None:
        """Report what was not attempted."""
        self.report(Event(Happened.SKIPPED, verb, subject, why))

    def exit_code(self) -> int:
        """The process's exit code: 7 where something was done and something was not."""
        done = any(event.happened is Happened.SUCCEEDED for event in self.events)
        codes = {event.exit_code for event in self.events if event.exit_code}
        left = any(event.happened in (Happened.FAILED, Happened.SKIPPED) for event in self.events)
        if left and done:
            codes.add(7)
        elif left and not codes:
            codes.add(1)
        return gravest(codes)
