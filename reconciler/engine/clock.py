"""The time of the machine, and a driven one in which a rehearsal lives."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """`ports.Clock` on the machine's own clock."""

    is_driven = False

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class DrivenClock:
    """`ports.Clock` that starts at a chosen moment and runs `speed` times as fast as the machine's."""

    is_driven = True

    def __init__(self, start: datetime, speed: float = 1.0) -> None:
        self._start, self._speed, self._since = start, speed, time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._since) * self._speed)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._speed)
