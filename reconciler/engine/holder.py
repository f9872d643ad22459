"""Who holds a send that is under way, or a lease: this process, and whether another one still lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from reconciler.model.send import SendRecord

UNDER_WAY = timedelta(seconds=120)
"""How long a request may still be under way in a process of another machine: a ledger that was away before
it left, its timeouts, and a little."""

_under_way: set[tuple[str, int]] = set()
"""The requests of sends that this process waits for, by key and part."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def holder() -> str:
    """This process, as `host pid start machine`; the start tells it from a later process of the same number, the
    machine from another one of the same name.
    """
    return f"{socket.gethostname()} {os.getpid()} {_start(os.getpid())} {_machine()}".rstrip()


def is_dead(holder: str) -> bool:
    """Whether a holder is certainly gone: a process of this very machine, since its last start, that is no more.

    One of another machine, or of this one before a restart, may live for all we know; its lease soon expires.
    """
    host, number, start, machine = _fields(holder)
    is_here = host == socket.gethostname() and number.isdigit() and machine != "" and machine == _machine()
    return is_here and not _lives(int(number), start)


@contextmanager
def under_way(record: SendRecord) -> Iterator[None]:
    """While this process makes a request of a send."""
    _under_way.add((record.send_key, record.part))
    try:
        yield
    finally:
        _under_way.discard((record.send_key, record.part))


def may_be_under_way(record: SendRecord, now: datetime) -> bool:
    """Whether the process that dispatched a request may still be waiting for its answer.

    Known for a process of this machine; one of another machine is given `UNDER_WAY` since the request left.
    """
    if record.holder == holder():
        return (record.send_key, record.part) in _under_way
    host, number, start, machine = _fields(record.holder)
    if host == socket.gethostname() and number.isdigit() and machine in ("", _machine()):
        return _lives(int(number), start)
    return record.dispatched_at is not None and now < record.dispatched_at + UNDER_WAY


def _fields(holder: str) -> tuple[str, str, str, str]:
    """Host, number, start, machine; rows of older versions have no machine."""
    host, number, start, machine = ([*holder.split(" "), "", "", "", ""])[:4]
    return host, number, start, machine


def _lives(number: int, start: str) -> bool:
    return _is_alive(number) and _start(number) == start


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _start(number: int) -> str:
    """When a process started, in the kernel's ticks; empty where the system does not tell."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    is_zombie = fields[0] == "Z"
    return "" if is_zombie else fields[19]


def _machine() -> str:
    """This start of this machine, and the table of processes that we see of it (each container has its own); empty
    where the system does not tell.
    """
    try:
        return f"{_BOOT.read_text().strip()}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""
