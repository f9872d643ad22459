"""A real PostgreSQL server to throw away: from the system's binaries, on a free loopback port, in a folder of its own."""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

ADMIN = "ledger_admin"
PASSWORD = "s3cr3t word"
"""Of the role `locked`, the only one that is asked for a password."""

_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""A power cut may take this server's data, and will not come. Ledgers set `synchronous_commit` for themselves."""


def missing() -> str:
    """What keeps a server from being started here; empty where nothing does."""
    if binary("initdb") is None or binary("postgres") is None:
        return "PostgreSQL's initdb and postgres are missing (Debian: apt-get install postgresql)"
    if os.getuid() == 0 and account() is None:
        return "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as"
    return ""


def binary(name: str) -> str | None:
    """The newest server's program of that name."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folders = [str(path) for path in reversed(versions)]
    return shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))


def account() -> pwd.struct_passwd | None:
    """Whom root starts the server as."""
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    return None


class Server:
    """A running server; `database` makes an empty database and says how to reach it."""

    def __init__(self, folder: Path, settings: tuple[str, ...] = _FAST) -> None:
        self.folder, self.port, self._settings = folder, free_port(), settings
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        folder.chmod(0o755)
        self._data = folder / "data"
        self._data.mkdir()
        if as_user := _as_other_user():
            os.chown(self._data, as_user["user"], as_user["group"])
        command = ["initdb", "--pgdata", str(self._data), "--username", ADMIN, "--auth=trust", "--no-sync"]
        self._run([*command, "--encoding=UTF8", "--locale=C.UTF-8"])
        (self._data / "pg_hba.conf").write_text(
            "host all locked 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=50", *self._settings]
        command = [str(binary("postgres")), "-D", str(self._data), "-p", str(self.port)]
        for setting in settings:
            command += ["-c", setting]
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - it only tells the kernel something
            **_as_other_user(),
        )
        log.close()
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT cuts connections and writes everything down, SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def send(self, number: signal.Signals) -> None:
        """A signal to every process of the server."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, number)

    def admin(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection that may do anything."""
        where = f"host=127.0.0.1 port={self.port} user={ADMIN} dbname={database} connect_timeout=5"
        return psycopg.connect(where, autocommit=True)

    def database(self, *statements: str) -> str:
        """The URL of a new and empty database, after `statements` about it (`{name}` is its name)."""
        name = f"ledger{os.getpid()}_{next(self._numbers)}"
        with self.admin() as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
            for statement in statements:
                connection.execute(statement.format(name=name))  # type: ignore[call-overload]
        return f"postgresql://{ADMIN}@127.0.0.1:{self.port}/{name}"

    def let_in(self) -> str:
        """The name of a user who is asked for `PASSWORD`."""
        with self.admin() as connection, suppress(psycopg.errors.DuplicateObject):
            connection.execute(f"CREATE ROLE locked LOGIN PASSWORD '{PASSWORD}'")  # type: ignore[call-overload]
        return "locked"

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                self.admin().close()
            except psycopg.OperationalError:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.02)
            else:
                return

    def _run(self, command: list[str]) -> None:
        program = str(binary(command[0]))
        ended = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False, **_as_other_user())
        if ended.returncode:
            raise RuntimeError(ended.stdout + ended.stderr)


@contextmanager
def serving(*settings: str) -> Iterator[Server]:
    """A server that is gone when this is left; without settings it is fast rather than safe."""
    folder = Path(tempfile.mkdtemp(prefix="reconciler-postgres-"))
    try:
        server = Server(folder, settings or _FAST)
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on, below those that the kernel gives to whoever asks for any (32768 and more): the
    next connection that somebody opens does not take it.
    """
    for port in random.SystemRandom().sample(range(15000, 32000), 100):
        with socket.socket() as listening, suppress(OSError):
            listening.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("none of a hundred ports is free")


def _as_other_user() -> dict[str, Any]:
    """What makes a process one of another user; nothing, unless this is root."""
    found = account() if os.getuid() == 0 else None
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []} if found else {}


def _die_with_parent() -> None:
    """Linux only: a test run that is killed leaves no server behind."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
