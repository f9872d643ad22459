"""A shop on either database whose first push breaks as a fault has it, whose processes stop where a test says, and
whose ledger can be taken away and restored from an old backup.
"""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from reconciler.model.send import UNSETTLED, SendState
from tests.support.postgres import Server
from tests.support.processes import Ended, Forks, Process
from tests.support.project import notification
from tests.support.shop import LEDGER, PUSH, Shop, wait_until

SENDS = ("first", "second")
IMPATIENT = {
    "reconciler.engine.insist.PATIENCE": 0.3,
    "reconciler.ledger.engines.BUSY_SECONDS": 1,
}
"""How long the program waits for a ledger that is away, and for one that is locked, in seconds."""


@dataclass(frozen=True)
class Fault:
    """What the sandbox does to the first push. `arrives`: it is delivered all the same; `told`: what a run writes down
    of it at once; `asks`: a run that is left alone asks a person in the end.
    """

    rules: Sequence[Mapping[str, Any]]
    arrives: bool
    told: SendState
    asks: bool = False
    timeout: float = 10.0


class Housed(Shop):
    """A shop with two sends, and with a ledger on either database: PostgreSQL where there is a `server`."""

    def __init__(self, url: str, folder: Path, forks: Forks, server: Server | None) -> None:
        super().__init__(url, folder, forks)
        self.server = server
        self.is_patient = False
        self._timeout = 10.0
        self._give_back: Callable[[], None] | None = None
        self.house(server.database() if server else LEDGER)

    def house(self, ledger: str, *names: str) -> None:
        """Keep the ledger there from now on, and declare these sends: all, unless it says which."""
        self.ledger = ledger
        self.declare(*map(notification, names or SENDS), ledger=ledger)

    def start(self, *arguments: str, **armed: Any) -> Process:
        constants = {} if self.is_patient else IMPATIENT
        timeout = {"reconciler.providers.client.TIMEOUT": self._timeout}
        return super().start(*arguments, constants={**constants, **timeout}, **armed)

    def apply_stopped(self, at: tuple[int, str], *arguments: str) -> Process:
        """An apply that has stopped, as a paused machine does, at a step."""
        process = self.start("apply", *(arguments or ["--auto-approve"]), stop=at)
        wait_until(lambda: state_of(process) == "T")
        return process

    def apply_under_way(self) -> Process:
        """An apply whose first push has reached the backend, and is not answered yet."""
        process = self.start("apply", "--auto-approve")
        wait_until(lambda: self.pushes_begun() == 1)
        return process

    def code_of(self, *arguments: str, **armed: Any) -> int:
        return self.run(*arguments, **armed).code

    # The backend.

    def break_first_push(self, fault: Fault, seconds: float = 0.0) -> None:
        """The next push, and no other, takes some more seconds and then breaks."""
        where = {"method": "POST", "path": self.root + PUSH, "nth": 1}
        rules = [{"effect": "delay", "seconds": seconds}, *fault.rules]
        self.admin("PUT", "faults", {"rules": [{**where, **rule} for rule in rules]})
        self._timeout = fault.timeout
        self.ended_before = self.pushes_ended()

    def resolve_truthfully(self) -> None:
        self.wait_for_pushes()
        super().resolve_truthfully()

    def asked(self, left: SendState | None, fault: Fault) -> int:
        """How often a person must be asked about the first send, given where it stands in the ledger."""
        is_made = self.pushes_begun() > 0
        return (left in UNSETTLED and not (is_made and fault.arrives)) + (not is_made and fault.asks)

    # The ledger.

    def take_away(self, process: Process) -> None:
        """From here on, a (stopped) process cannot write its ledger: a full disk, or a server that is down."""
        if self.server:
            self.server.stop()
            self._give_back = self.server.start
        else:
            size = self.ledger_file().with_name("ledger.db-wal").stat().st_size
            _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, hard))

    def lock(self, process: Process) -> None:
        """From here on, nobody can write the ledger: somebody else is in the middle of it."""
        del process
        if self.server:
            held: Any = psycopg.connect(self.ledger)
            held.execute("LOCK TABLE sends IN EXCLUSIVE MODE")
        else:
            held = sqlite3.connect(self.ledger_file(), isolation_level=None)
            held.execute("BEGIN IMMEDIATE")
        self._give_back = held.close

    def give_back(self) -> None:
        if self._give_back:
            self._give_back()
            self._give_back = None

    def continued(self, process: Process) -> Ended:
        process.send_signal(signal.SIGCONT)
        return process.wait()

    def break_lease(self) -> None:
        lease = json.loads(self.run("lock", "status", "--json").out)["leases"][0]["lease_id"]
        assert self.code_of("lock", "release", lease) == 0

    def exported(self) -> Callable[[], None]:
        """Export the ledger; what comes back restores that."""
        assert self.code_of("ledger", "export", "backup.jsonl") == 0

        def restore() -> None:
            if self.server:
                self.house(self.server.database())
            else:
                self.lose_ledger()
            assert self.code_of("ledger", "import", "backup.jsonl") == 0

        return restore

    def copied(self) -> Callable[[], None]:
        """Copy the ledger's files, or its database; what comes back restores that."""
        if self.server is None:
            copy = self.folder / "backup"
            self.copy_ledger(copy)
            return lambda: self.restore_ledger(copy)
        name = make_url(self.ledger).database
        with self.server.admin() as connection:
            connection.execute(f'CREATE DATABASE "{name}_copy" TEMPLATE "{name}"')  # type: ignore[call-overload]
        return lambda: self.house(f"{self.ledger}_copy")

    def close(self) -> None:
        self.give_back()
        self.mend()
        super().close()


def state_of(process: Process) -> str:
    """R, S, T (stopped), Z …, as the kernel calls them."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
