"""Spread work that only computes over the cores of the machine, by forking; small work is done at once."""

from __future__ import annotations

import marshal
import os
import sys
import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

Item = TypeVar("Item")

FEWEST = 20
"""Slices smaller than this are not worth a process."""


def nothing() -> None:
    """Do nothing."""


def spread(
    work: Callable[[Sequence[Item]], list[Any]], items: Sequence[Item], meanwhile: Callable[[], None] = nothing
) -> list[Any]:
    """`work(items)`, done in slices by forked processes; `meanwhile` is done here while they work.

    `work` gives one result for each item, made of plain JSON values. A slice whose process fails is done here, so that
    its exception is seen. Where forking is not safe (other threads run) or not there, all is done here.
    """
    count = min(_cores(), len(items) // FEWEST)
    if count < 2 or sys.platform != "linux" or threading.active_count() > 1:
        meanwhile()
        return work(items)
    bounds = [len(items) * part // count for part in range(count + 1)]
    slices = [items[start:end] for start, end in pairwise(bounds)]
    children = [_fork(work, each) for each in slices]
    meanwhile()
    results: list[Any] = []
    for child, each in zip(children, slices, strict=True):
        done = _collect(*child)
        results.extend(work(each) if done is None else done)
    return results


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _fork(work: Callable[[Sequence[Item]], list[Any]], items: Sequence[Item]) -> tuple[int, int]:
    """Start a process for some items: its number, and the pipe on which its results come."""
    reading, writing = os.pipe()
    number = os.fork()
    if number:
        os.close(writing)
        return number, reading
    status = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(marshal.dumps(work(items)))
        status = 0
    finally:
        # Leaves without the parent's clean-up: its buffers, handlers and temporary files are not this process's.
        os._exit(status)


def _collect(number: int, reading: int) -> list[Any] | None:
    with os.fdopen(reading, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(number, 0)
    if status != 0:
        return None
    results: list[Any] = marshal.loads(content)
    return results
