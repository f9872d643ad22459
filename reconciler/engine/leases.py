"""Hold the leases of apps while something is done to them: waited for, kept by heartbeats, given back at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from reconciler.engine.holder import holder, is_dead
from reconciler.engine.run import Run
from reconciler.errors import LedgerError, LedgerLocked
from reconciler.model.lease import LEASE_SECONDS, Lease
from reconciler.ports import Ledger

PATIENCE = 0.2
"""Seconds between two looks at a lease that somebody else holds."""

HELD, LOST = "RC713", "RC714"

_held: set[str] = set()
"""The leases that this process holds now. One of this process that is not among them was left behind by a run that
could not give it back.
"""

_acquiring = threading.Lock()


@dataclass(frozen=True, slots=True)
class Hold:
    """How an apply takes its leases: waited for `timeout` seconds, and refused if anything was written about their apps
    after entry `since` of the ledger, which is where the plan was made (None: whatever was written).
    """

    timeout: float = 0.0
    since: int | None = None


AT_ONCE = Hold()


@contextmanager
def leased(run: Run, coordinates: Collection[str], timeout: float, seconds: float = LEASE_SECONDS) -> Iterator[None]:
    """Hold the leases of these apps, all of them, waited for `timeout` seconds at most; they last `seconds`.

    When one is lost, the run is stopped: what has begun ends, nothing new begins, and the ledger takes no further word
    about its app. Raises `LedgerLocked` where somebody else holds one for longer, or the run is stopped meanwhile.
    """
    if not coordinates:
        yield
        return
    lease_id = _acquired(run, coordinates, timeout, seconds)
    heart = _Heart(run, coordinates, seconds)
    heart.start()
    try:
        yield
    finally:
        heart.stop()
        try:
            # It expires by itself, and nobody waits that long for a process that is no more.
            with suppress(LedgerError):
                run.ledger.release(coordinates)
        finally:
            _held.discard(lease_id)  # not before: until then, no thread of this process may take it for left behind


def may_be_taken(lease: Lease) -> bool:
    """Whether whoever held a lease certainly does not any more, though it has not expired."""
    return is_dead(lease.holder) or (lease.holder == holder() and lease.lease_id not in _held)


def _acquired(run: Run, coordinates: Collection[str], timeout: float, seconds: float) -> str:
    until = time.monotonic() + timeout
    while True:
        try:
            with _acquiring:  # or another thread would take it for one that was left behind
                lease_id = run.ledger.acquire(coordinates, holder(), may_be_taken, seconds)[0].lease_id
                _held.add(lease_id)
            return lease_id
        except LedgerLocked:
            left = until - time.monotonic()
            if left <= 0 or run.stopping.wait(min(left, PATIENCE)):
                raise


class _Heart:
    """A thread that renews the leases of some apps, and stops their run when one is lost."""

    def __init__(self, run: Run, coordinates: Collection[str], seconds: float) -> None:
        self._run, self._coordinates, self._seconds = run, coordinates, seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="leases", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(self._seconds)

    def _beat(self) -> None:
        kept = time.monotonic()
        while not self._over.wait(self._seconds / 3):
            began = time.monotonic()
            failure = _renewed(self._run.ledger, self._coordinates)
            if failure is None:
                kept = began
            elif failure.code == LOST or time.monotonic() - kept > self._seconds:
                self._run.stopping.set()
                self._run.failed("hold", "leases", failure)
                return


def _renewed(ledger: Ledger, coordinates: Collection[str]) -> LedgerError | None:
    """Why leases could not be renewed; None where they were."""
    try:
        ledger.renew(coordinates)
    except LedgerError as error:
        return error
    return None
