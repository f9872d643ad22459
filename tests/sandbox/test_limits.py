"""The rate limit: the vendor's by default, exact in what it tells, and not for the admin door."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.sandbox import RateLimit, parse_rate_limit
from reconciler.sandbox.limits import Windows, count_request

from .conftest import started


def test_the_default_is_the_vendors_500_in_300_seconds(tmp_path: Path) -> None:
    with started(tmp_path, rate_limit="vendor") as (_, app):
        statuses = [app.api.get("/v0.1/user").status_code for _ in range(501)]
        assert statuses == [200] * 500 + [429]
        assert app.api.get("/_sandbox/health").status_code == 200
        refused = app.api.get("/v0.1/user")
        assert refused.json()["error"]["code"] == "TooManyRequests"
        assert 0 < int(refused.headers["retry-after"]) <= 300
        app.api.put("/_sandbox/clock", json={"advance": int(refused.headers["retry-after"])})
        assert app.api.get("/v0.1/user").status_code == 200


def test_a_client_that_waits_as_told_is_served() -> None:
    windows, limit, now = Windows(), RateLimit(3, 10), 1000.0
    served: list[float] = []
    while len(served) < 10:
        wait = count_request(windows, limit, "me", now)
        if wait is None:
            served.append(now)
            now += 0.4
        else:
            now += wait
    for start in served:
        assert sum(start <= moment < start + 10 for moment in served) <= 2 * limit.requests
    assert count_request(windows, limit, "another", now) is None


def test_a_clock_that_is_set_back_does_not_lock_anyone_out() -> None:
    windows, limit = Windows(), RateLimit(1, 10)
    assert count_request(windows, limit, "me", 1000) is None
    assert count_request(windows, limit, "me", 500) is None


@pytest.mark.parametrize(
    ("text", "limit"), [("500/300", RateLimit(500, 300)), ("none", None), ("1/0.5", RateLimit(1, 0.5))]
)
def test_limits_are_read(text: str, limit: RateLimit | None) -> None:
    assert parse_rate_limit(text) == limit


@pytest.mark.parametrize("text", ["", "500", "0/1", "1/0", "a/b", "1/2/3", "-1/5"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="rate limit"):
        parse_rate_limit(text)
