"""Audiences: what is answered, what is refused, paging, and sizes that follow the users."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from .conftest import App, started


def test_the_documented_request_has_the_documented_answer(tmp_path: Path) -> None:
    with started(tmp_path) as (_, app):
        app.seed({"install_id": "1", "user_id": "ann", "custom_properties": {"plan": "premium"}})
        app.event("ann", "app_open")
        body = {
            "app_id": "app_123",
            "name": "Active Premium Users",
            "description": "Users with premium plan who were active in the last 7 days",
            "criteria": "Users with plan=premium AND last_active within 7 days",
        }
        created = app.api.post("/v1/audiences", json=body)
        assert created.status_code == 201
        told = created.json()
        assert re.fullmatch(r"aud_[0-9a-f]+", told.pop("audience_id"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told.pop("created_at"))
        assert told == {
            "success": True,
            "name": "Active Premium Users",
            "user_count": 1,
            "message": "Audience created successfully",
        }
        (listed,) = app.list().json()["audiences"]
        assert listed == {
            "audience_id": created.json()["audience_id"],
            "name": body["name"],
            "description": body["description"],
            "user_count": 1,
            "created_at": created.json()["created_at"],
            "updated_at": created.json()["created_at"],
        }


def test_names_are_not_unique_and_criteria_do_not_come_back(app: App) -> None:
    first, second = app.create("vip = true", "twice"), app.create("vip = false", "twice")
    assert first.json()["audience_id"] != second.json()["audience_id"]
    listed = app.list().json()["audiences"]
    assert [one["name"] for one in listed] == ["twice", "twice"]
    assert [one["description"] for one in listed] == [None, None]
    assert "vip" not in app.list().text + first.text


def test_pages_are_oldest_first(app: App) -> None:
    for number in range(7):
        app.create("vip", f"{9 - number}")

    def page(**query: Any) -> tuple[list[str], dict[str, Any]]:
        body = app.list(**query).json()
        return [one["name"] for one in body["audiences"]], body["pagination"]

    assert page(limit=3) == (["9", "8", "7"], {"total": 7, "limit": 3, "offset": 0, "has_more": True})
    assert page(limit=3, offset=3) == (["6", "5", "4"], {"total": 7, "limit": 3, "offset": 3, "has_more": True})
    assert page(limit=3, offset=6) == (["3"], {"total": 7, "limit": 3, "offset": 6, "has_more": False})
    assert page(limit=4, offset=3) == (["6", "5", "4", "3"], {"total": 7, "limit": 4, "offset": 3, "has_more": False})
    assert page(offset=100) == ([], {"total": 7, "limit": 50, "offset": 100, "has_more": False})
    assert page(limit=100)[1]["limit"] == 100


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 0}, {"limit": "x"}, {"limit": -1}, {"offset": -1}, {"offset": "1.5"}, {"offset": "9" * 20}])  # fmt: skip
def test_pages_that_cannot_be_are_refused(app: App, query: dict[str, Any]) -> None:
    refused = app.list(**query)
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_REQUEST")
    assert refused.json()["details"] == {"field": next(iter(query))}


@pytest.mark.parametrize("field", ["app_id", "name", "criteria"])
@pytest.mark.parametrize(
    ("value", "code"),
    [(None, "MISSING_FIELD"), ("", "MISSING_FIELD"), (" ", "MISSING_FIELD"), (3, "INVALID_TYPE"), (["vip"], "INVALID_TYPE")],
)  # fmt: skip
def test_required_fields_are_strings(app: App, field: str, value: object, code: str) -> None:
    refused = app.create("vip", **{field: value})
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert refused.json()["error"] == "Bad Request"
    assert refused.json()["details"] == {"field": field}


def test_other_malformed_requests(app: App) -> None:
    assert app.create("vip", description=3).json()["code"] == "INVALID_TYPE"
    assert app.create("vip", app_id="contoso/shop").json()["details"] == {"field": "app_id"}
    assert app.create("vip", unknown="is ignored").status_code == 201
    for content in (b"", b"{", b"[]", b"3", b"\xff", b"[" * 100_000):
        refused = app.api.post("/v1/audiences", content=content)
        assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_REQUEST")
    missing = app.api.get("/v1/audiences")
    assert (missing.status_code, missing.json()["code"]) == (400, "MISSING_FIELD")
    assert missing.json()["details"] == {"field": "app_id"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "audiences/aud_1"),
        ("PUT", "audiences/aud_1"),
        ("PATCH", "audiences/aud_1"),
        ("DELETE", "audiences/aud_1"),
        ("DELETE", "audiences"),
        ("GET", "users"),
        ("GET", "nothing"),
        ("POST", "notifications"),
    ],
)
def test_what_is_not_documented_does_not_exist(app: App, method: str, path: str) -> None:
    refused = app.api.request(method, f"/v1/{path}")
    assert (refused.status_code, refused.json()["error"]) == (404, "Not Found")


def test_campaigns_are_not_found(app: App) -> None:
    refused = app.api.get("/v1/notifications/campaigns/camp_1")
    assert (refused.status_code, refused.json()["message"]) == (404, "Campaign ID not found")


def test_sizes_follow_users_and_devices(app: App) -> None:
    phone = {"install_id": "1", "user_id": "ann", "custom_properties": {"plan": "free", "vip": True}}
    tablet = {"install_id": "2", "user_id": "ann", "custom_properties": {"plan": "premium"}}

    def size() -> int:
        return int(app.list().json()["audiences"][0]["user_count"])

    assert app.count("plan = 'premium' AND vip = true") == 0
    app.seed(phone)
    assert size() == 0
    app.seed(tablet)
    assert size() == 1  # one user with both devices' properties, the last told on top
    app.seed(phone)
    assert size() == 0
    app.user("ann", plan="premium")
    assert size() == 1  # what was posted of a user is above their devices
    app.user("ann", plan=None)
    assert size() == 0
    app.user("bob", plan="premium", vip=True)
    assert size() == 1
    app.seed(tablet | {"user_id": "cat", "custom_properties": {"plan": "premium", "vip": True}})
    assert size() == 2
    app.seed(tablet | {"user_id": None})
    assert size() == 1


def test_apps_do_not_share_users_or_audiences(app: App) -> None:
    other = App(app.api, f"{app.id}_other")
    app.user("ann", vip=True)
    app.event("ann", "purchase")
    assert (app.count("vip"), other.count("vip")) == (1, 0)
    assert (app.count("completed purchase"), other.count("completed purchase")) == (1, 0)
    assert other.list().json()["pagination"]["total"] == 2


def test_a_made_up_population_has_users(tmp_path: Path) -> None:
    with started(tmp_path, devices=2_000) as (_, app):
        premium, free = app.count("Users with plan = 'premium'"), app.count("Users with plan = 'free'")
        assert premium > 100
        assert premium + free == app.count("Users with AppVersion is set")
        assert 1_000 < premium + free < 1_500  # three of four devices are signed in, some users have two
        assert 0 < app.count("Users from country=US AND plan=premium") < premium
        assert app.count("Users with signup after 2000-01-01") == premium + free
        assert app.count("Users with NOT (plan = 'free' OR age < 18)") <= premium


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    with started(tmp_path) as (_, app):
        app.seed({"install_id": "1", "user_id": "ann", "custom_properties": {"vip": True}})
        app.user("bob", vip=True)
        app.event("cat", "purchase")
        app.create("vip", "members")
        app.create("Users who completed purchase in the last 30 days", "buyers")
        before = app.list().json()
    with started(tmp_path) as (_, app):
        assert app.list().json() == before
        assert [one["user_count"] for one in before["audiences"]] == [2, 1]
        assert app.count("vip") == 2
