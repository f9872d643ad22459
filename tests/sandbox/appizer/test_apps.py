"""Apps: made by a request or by their first use, and gone for good once deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Api, App, started

CREDENTIALS = {"engagement_credentials": {"access_token": "secret-of-wonderpush"}}


def test_an_app_is_made_read_changed_and_deleted(tmp_path: Path) -> None:
    with started(tmp_path, token="right") as (server, app):
        created = app.api.post("/v1/apps", json={"name": "Shop", "engagement_platform": "wonderpush"} | CREDENTIALS)
        assert created.status_code == 201
        made = created.json()["app"]
        assert "secret-of-wonderpush" not in created.text
        assert made["api_key"].startswith("ak_")
        assert made["api_secret"].startswith("as_")
        assert (made["data_retention_days"], made["timezone"], made["email_platform"]) == (365, "UTC", "none")
        path = f"/v1/apps/{made['id']}"
        assert app.api.get(path).json() == {"success": True, "app": made}
        changed = app.api.patch(path, json={"name": "Store", "authorized_domains": ["a.example"]})
        assert changed.status_code == 200
        expected = made | {"name": "Store", "authorized_domains": ["a.example"]}
        assert changed.json()["app"] | {"updated_at": ""} == expected | {"updated_at": ""}
        with Api(server.url, made["api_key"]) as own:
            shop = App(own, made["id"])
            shop.user("ann", vip=True)
            assert shop.count("vip") == 1
            assert app.api.delete(path).json()["success"] is True
            refused = shop.list()
            assert (refused.status_code, refused.json()["code"]) == (401, "REVOKED_API_KEY")
        for gone in (App(app.api, made["id"]).list(), App(app.api, made["id"]).create("vip")):
            assert (gone.status_code, gone.json()["message"]) == (404, "App ID not found")
        for method in ("GET", "PATCH", "DELETE"):
            refused = app.api.request(method, path, json={} if method == "PATCH" else None)
            assert (refused.status_code, refused.json()) == (404, {"error": "App not found"})
    with started(tmp_path, token="right") as (_, app):
        assert App(app.api, made["id"]).list().status_code == 404


def test_an_app_exists_from_its_first_use_and_the_list_has_pages(tmp_path: Path) -> None:
    with started(tmp_path) as (_, app):
        for number in range(3):
            App(app.api, f"app_{number}").list()
        body = app.api.get("/v1/apps", params={"limit": 2}).json()
        assert [one["id"] for one in body["apps"]] == ["app_0", "app_1"]
        assert body["pagination"] == {"limit": 2, "offset": 0, "total": 3, "has_more": True}
        assert [one["id"] for one in app.api.get("/v1/apps", params={"offset": 2}).json()["apps"]] == ["app_2"]
        assert app.api.get("/v1/apps").json()["pagination"]["limit"] == 20
        assert app.api.get("/v1/apps", params={"limit": 101}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "x", "description": "x" * 501},
        {"name": "x", "data_retention_days": 29},
        {"name": "x", "data_retention_days": 2556},
        {"name": "x", "data_retention_days": True},
        {"name": "x", "engagement_platform": "pigeon"},
        {"name": "x", "email_platform": "pigeon"},
        {"name": "x", "webhook_enabled": "yes"},
        {"name": "x", "authorized_domains": [3]},
        {"name": "x", "context_info": "x" * 2001},
    ],
)
def test_what_is_malformed_is_refused_in_one_word(app: App, body: dict[str, Any]) -> None:
    refused = app.api.post("/v1/apps", json=body)
    assert refused.status_code == 400
    assert list(refused.json()) == ["error"]
