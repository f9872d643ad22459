"""Real `reconciler` processes for tests: start, kill, wait; see `driver.py` for how they are made cheap."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
QUICK = (0.0, 0.05)
"""The pauses of a probe in most tests: the sandbox lists at once what it has accepted."""


@dataclass(frozen=True)
class Ended:
    """A process that ended: `code` is negative where a signal ended it."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


@dataclass(frozen=True)
class Process:
    """A process under way."""

    fork: Forks
    pid: int
    out: Path
    err: Path

    def wait(self) -> Ended:
        code = self.fork.ask({"do": "wait", "pid": self.pid})
        return Ended(code, self.out.read_text(encoding="utf-8"), self.err.read_text(encoding="utf-8"))

    def kill(self, number: int = signal.SIGKILL) -> Ended:
        self.send_signal(number)
        return self.wait()

    def send_signal(self, number: int) -> None:
        # Safe: until it is waited for, a process that has ended keeps its number as a zombie.
        os.kill(self.pid, number)


class Forks:
    """A driver and the processes it starts; `logs` is a folder outside the projects."""

    def __init__(self, driver: subprocess.Popen[str], logs: Path) -> None:
        self._driver, self._logs, self._numbers = driver, logs, itertools.count()

    def ask(self, order: Mapping[str, Any]) -> int:
        assert self._driver.stdin
        assert self._driver.stdout
        self._driver.stdin.write(json.dumps(order) + "\n")
        self._driver.stdin.flush()
        answer: int = json.loads(self._driver.stdout.readline())
        return answer

    def start(self, folder: Path, *arguments: str, environ: Mapping[str, str] | None = None, **armed: Any) -> Process:
        """Begin `reconciler ARGUMENTS` in a folder; `armed` is what `driver.Steps` takes, or `pauses`."""
        number = next(self._numbers)
        out, err = self._logs / f"{number}.out", self._logs / f"{number}.err"
        for path in (out, err):
            path.touch()  # a process may be killed before it has opened them
        held = {name: value for name, value in os.environ.items() if name not in ("CI", "RECONCILER_LOCAL_LEDGER")}
        order = {
            "do": "start",
            "folder": str(folder),
            "arguments": arguments,
            "environ": {**held, "APPCENTER_TOKEN": "test", **(environ or {})},
            "out": str(out),
            "err": str(err),
            "pauses": QUICK,
            **armed,
        }
        return Process(self, self.ask(order), out, err)

    def run(self, folder: Path, *arguments: str, **armed: Any) -> Ended:
        return self.start(folder, *arguments, **armed).wait()

    def steps(self, folder: Path, *arguments: str) -> tuple[Ended, Sequence[str]]:
        """Run a command and tell the steps it took."""
        log = self._logs / f"{next(self._numbers)}.steps"
        ended = self.run(folder, *arguments, log=str(log))
        return ended, log.read_text(encoding="utf-8").splitlines() if log.exists() else []


@contextmanager
def forking(logs: Path) -> Iterator[Forks]:
    driver = subprocess.Popen(
        [sys.executable, "-m", "tests.support.driver"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert driver.stdin
    assert driver.stdout
    with driver.stdout, driver:
        yield Forks(driver, logs)
        driver.stdin.close()
        driver.wait(30)
