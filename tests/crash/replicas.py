"""Many `reconciler run` on one PostgreSQL and one sandbox, all in one driven time: started, killed at random, and
supervised as a cluster does; and what the phones got of it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from reconciler.sandbox import SandboxOptions, running
from tests.support.hours import timed, wall
from tests.support.postgres import Server
from tests.support.processes import Forks, Process
from tests.support.project import write_manifests, write_project
from tests.support.stage import device_id

APPS, AZURE = 20, 4
"""How many apps there are, and how many of them are on Mobile Engagement; the others are on App Center."""

DEVICES = 2
LEAD, WINDOW, TAIL = timedelta(seconds=20), timedelta(minutes=2), timedelta(seconds=25)
SENT = ("CONFIRMED", "ACCEPTED")
WAITING_FOR_A_PERSON = ("NEEDS_DECISION", "HELD")


@dataclass(frozen=True)
class Size:
    """How many notifications each app has: `crons` are due twice in the window, `ats` once; how fast time runs; how
    often a replica is killed, in the machine's seconds (0: never).
    """

    crons: int
    ats: int
    speed: float
    kill_every: float

    @property
    def occurrences(self) -> int:
        return APPS * (2 * self.crons + self.ats)


@dataclass
class Fleet:
    """The replicas, their project, and their time. `due` is when the first occurrence is."""

    forks: Forks
    folder: Path
    url: str
    size: Size
    due: datetime
    began: float = 0.0
    ended: list[int] = field(default_factory=list)
    killed: int = 0
    _living: list[Process] = field(default_factory=list)
    _said: list[Path] = field(default_factory=list)

    @property
    def start(self) -> datetime:
        return self.due - LEAD

    @property
    def end(self) -> datetime:
        return self.due + WINDOW + TAIL

    def now(self) -> datetime:
        """The driven time."""
        return self.start + timedelta(seconds=(time.monotonic() - self.began) * self.size.speed)

    def ask(self, *arguments: str) -> str:
        """What a command prints that ends well."""
        ended = self._start(*arguments).wait()
        assert ended.code == 0, ended.said
        return ended.out

    def replica(self, until: datetime) -> Process:
        clock = f"{self.now().isoformat()}*{self.size.speed}"
        return self._start("run", "--clock", clock, "--until", until.isoformat())

    def _start(self, *arguments: str) -> Process:
        process = self.forks.start(self.folder, *arguments, environ={"TOKEN": "t"}, pauses=None)
        self._said.append(process.err)
        return process

    def live(self, count: int, chance: random.Random, server: Server) -> None:
        """Let replicas live until the end; one is killed now and then, the server is restarted once, and who ends is
        started again.
        """
        self._living = [self.replica(self.end) for _ in range(count)]
        is_restarted, kills = self.size.kill_every == 0, self._deaths(chance)
        while self.now() < self.end:
            if time.monotonic() >= kills[0]:
                kills.pop(0)
                os.kill(chance.choice(self._living).pid, signal.SIGKILL)
                self.killed += 1
            if not is_restarted and self.now() > self.due + WINDOW / 3:
                server.stop()
                server.start()
                is_restarted = True
            for number, each in enumerate(self._living):
                if has_ended(each) and self.now() < self.end - TAIL / 2:
                    self.ended.append(each.wait().code)
                    self._living[number] = self.replica(self.end)
            time.sleep(0.02)
        self.ended += [each.wait().code for each in self._living]
        self._living = []

    def stop(self) -> None:
        for each in self._living:
            each.kill()

    def settle(self) -> None:
        """One undisturbed replica at a time, until nothing is left but what waits for a person."""
        for _ in range(4):
            ended = self.replica(self.now() + timedelta(seconds=4 * self.size.speed)).wait()
            assert ended.code == 0, ended.said
            decided = {row["coordinates"] for row in self.rows() if row["state"] == "NEEDS_DECISION"}
            ended = {*SENT, "NEEDS_DECISION", "EXPIRED", "WITHDRAWN", "FAILED", "CANCELLED"}
            if all(row["state"] in ended or row["coordinates"] in decided for row in self.rows()):
                return

    def rows(self) -> Sequence[Mapping[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.ask("sends", "list", "--format", "json"))["sends"]
        return found

    def said(self) -> str:
        """What the replicas complained of."""
        lines = [line for path in self._said for line in path.read_text().splitlines() if '"level": "info"' not in line]
        return "\n".join(lines[-60:])

    def deliveries(self) -> Sequence[Mapping[str, Any]]:
        answer = httpx.get(f"{self.url}/_sandbox/deliveries?ids=all", trust_env=False, timeout=60)
        found: list[dict[str, Any]] = answer.json()["deliveries"]
        return found

    def admin(self, method: str, what: str, body: object) -> None:
        answer = httpx.request(method, f"{self.url}/_sandbox/{what}", json=body, trust_env=False, timeout=60)
        assert answer.is_success, answer.text

    def lateness(self) -> Sequence[float]:
        """Of each delivery, ascending: how many seconds of the driven time after its instant it was."""
        with sqlite3.connect(f"file:{self.folder / 'sandbox' / 'sandbox.db'}?mode=ro", uri=True) as connection:
            at = dict(connection.execute("SELECT name, min(delivered_at) FROM deliveries GROUP BY name").fetchall())
        connection.close()
        due = {row["marker"]: datetime.fromisoformat(row["scheduled_at"]).timestamp() for row in self.rows()}
        return sorted(when - due[marker_of(name)] for name, when in at.items())

    def _deaths(self, chance: random.Random) -> list[float]:
        """When a replica is killed; the last never comes."""
        every, when = self.size.kill_every, [time.monotonic() + 1]
        if not every:
            return [float("inf")]
        while when[-1] < self.began + (self.end - self.start).total_seconds() / self.size.speed:
            when.append(when[-1] + chance.uniform(0.3, 1.7) * every)
        return [*when, float("inf")]


def marker_of(name: str) -> str:
    """The marker that a delivery carries in its name."""
    return name[name.index("~pk1") :]


def crons(size: Size, due: datetime) -> Iterator[dict[str, Any]]:
    for number in range(size.crons):
        end = wall(due + WINDOW - timedelta(seconds=1))
        yield everywhere(timed(f"cron{number}", cron="* * * * *", start=wall(due), end=end))


def ats(size: Size, due: datetime) -> Iterator[dict[str, Any]]:
    for number in range(size.ats):
        yield everywhere(timed(f"at{number}", at=wall(due + WINDOW * (number / size.ats))))


def everywhere(document: dict[str, Any]) -> dict[str, Any]:
    document["metadata"]["apps"] = [f"app{number:02}" for number in range(APPS)]
    return document


def expected(size: Size, due: datetime) -> Counter[tuple[str, str]]:
    """Every (address, occurrence) that is to be delivered or visible."""
    minutes = [(due + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ") for number in range(2)]
    names = [(f"cron{number}", minute) for number in range(size.crons) for minute in minutes]
    names += [(f"at{number}", "r1") for number in range(size.ats)]
    return Counter((f"app{app:02}/Notification/{name}", key) for app in range(APPS) for name, key in names)


def settings(number: int, url: str) -> dict[str, Any]:
    name, common = f"a{number:02}", {"endpoint": url, "rate_limit": "none", "token": {"env": "TOKEN"}}
    if number >= AZURE:
        return {"provider": "appcenter", "owner": "contoso", "app": name, **common}
    where = {"subscription": "s", "resource_group": "g", "collection": "c", "app": name}
    return {"provider": "mobileengagement", **where, **common}


def coordinate(number: int) -> str:
    return f"s/g/c/a{number:02}" if number < AZURE else f"contoso/a{number:02}"


@contextmanager
def fleet(forks: Forks, folder: Path, database: str, size: Size, due: datetime) -> Iterator[Fleet]:
    """A project of many apps, whose crons the ledger has known for an hour, and the sandbox behind it, just before
    `due`.
    """
    options = SandboxOptions(data=folder / "sandbox", settle=0, rate_limit=None, clock=due - LEAD, speed=size.speed)
    with running(options) as sandbox:
        made = Fleet(forks, folder, sandbox.url, size, due)
        for number in range(APPS):
            kind = "mobileengagement" if number < AZURE else "appcenter"
            devices = [{"install_id": device_id(each, kind), "CarrierCountry": "US"} for each in range(DEVICES)]
            made.admin("POST", "devices", {"app": coordinate(number), "devices": devices})
        apps = {f"app{number:02}": settings(number, sandbox.url) for number in range(APPS)}
        write_project(folder, *crons(size, due), apps=apps, ledger=database)
        early = made.start - timedelta(hours=1)
        made.ask("init", "--clock", early.isoformat())
        made.ask("apply", "--auto-approve", "--clock", early.isoformat())
        write_manifests(folder, *crons(size, due), *ats(size, due))
        made.admin("PUT", "clock", {"now": made.start.isoformat()})
        made.began = time.monotonic()
        try:
            yield made
        finally:
            made.stop()


def has_ended(process: Process) -> bool:
    """Whether it waits to be waited for."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def told(lateness: Sequence[float]) -> str:
    """The distribution in words."""

    def share(part: float) -> float:
        return lateness[min(len(lateness) - 1, int(part * len(lateness)))]

    shares = ", ".join(f"p{int(part * 100)} {share(part):.1f}" for part in (0, 0.5, 0.9, 0.99))
    return f"{shares}, most {lateness[-1]:.1f} s of the driven time, of {len(lateness)} sends"
