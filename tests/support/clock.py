"""A clock that tests move by hand: sleeping is free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class StillClock:
    """`ports.Clock` whose time passes only by `sleep`."""

    is_driven = False

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
