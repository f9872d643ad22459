"""Faults: a rule breaks just the requests it names, at the moment it names."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import App, device, settled, started


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[App]:
    with started(tmp_path) as (_, app):
        app.seed(device(1))
        yield app


def rule(app: App, effect: str, **fields: Any) -> None:
    given = {"method": "POST", "path": "*/push/notifications", "effect": effect} | fields
    assert app.api.put("/_sandbox/faults", json={"rules": [given]}).status_code == 200


def counts(app: App) -> list[tuple[int, int]]:
    return [(one["matched"], one["hits"]) for one in app.api.get("/_sandbox/faults").json()["rules"]]


def sent(app: App) -> int:
    return len(app.api.get(app.notifications).json()["values"])


@pytest.mark.parametrize(("effect", "done"), [("error-before", 0), ("error-after", 1)])
@pytest.mark.parametrize("status", [500, 503])
def test_errors_come_before_or_after_the_effect(broken: App, effect: str, done: int, status: int) -> None:
    rule(broken, effect, status=status)
    reply = broken.send()
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, "InternalServerError")
    assert sent(broken) == done


@pytest.mark.parametrize(("effect", "done"), [("drop-before", 0), ("drop-after", 1)])
def test_drops_cut_the_connection_without_a_byte(broken: App, effect: str, done: int) -> None:
    rule(broken, effect, nth=1)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        broken.send()
    assert sent(broken) == done
    assert broken.send().status_code == 202
    settled(lambda: len(broken.deliveries()) == done + 1)


def test_a_cut_reply_leaves_the_other_connections_alone(broken: App) -> None:
    rule(broken, "drop-after")
    for _ in range(20):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            broken.send()
        assert broken.api.get(broken.audiences).status_code == 200
    assert sent(broken) == 20


def test_delay_comes_before_the_answer(broken: App) -> None:
    rule(broken, "delay", seconds=0.3)
    start = time.monotonic()
    assert broken.send().status_code == 202
    assert time.monotonic() - start >= 0.3


def test_a_delayed_request_is_carried_out_though_its_client_has_gone(broken: App) -> None:
    rule(broken, "delay", seconds=2)
    with pytest.raises(httpx.ReadTimeout):
        broken.api.post(broken.notifications, json={"notification_content": {"name": "late"}}, timeout=0.5)
    settled(lambda: sent(broken) == 1)


def test_delay_goes_with_another_effect(broken: App) -> None:
    base = {"method": "POST", "path": "*"}
    rules = [base | {"effect": "delay", "seconds": 0.2}, base | {"effect": "error-after"}]
    broken.api.put("/_sandbox/faults", json={"rules": rules})
    start = time.monotonic()
    assert broken.send().status_code == 500
    assert time.monotonic() - start >= 0.2
    assert counts(broken) == [(1, 1), (1, 1)]


@pytest.mark.parametrize(("given", "header"), [({}, "1"), ({"retry_after": 7}, "7"), ({"retry_after": None}, None)])
def test_throttle_is_429_with_or_without_retry_after(broken: App, given: dict[str, Any], header: str | None) -> None:
    rule(broken, "throttle", **given)
    reply = broken.send()
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "TooManyRequests")
    assert reply.headers.get("retry-after") == header
    assert sent(broken) == 0


def test_nth_counts_matching_requests_since_the_rules_were_set(broken: App) -> None:
    broken.send()
    rule(broken, "error-before", nth=2)
    assert [broken.send().status_code for _ in range(3)] == [202, 500, 202]
    assert broken.api.get(broken.notifications).status_code == 200
    assert counts(broken) == [(3, 1)]
    rule(broken, "error-before", nth=2)
    assert counts(broken) == [(0, 0)]


@pytest.mark.parametrize(
    ("pattern", "is_hit"),
    [
        ("*/push/notifications", True),
        ("*", True),
        ("/v0.1/apps/contoso/shop/push/notifications", True),
        ("*/push/notif?cations*", True),
        ("*/push", False),
        ("*/PUSH/notifications", False),
        ("/push/notifications", False),
    ],
)
def test_paths_match_as_in_fnmatch(broken: App, pattern: str, is_hit: bool) -> None:
    rule(broken, "error-before", path=pattern)
    assert (broken.send().status_code == 500) is is_hit


def test_a_path_matches_with_and_without_its_query_and_decoded(broken: App) -> None:
    for path in ("*/audiences", "*/audiences?include_disabled=*"):
        rule(broken, "error-before", method="GET", path=path)
        assert broken.api.get(broken.audiences, params={"include_disabled": "true"}).status_code == 500
    rule(broken, "error-before", method="*", path="*/Active Users")
    assert broken.api.get(f"{broken.audiences}/Active%20Users").status_code == 500


@pytest.mark.parametrize(
    "rules",
    [
        "text",
        {},
        ["text"],
        [{}],
        [{"method": "GET", "path": "*"}],
        [{"method": "GET", "path": "*", "effect": "explode"}],
        [{"method": "GET", "path": "*", "effect": "delay", "seconds": "1"}],
        [{"path": "*", "effect": "delay"}],
        [{"method": "GET", "path": "*", "effect": "delay", "nth": 0}],
        [{"method": "GET", "path": "*", "effect": "delay", "nht": 1}],
        [{"method": "GET", "path": "*", "effect": "error-after", "status": 200}],
        [{"method": "GET", "effect": "delay"}],
    ],
)
def test_malformed_rules_are_refused_and_change_nothing(broken: App, rules: Any) -> None:
    rule(broken, "error-before")
    reply = broken.api.put("/_sandbox/faults", json={"rules": rules})
    assert reply.status_code == 400
    assert "rules" in reply.json()["error"]["message"]
    assert len(counts(broken)) == 1


def test_the_log_tells_what_was_answered(broken: App) -> None:
    rule(broken, "drop-after", nth=1)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        broken.send()
    broken.api.get(f"{broken.audiences}?include_disabled=true&x=%20y")
    logged = broken.api.get("/_sandbox/requests").json()["requests"]
    assert logged == [
        {"method": "POST", "path": broken.notifications, "status": 0, "fault": "drop-after"},
        {"method": "GET", "path": f"{broken.audiences}?include_disabled=true&x=%20y", "status": 200},
    ]
