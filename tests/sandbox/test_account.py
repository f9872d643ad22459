"""User, apps, orgs, tokens, push configuration, exports: the rest of the account."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Api, App, device, settled, started

NEW_APP = {"display_name": "My Shop", "os": "iOS", "platform": "Objective-C-Swift"}


def test_the_user_has_a_name_and_a_display_name_to_change(tmp_path: Path) -> None:
    with started(tmp_path) as (_, app):
        assert app.api.get("/v0.1/user").json()["name"] == "sandbox"
        assert app.api.patch("/v0.1/user", json={"display_name": "Ann"}).json()["display_name"] == "Ann"
        assert app.api.get("/v0.1/user").json()["display_name"] == "Ann"
        assert app.api.patch("/v0.1/user", json={"display_name": 5}).status_code == 400


def test_an_app_and_its_org_exist_from_their_first_use(tmp_path: Path) -> None:
    with started(tmp_path) as (_, app):
        assert app.api.get("/v0.1/apps").json() == []
        app.api.get(app.audiences)
        (listed,) = app.api.get("/v0.1/apps").json()
        assert (listed["owner"]["name"], listed["owner"]["type"], listed["name"]) == ("contoso", "org", "shop")
        assert [org["name"] for org in app.api.get("/v0.1/orgs").json()] == ["contoso"]
        assert app.api.get("/v0.1/orgs/contoso/apps").json() == [listed]
        assert app.api.get(app.root).json() == listed


def test_apps_are_created_once_and_changed(tmp_path: Path) -> None:
    with started(tmp_path) as (_, app):
        created = app.api.post("/v0.1/apps", json=NEW_APP)
        assert created.status_code == 201
        assert (created.json()["name"], created.json()["owner"]["type"]) == ("My-Shop", "user")
        assert app.api.post("/v0.1/apps", json=NEW_APP).status_code == 409
        assert app.api.post("/v0.1/orgs/contoso/apps", json=NEW_APP | {"name": "b-shop"}).status_code == 201
        assert app.api.post("/v0.1/apps", json={"display_name": "x"}).status_code == 400
        assert app.api.post("/v0.1/apps", json=NEW_APP | {"os": "BeOS"}).status_code == 400
        changed = app.api.patch("/v0.1/apps/contoso/b-shop", json={"display_name": "A", "description": "d"}).json()
        assert (changed["display_name"], changed["description"], changed["os"]) == ("A", "d", "iOS")
        assert [one["name"] for one in app.api.get("/v0.1/apps", params={"$orderBy": "display_name"}).json()] == [
            "b-shop",
            "My-Shop",
        ]
        assert app.api.get("/v0.1/apps", params={"$orderBy": "size"}).status_code == 400


def test_a_renamed_app_keeps_all_it_has(app: App) -> None:
    app.seed(device(1))
    app.put("one", "Language eq 'en'")
    name = uuid.uuid4().hex
    assert app.api.patch(app.root, json={"name": name}).json()["name"] == name
    renamed = App(app.api, f"contoso/{name}")
    assert renamed.api.get(f"{renamed.audiences}/one").status_code == 200
    assert renamed.reached(None) == {device(1)["install_id"]}
    assert app.api.get(app.audiences).json() == {"values": []}
    assert app.api.patch(app.root, json={"name": name}).status_code == 409


def test_a_deleted_app_begins_anew(app: App) -> None:
    app.seed(device(1))
    app.put("one", "Language eq 'en'")
    assert app.api.delete(app.root).status_code == 204
    assert app.api.get(app.audiences).json() == {"values": []}
    assert app.reached(None) == set()


def test_orgs_are_created_or_updated(app: App) -> None:
    name = uuid.uuid4().hex
    first = app.api.post("/v0.1/orgs", json={"display_name": "First", "name": name})
    second = app.api.post("/v0.1/orgs", json={"display_name": "Second", "name": name})
    assert (first.status_code, second.status_code) == (201, 201)
    assert (second.json()["display_name"], second.json()["id"]) == ("Second", first.json()["id"])
    assert app.api.post("/v0.1/orgs", json={}).status_code == 400


def test_a_token_is_needed(shared: str, app: App) -> None:
    with Api(shared, token=None) as bare:
        for reply in (bare.get("/v0.1/user"), bare.get(app.audiences), bare.put(f"{app.audiences}/a", json={})):
            assert (reply.status_code, reply.json()["error"]["code"]) == (401, "Unauthorized")
        assert bare.get("/_sandbox/health").status_code == 200


def test_only_the_tokens_that_were_given_are_accepted(tmp_path: Path) -> None:
    with started(tmp_path, token="full", read_only_token="viewer") as (server, app):
        assert app.put("one", "Language eq 'en'").status_code == 200
        with Api(server.url, "other") as other, Api(server.url, "viewer") as viewer:
            assert other.get(app.audiences).status_code == 401
            assert viewer.get(app.audiences).status_code == 200
            assert (
                viewer.post(f"{app.audiences}/definition/test", json={"definition": "Language eq 'en'"}).status_code
                == 200
            )
            assert viewer.get(app.root).json()["member_permissions"] == ["viewer"]
            for method, path in (
                ("PUT", f"{app.audiences}/two"),
                ("DELETE", f"{app.audiences}/one"),
                ("POST", app.notifications),
            ):
                refused = viewer.request(method, path, json={})
                assert (refused.status_code, refused.json()) == (403, {"message": "Forbidden", "code": "Forbidden"})
            assert viewer.head(f"{app.audiences}/one").status_code == 204


@pytest.mark.parametrize(("scope", "status"), [(["viewer"], 403), (["all"], 200), (None, 200)])
def test_made_tokens_work_until_they_are_deleted(shared: str, app: App, scope: Any, status: int) -> None:
    basic = httpx.BasicAuth(uuid.uuid4().hex, "secret")
    made = app.api.post("/v0.1/api_tokens", json={"scope": scope, "description": "ci"}, auth=basic)
    assert made.status_code == 201
    (listed,) = app.api.get("/v0.1/api_tokens", auth=basic).json()
    assert listed["description"] == "ci"
    assert "api_token" not in listed
    with Api(shared, made.json()["api_token"]) as api:
        assert App(api, app.coordinate).put("one", "Language eq 'en'").status_code == status
        assert api.delete(f"/v0.1/api_tokens/{listed['id']}", auth=basic).status_code == 204
        assert api.get(app.audiences).status_code == 401
        assert api.delete(f"/v0.1/api_tokens/{listed['id']}", auth=basic).status_code == 404
    assert app.api.get("/v0.1/api_tokens").status_code == 401


def test_tokens_are_stored_nowhere(tmp_path: Path) -> None:
    with started(tmp_path, token="s3cret-token") as (server, app):
        made = app.api.post("/v0.1/api_tokens", json={}, auth=httpx.BasicAuth("ann", "s3cret-token")).json()[
            "api_token"
        ]
        assert made not in app.api.get("/_sandbox/requests").text
        assert "s3cret-token" not in repr(server)
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert made.encode() not in held
    assert b"s3cret-token" not in held


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_missing_body_is_411(app: App, method: str) -> None:
    path = {"POST": app.notifications, "PUT": f"{app.audiences}/one", "PATCH": app.root}[method]
    assert app.api.request(method, path).status_code == 411


def test_unknown_operations_are_404(app: App) -> None:
    for method, path in (
        ("POST", app.audiences),
        ("GET", "/v0.1/nothing"),
        ("GET", "/v9"),
        ("PATCH", f"{app.audiences}/one"),
    ):
        assert app.api.request(method, path, json={}).status_code == 404


CONFIGS: list[dict[str, str]] = [
    {"type": "gcm_config", "google_api_key": "k"},
    {"type": "wns_config", "package_sid": "s", "secret_key": "secret"},
    {
        "type": "apns_token_config",
        "key_id": "k",
        "id": "i",
        "prefix": "p",
        "token": "secret",
        "endpoint_type": "sandbox",
    },
    {
        "type": "apns_config",
        "cert_encoded": "secret",
        "cert_filename": "f",
        "cert_key": "secret",
        "endpoint_type": "production",
    },
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config["type"]))
def test_push_configuration_is_kept_without_its_secrets(app: App, config: dict[str, str]) -> None:
    path = f"{app.root}/push/notifications_config"
    assert (app.api.head(path).status_code, app.api.get(path).status_code, app.api.delete(path).status_code) == (
        404,
        404,
        404,
    )
    assert app.api.put(path, json=config).status_code == 200
    read = app.api.get(path)
    assert "secret" not in read.text
    assert read.json()["type"] == config["type"]
    assert app.api.head(path).status_code == 204
    assert app.api.put(path, json={"type": config["type"]}).status_code == 400
    assert app.api.put(path, json={"type": "fax_config"}).status_code == 400
    assert app.api.delete(path).status_code == 200
    assert app.api.head(path).status_code == 404


@pytest.mark.parametrize(
    ("address", "end"), [("https://x.blob.core.windows.net/c?sig=abc", "Completed"), ("http://nowhere", "Failed")]
)
def test_exports_finish_by_themselves(app: App, address: str, end: str) -> None:
    path = f"{app.root}/push/device_exports"
    started_export = app.api.post(path, json={"blob_container_sas_uri": address})
    assert started_export.status_code == 202
    number = started_export.json()["export_id"]
    settled(lambda: app.api.get(f"{path}/{number}").json()["status"] == end)
    assert app.api.get(f"{path}/unknown").status_code == 404
    assert app.api.post(path, json={}).status_code == 400


def test_a_device_without_registration_gets_nothing(app: App) -> None:
    app.seed(device(1), device(2))
    assert app.api.delete(f"{app.root}/push/devices/{device(1)['install_id']}").status_code == 200
    assert app.api.delete(f"{app.root}/push/devices/unknown").status_code == 404
    assert app.reached(None) == {device(2)["install_id"]}
