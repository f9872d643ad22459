"""Keys, limits and faults: who is let in, how often, and in which words others are turned away."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from reconciler.sandbox import RateLimit

from .conformance import is_described, spec
from .conftest import Api, App, started

LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def test_keys(tmp_path: Path) -> None:
    with started(tmp_path, token="right", read_only_token="reader") as (server, app):
        assert app.create("vip").status_code == 201
        with Api(server.url, None) as nobody, Api(server.url, "wrong") as wrong, Api(server.url, "reader") as reader:
            refused = App(nobody, "app_123").list()
            assert (refused.status_code, refused.json()["code"]) == (401, "MISSING_AUTH")
            refused = App(wrong, "app_123").list()
            assert (refused.status_code, refused.json()["code"]) == (401, "INVALID_API_KEY")
            assert refused.json()["error"] == "Unauthorized"
            assert App(reader, "app_123").list().status_code == 200
            refused = App(reader, "app_123").create("vip")
            assert (refused.status_code, refused.json()["code"]) == (403, "INSUFFICIENT_PERMISSIONS")
            basic = app.api.get("/v1/audiences", headers={"Authorization": "Basic cmlnaHQ="})
            assert (basic.status_code, basic.json()["code"]) == (401, "MISSING_AUTH")
            for key in (None, "wrong"):
                with Api(server.url, key) as api:
                    refused = api.get("/v1/apps")
                    assert (refused.status_code, refused.json()) == (401, {"error": "Invalid or revoked API key"})
            assert reader.get("/v1/apps").status_code == 200
            assert reader.post("/v1/apps", json={"name": "x"}).status_code == 403


def test_every_answer_tells_what_is_left(tmp_path: Path) -> None:
    with started(tmp_path, rate_limit="vendor") as (server, app):
        expected = {"audiences": 500, "events": 1000, "batch_events": 100, "users": 500, "push_notifications": 500}
        if is_described():
            told = spec()["x-rate-limits"]["per_minute"]
            assert expected == {name: told[name] for name in expected}
        answers = {
            "audiences": app.list(),
            "events": app.event("ann", "x"),
            "batch_events": app.api.post("/v1/events/batch", json={"events": []}),
            "users": app.user("ann"),
            "push_notifications": app.api.get("/v1/notifications/campaigns/1"),
        }
        for quota, answer in answers.items():
            limit, remaining, reset = (int(answer.headers[name]) for name in LIMIT_HEADERS)
            assert (limit, remaining) == (expected[quota], expected[quota] - 1)
            assert 0 < reset - time.time() <= 61
        assert app.create("?").headers["x-ratelimit-remaining"] == "498"
        with Api(server.url, "another") as api:
            assert App(api, "app_123").list().headers["x-ratelimit-remaining"] == "499"


def test_the_501st_call_of_a_minute_is_refused_as_documented(tmp_path: Path) -> None:
    with started(tmp_path, rate_limit="vendor") as (server, app):
        assert [app.list(limit=1).status_code for _ in range(501)] == [200] * 500 + [429]
        refused = app.create("vip")
        body = refused.json()
        retry_after = body["details"].pop("retry_after")
        assert body == {
            "error": "Too Many Requests",
            "message": "Rate limit exceeded",
            "code": "RATE_LIMIT_EXCEEDED",
            "details": {"limit": 500, "window": "1 minute"},
        }
        assert 0 < retry_after <= 60
        assert "retry-after" not in refused.headers
        assert refused.headers["x-ratelimit-remaining"] == "0"
        with Api(server.url, "another") as api:
            assert App(api, "app_123").create("vip").status_code == 201
        app.api.put("/_sandbox/clock", json={"advance": retry_after})
        assert app.create("vip").status_code == 201


def test_the_limit_may_be_another_or_none(tmp_path: Path) -> None:
    with started(tmp_path / "two", rate_limit=RateLimit(2, 10)) as (_, app):
        assert [app.list().status_code for _ in range(3)] == [200, 200, 429]
        assert app.list().json()["details"]["window"] == "10 seconds"
        assert app.user("ann").headers["x-ratelimit-limit"] == "2"
        assert [app.api.get("/v1/apps").status_code for _ in range(3)] == [200, 200, 429]
    with started(tmp_path / "none") as (_, app):
        assert not [name for name in LIMIT_HEADERS if name in app.list().headers]


def test_faults_speak_in_the_vendors_words(tmp_path: Path) -> None:
    with started(tmp_path) as (_, app):
        rules = [
            {"method": "POST", "path": "/v1/audiences", "nth": 1, "effect": "error-after"},
            {"method": "GET", "path": "/v1/audiences*", "nth": 1, "effect": "throttle", "retry_after": 7},
            {"method": "GET", "path": "/v1/apps", "effect": "error-before", "status": 503},
            {"method": "POST", "path": "/v1/users", "effect": "error-before", "status": 599},
        ]
        app.api.put("/_sandbox/faults", json={"rules": rules})
        failed = app.create("vip")
        assert (failed.status_code, failed.json()["error"]) == (500, "Internal Server Error")
        throttled = app.list()
        assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "7")
        assert throttled.json()["code"] == "RATE_LIMIT_EXCEEDED"
        assert throttled.json()["details"] == {"retry_after": 7}
        assert app.list().json()["pagination"]["total"] == 1
        assert app.user("ann").json()["code"] == "INTERNAL_ERROR"
        broken = app.api.get("/v1/apps")
        assert (broken.status_code, list(broken.json())) == (503, ["error"])


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1//audiences", "/v1/audiences/", "/v1/%2Faudiences"])
def test_paths_are_exact(app: App, path: str) -> None:
    assert app.api.get(path).status_code == 404
