"""Users and events: what is answered, whose app they belong to, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Api, App, started


def test_the_documented_answers(app: App) -> None:
    told = app.event("ann", "purchase", total=3).json()
    assert told.pop("event_id").startswith("evt_")
    assert told == {"success": True, "message": "Event tracked successfully"}
    events = [{"event_name": "purchase", "user_id": "ann", "ip": "127.0.0.1", "ua": "x"}] * 100
    answered = app.api.post("/v1/events/batch", json={"events": events, "app_id": app.id})
    assert answered.status_code == 200
    assert answered.json()["processed_count"] == 100
    assert app.count("triggered purchase exactly 101 times") == 1
    body = {"app_id": app.id, "user_id": "bob", "email": "b@example.com", "phone": "+1", "origin": {"source": "x"}}
    answered = app.api.post("/v1/users", json=body)
    assert answered.status_code == 200
    assert (answered.json()["success"], answered.json()["external_id"]) == (True, "bob")
    assert answered.json()["user_id"].startswith("usr_")
    assert app.user("bob").json()["user_id"] == answered.json()["user_id"]
    assert app.user("cat").json()["user_id"] != answered.json()["user_id"]
    assert app.count("email = 'b@example.com' AND phone = '+1'") == 1
    assert app.count("origin") == 0


def test_an_upsert_keeps_what_it_does_not_name(app: App) -> None:
    app.user("ann", plan="free", vip=True)
    app.user("ann", plan="premium")
    assert app.count("plan = premium AND vip = true") == 1
    app.user("ann", vip=None, tags=["a", {"b": None}])
    assert (app.count("vip is missing"), app.count("tags"), app.count("tags = 'a'")) == (1, 1, 0)


@pytest.mark.parametrize(
    ("path", "body", "code", "field"),
    [
        ("events", {"user_id": "a"}, "MISSING_FIELD", "event_name"),
        ("events", {"event_name": "a"}, "MISSING_FIELD", "user_id"),
        ("events", {"event_name": "a", "user_id": 3}, "INVALID_TYPE", "user_id"),
        ("events", {"event_name": "a", "user_id": "b", "properties": []}, "INVALID_TYPE", "properties"),
        ("events", {"event_name": "a", "user_id": "b", "app_id": 3}, "INVALID_TYPE", "app_id"),
        ("events/batch", {}, "MISSING_FIELD", "events"),
        ("events/batch", {"events": {}}, "INVALID_TYPE", "events"),
        ("events/batch", {"events": []}, "INVALID_REQUEST", "events"),
        ("events/batch", {"events": [3]}, "INVALID_TYPE", "events[0]"),
        (
            "events/batch",
            {"events": [{"event_name": "a", "user_id": "b"}, {}]},
            "MISSING_FIELD",
            "events[1].event_name",
        ),
        ("events/batch", {"events": [{"event_name": "a", "user_id": "b"}] * 101}, "INVALID_REQUEST", "events"),
        ("users", {}, "MISSING_FIELD", "user_id"),
        ("users", {"user_id": "a", "email": 3}, "INVALID_TYPE", "email"),
        ("users", {"user_id": "a", "properties": "x"}, "INVALID_TYPE", "properties"),
        ("users", {"user_id": "a", "origin": "x"}, "INVALID_TYPE", "origin"),
    ],
)
def test_what_is_malformed_is_refused(app: App, path: str, body: dict[str, Any], code: str, field: str) -> None:
    refused = app.api.post(f"/v1/{path}", json={"app_id": app.id} | body)
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert refused.json()["details"] == {"field": field}
    assert app.count("triggered a") == 0


@pytest.mark.parametrize("value", ["1e999", "[" * 30 + "]" * 30])
def test_what_cannot_be_kept_is_refused(app: App, value: str) -> None:
    content = f'{{"app_id": "{app.id}", "user_id": "a", "properties": {{"x": {value}}}}}'
    refused = app.api.post("/v1/users", content=content.encode())
    assert refused.json()["details"] == {"field": "properties"}


def test_a_key_stands_for_an_app(tmp_path: Path) -> None:
    with started(tmp_path) as (server, app):
        made = app.api.post("/v1/apps", json={"name": "Shop"}).json()["app"]
        with Api(server.url, made["api_key"]) as api:
            api.post("/v1/users", json={"user_id": "ann", "properties": {"vip": True}})
            api.post("/v1/events", json={"user_id": "ann", "event_name": "purchase"})
            assert App(api, made["id"]).count("vip AND completed purchase") == 1
        with Api(server.url, "first") as first, Api(server.url, "second") as second:
            for api in (first, second):
                api.post("/v1/users", json={"user_id": "ann", "properties": {"vip": True}})
            ids = [one["id"] for one in app.api.get("/v1/apps").json()["apps"]]
            assert len(ids) == 3
            assert [App(first, id).count("vip") for id in ids] == [1, 1, 1]
