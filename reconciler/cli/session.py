"""A project opened for one command: loaded, its ledger at hand, its backends connected; everything let go of at the
end.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from reconciler.cli.rehearsal import clock_for
from reconciler.cli.terminal import note, option
from reconciler.engine.load import Loaded, load, placing
from reconciler.engine.observe import make_plan
from reconciler.engine.run import Run
from reconciler.engine.stopping import Stopping
from reconciler.model.event import Event
from reconciler.model.plan import Plan
from reconciler.model.project import EnvRef, Project
from reconciler.ports import Clock
from reconciler.providers.secrets import secret_of

if TYPE_CHECKING:
    from reconciler.ledger.sql import SqlLedger
    from reconciler.providers.connect import Connections


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with."""

    loaded: Loaded
    ledger: SqlLedger
    ledger_is_local: bool
    connections: Connections
    clock: Clock

    def run(self, tell: Callable[[Event], None]) -> Run:
        """An apply on this project."""
        return Run(self.loaded, self.ledger, self.connections.providers, self.clock, tell)

    def plan(self, *, is_bound: bool) -> Plan:
        """The plan as of now; `is_bound` where it is saved, or compared with one that was."""
        return make_plan(self.loaded, self.ledger, self.connections, self.clock, is_bound=is_bound)


@contextmanager
def session(*, create_ledger: bool, clock: str = "", is_quiet: bool = False) -> Iterator[Session]:
    """Open the project that `--project` and `--env` name; `clock` is that of a rehearsal; `is_quiet`: stderr is for
    others. Raises `ConfigError`, `LedgerError`.
    """
    loaded = load(option("project_file"), option("environment"), meanwhile=_import_libraries)
    from reconciler.providers.connect import connect

    with placing(loaded.project):
        chosen = clock_for(loaded.project, clock)
        connections = connect(loaded.project, os.environ, chosen, _silent if is_quiet or option("quiet") else note)
    try:
        with open_ledger(loaded.project, create=create_ledger) as (ledger, is_local):
            yield Session(loaded, ledger, is_local, connections, chosen)
    finally:
        connections.close()


def _import_libraries() -> None:
    """Load what takes long to load while other cores read the manifests."""
    importlib.import_module("reconciler.ledger.sql")
    importlib.import_module("reconciler.providers.connect")


def _silent(text: str) -> None:
    del text


@contextmanager
def open_ledger(project: Project, *, create: bool) -> Iterator[tuple[SqlLedger, bool]]:
    """The project's ledger, and whether it is a file of this machine.

    Raises `LedgerError`, and `ConfigError` for an unset variable.
    """
    from reconciler.ledger.connect import sqlite_path
    from reconciler.ledger.sql import SqlLedger

    named = project.ledger
    with placing(project):
        url = secret_of(project, named, os.environ) if isinstance(named, EnvRef) else named
    ledger = SqlLedger(url, project.root, create=create)
    try:
        yield ledger, sqlite_path(url) is not None
    finally:
        ledger.close()


class Stop:
    """What SIGINT and SIGTERM do: the first lets what has begun end and starts nothing new, the second ends the
    process; so do `seconds` after the first (0: never), which is as safe as any kill.
    """

    def __init__(self, stopping: Stopping, *, is_quiet: bool = False, seconds: float = 0.0) -> None:
        self.stopping, self._is_quiet = stopping, is_quiet
        self._seconds = seconds if hasattr(signal, "setitimer") else 0.0
        self.exit_code = 0

    def __enter__(self) -> Stop:
        numbers = (signal.SIGINT, signal.SIGTERM, *((signal.SIGALRM,) if self._seconds else ()))
        self._before = {number: signal.signal(number, self._stop) for number in numbers}
        return self

    def __exit__(self, *_: object) -> None:
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, action in self._before.items():
            signal.signal(number, action)

    def over(self, code: int) -> int:
        """The exit code of a run that came to `code`: the signal's, unless a send's outcome is unknown."""
        return self.exit_code if self.exit_code and code != 8 else code

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.exit_code:
            os._exit(self.exit_code)
        self.exit_code = 128 + number
        self.stopping.set()
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
        if not self._is_quiet:
            note("stopping: what has begun is finished, nothing new begins (again to leave at once)")
