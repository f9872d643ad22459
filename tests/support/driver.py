"""A process that forks one real `reconciler` process for each command it is told, armed to be killed at a chosen step.

Everything is imported once, so that a run costs what it does and not what Python's imports cost. It speaks JSON lines:
`start` answers with the pid, `wait` with the exit code (negative: the signal).
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import reconciler.engine.probe as probing
from reconciler.cli.main import COMMANDS, run
from reconciler.ledger.sql import SqlLedger
from reconciler.providers.client import Client

EARLY = ("deepdiff", "jsonschema", "sqlalchemy.dialects.sqlite", "reconciler.sandbox")


class Steps:
    """Counts the steps of a run, writes them down, and ends the process at one of them, as a power cut would."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._kill: tuple[int, str] | None = tuple(order["kill"]) if order.get("kill") else None
        self._limit: tuple[int, str] | None = tuple(order["full_disk"]) if order.get("full_disk") else None
        self._stop: tuple[int, str] | None = tuple(order["stop"]) if order.get("stop") else None
        self._log: str | None = order.get("log")
        self._count = 0
        self._turn = threading.Lock()
        self._nested = threading.local()

    def wrap(self, owner: type, name: str, label: Callable[..., str]) -> None:
        original = getattr(owner, name)

        @functools.wraps(original)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            what = label(*args, **kwargs)
            if not what or getattr(self._nested, "inside", False):
                return original(*args, **kwargs)
            with self._turn:
                number, self._count = self._count, self._count + 1
            self._at(number, "before", what)
            self._nested.inside = True
            try:
                result = original(*args, **kwargs)
            finally:
                self._nested.inside = False
            self._at(number, "after", what)
            return result

        setattr(owner, name, wrapped)

    def _at(self, number: int, when: str, what: str) -> None:
        if self._log and when == "before":
            with open(self._log, "a", encoding="utf-8") as log:
                log.write(what + "\n")
        if self._kill == (number, when):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._limit == (number, when):
            fill_the_disk()
        if self._stop == (number, when):
            os.kill(os.getpid(), signal.SIGSTOP)  # until somebody says SIGCONT


def fill_the_disk() -> None:
    """No file may grow beyond what the ledger has now; what is shorter, such as a log, still may."""
    size = max(path.stat().st_size for path in Path(".reconciler").iterdir() if path.name.endswith("-wal"))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def arm(order: dict[str, Any]) -> None:
    """Put the steps around every ledger write and every request that changes something."""
    steps = Steps(order)
    for name in ("consume", "intend", "settle", "flush", "claim", "put"):
        steps.wrap(SqlLedger, name, lambda *_, name=name, **__: name)
    steps.wrap(SqlLedger, "move", lambda _, __, state, **___: f"move {state}")
    steps.wrap(Client, "send", lambda *_: "POST")
    steps.wrap(Client, "call", lambda _, method, *__: method if method in ("PUT", "DELETE") else "")


def child(order: dict[str, Any]) -> int:
    """Be one `reconciler` process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environ"])
    for number, name in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(name, flags, 0o644), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    if order.get("pauses"):
        probing.PAUSES = tuple(order["pauses"])
    for name, value in order.get("constants", {}).items():
        module, _, constant = name.rpartition(".")
        assert hasattr(importlib.import_module(module), constant), name
        setattr(importlib.import_module(module), constant, value)
    if any(order.get(what) for what in ("kill", "stop", "full_disk", "log")):
        arm(order)
    code = run(order["arguments"])
    sys.stdout.flush()
    return code


def main() -> None:
    for name in (*EARLY, *(f"reconciler.cli.{command}" for command in COMMANDS), "reconciler.cli.session"):
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "wait":
            _, status = os.waitpid(order["pid"], 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork()
            if answer == 0:
                code = 70
                try:
                    code = child(order)
                finally:
                    os._exit(code)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
