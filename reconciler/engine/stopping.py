"""Whether a run is to end: what has begun ends, nothing new begins."""

from __future__ import annotations

import time

STEP = 0.02
"""Seconds between two looks of whoever waits."""


class Stopping:
    """Off until it is set, by a signal or by trouble; then on for good.

    That of a part is on as well once the whole's is, while trouble of the part leaves the whole alone. It is a plain
    flag without locks, so that a signal may set it whatever the process is doing.
    """

    def __init__(self, whole: Stopping | None = None) -> None:
        self._whole = whole
        self._is_set = False

    def part(self) -> Stopping:
        """One for a part of the run."""
        return Stopping(self)

    def set(self) -> None:
        """Begin nothing new from here on."""
        self._is_set = True

    def is_set(self) -> bool:
        """Whether nothing new may begin."""
        return self._is_set or (self._whole is not None and self._whole.is_set())

    def wait(self, seconds: float) -> bool:
        """Whether it is set, at the latest after some seconds of the machine's clock."""
        until = time.monotonic() + seconds
        while not self.is_set() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, STEP))
        return self.is_set()
