"""Count requests against the documented limits, for each key, and tell in headers what is left."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from reconciler.sandbox.appizer.authority import bearer_of
from reconciler.sandbox.appizer.envelope import DetailedRefusal
from reconciler.sandbox.limits import RateLimit, count_request
from reconciler.sandbox.routing import Call, Operation
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.tokens import digest_of
from reconciler.sandbox.wire import Headers, Json, Refusal, Reply

QUOTAS: Mapping[str, RateLimit] = {
    "audiences": RateLimit(500, 60),
    "events": RateLimit(1000, 60),
    "batch_events": RateLimit(100, 60),
    "users": RateLimit(500, 60),
    "push_notifications": RateLimit(500, 60),
}
"""Requests a minute, as docs.appizer.com/docs/api/rate-limits has them; those of plans are not kept."""


def metered(quota: str, operation: Operation) -> Operation:
    """Count the calls of an operation; every answer of it, also a refusal, tells what is left."""

    def answer(sandbox: Sandbox, call: Call) -> Reply:
        headers = _spent(sandbox, quota, call)
        try:
            reply = operation(sandbox, call)
        except Refusal as refusal:
            refusal.headers += headers
            raise
        return replace(reply, headers=reply.headers + headers)

    return answer


def _spent(sandbox: Sandbox, quota: str, call: Call) -> Headers:
    chosen = sandbox.options.rate_limit
    limit = QUOTAS[quota] if chosen == "vendor" else chosen
    if not isinstance(limit, RateLimit):
        return ()
    client = f"appizer {quota} {digest_of(bearer_of(call.request))}"
    wait = count_request(sandbox.windows, limit, client, sandbox.clock.now())
    opened, seen = sandbox.windows.open[client]
    headers = (
        ("x-ratelimit-limit", str(limit.requests)),
        ("x-ratelimit-remaining", str(limit.requests - seen)),
        ("x-ratelimit-reset", str(math.ceil(opened + limit.seconds))),
    )
    if wait is None:
        return headers
    window = "1 minute" if limit.seconds == 60 else f"{limit.seconds:g} seconds"
    details: dict[str, Json] = {"limit": limit.requests, "window": window, "retry_after": wait}
    raise DetailedRefusal(429, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded", details, headers)
