"""Tell the sandbox's time: the machine's clock, moved by an offset that tests may change, and perhaps faster."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()


@dataclass(slots=True)
class Clock:
    """The machine's clock plus `offset` seconds, from `since` on `speed` times as fast; it always ticks."""

    offset: float = 0.0
    speed: float = 1.0
    since: float = field(default_factory=time.time)

    def now(self) -> float:
        """Seconds since the epoch, as the sandbox sees it."""
        real = time.time()
        return real + self.offset + (real - self.since) * (self.speed - 1)

    def start_at(self, moment: float) -> None:
        """Make `moment`, in seconds since the epoch, the present."""
        self.since = time.time()
        self.offset = moment - self.since


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant; one without an offset is UTC. Raise `ValueError` with one line otherwise."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"`{text}` is not an ISO instant such as 2026-11-27T09:00:00Z") from None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    reachable((instant - _EPOCH).total_seconds())
    return instant


def reachable(moment: float) -> float:
    """The moment, in seconds since the epoch, if a sandbox can live at it; else raise `ValueError` with one line."""
    if not 0 <= moment < _LAST:
        raise ValueError("the clock can be set to the years 1970 to 8999")
    return moment


def iso(seconds: float) -> str:
    """Write an instant as App Center did: `2017-10-11T13:28:33.000Z` (recorded answer, facts §2)."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(seconds * 1000) % 1000:03d}Z"
