"""A client-side budget of requests, so that a backend's rate limit is kept rather than hit."""

from __future__ import annotations

import threading
from collections.abc import Callable

from reconciler.errors import ReconcilerError
from reconciler.ports import Clock


class Budget:
    """At most `count` requests in any `seconds`, for all threads that share it; all may be spent at once."""

    def __init__(self, count: int, seconds: float, clock: Clock) -> None:
        self._count, self._seconds, self._clock = count, seconds, clock
        self._left, self._since = float(count), clock.now()
        self._turn = threading.Lock()
        self.waited = 0.0

    def spend(self, tell: Callable[[float], None] = lambda _: None) -> None:
        """Take one request, after waiting for it if need be; `tell` hears the seconds of a wait of more than one."""
        with self._turn:
            now = self._clock.now()
            refilled = (now - self._since).total_seconds() * self._count / self._seconds
            # A clock that was set back refills nothing; it does not empty the budget either.
            self._left = min(float(self._count), self._left + max(0.0, refilled))
            self._since = now
            self._left -= 1
            wait = max(0.0, -self._left * self._seconds / self._count)
        if wait > 0:
            self.waited += wait
            if wait > 1:
                tell(wait)
            self._clock.sleep(wait)


def parse_rate(text: str) -> tuple[int, float] | None:
    """`N/SECONDS` as (requests, seconds), None for `none`. Raises `ReconcilerError` (RC612) for anything else."""
    if text == "none":
        return None
    count, _, seconds = text.partition("/")
    try:
        rate = int(count), float(seconds)
    except ValueError:
        rate = (0, 0.0)
    if rate[0] < 1 or not 0 < rate[1] < 10**9:
        raise ReconcilerError(
            f"`{text[:40]}` is not a rate limit", code="RC612", hint="write `N/SECONDS`, as in 500/300, or `none`"
        )
    return rate
