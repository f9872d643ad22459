"""Who holds a send that is under way: this process, and whether another one still lives."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

from reconciler.model.send import SendRecord

UNDER_WAY = timedelta(seconds=60)
"""How long a request may still be under way in a process of another machine: its timeouts, and a little."""


def holder() -> str:
    """This process, as `host pid start`; the start tells it from a later process of the same number."""
    return f"{socket.gethostname()} {os.getpid()} {_start(os.getpid())}"


def may_be_under_way(record: SendRecord, now: datetime) -> bool:
    """Whether the process that dispatched a request may still be waiting for its answer.

    Known for a process of this machine; one of another machine is given `UNDER_WAY` since the request left.
    """
    host, _, rest = record.holder.partition(" ")
    number, _, start = rest.partition(" ")
    if host == socket.gethostname() and number.isdigit():
        return _is_alive(int(number)) and _start(int(number)) == start
    return record.dispatched_at is not None and now < record.dispatched_at + UNDER_WAY


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
