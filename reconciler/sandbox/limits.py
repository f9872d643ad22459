"""Count each client's requests in windows of fixed length.

The vendor's documented limit is "500 API requests / 5 min / IP" (facts, §2); how its window moves is not documented.
Ours opens with a client's first request and closes after the whole length, which lets `Retry-After` be exact.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

_SHAPE = re.compile(r"([0-9]+)/([0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` within `seconds`."""

    requests: int
    seconds: float


@dataclass(slots=True)
class Windows:
    """The open window of every client: when it opened, how many requests it has seen."""

    open: dict[str, tuple[float, int]] = field(default_factory=dict)


def parse_rate_limit(text: str) -> RateLimit | None:
    """Read `N/SECONDS` or `none`; raise `ValueError` with one line otherwise."""
    if text.strip().lower() == "none":
        return None
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None or int(shape[1]) == 0 or float(shape[2]) == 0:
        raise ValueError(f"rate limit `{text}` is neither `none` nor N/SECONDS, such as 500/300")
    return RateLimit(int(shape[1]), float(shape[2]))


def count_request(windows: Windows, limit: RateLimit, client: str, now: float) -> int | None:
    """Count one request of `client`; the whole seconds to wait if it is one too many, else None."""
    opened, seen = windows.open.get(client, (now, 0))
    if not 0 <= now - opened < limit.seconds:  # past its end, or the clock was set back
        opened, seen = now, 0
    if seen >= limit.requests:
        return max(1, math.ceil(opened + limit.seconds - now))
    windows.open[client] = (opened, seen + 1)
    return None
