"""Who may call: tokens and their expiry, the version, the form of errors, paths in any case."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from .conftest import SUBSCRIPTION, VERSION, Api, App, advance, device, started

CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": "me",
    "client_secret": "s3cret",
    "resource": "https://management.core.windows.net/",
}


def test_credentials_give_a_token_that_lives_an_hour(tmp_path: Path) -> None:
    with started(tmp_path, clock="2026-01-01T00:00:00Z") as (server, app):
        given = app.api.post("/contoso.onmicrosoft.com/oauth2/token", data=CREDENTIALS)
        body = given.json()
        assert given.status_code == 200
        assert body["token_type"] == "Bearer"
        assert (body["expires_in"], body["resource"]) == ("3599", CREDENTIALS["resource"])
        assert int(body["expires_on"]) - int(body["not_before"]) in (3599, 3600)
        with Api(server.url, body["access_token"]) as api:
            mine = App(api, "shop-android")
            assert mine.get("devices").status_code == 200
            advance(mine, 3_600)
            expired = mine.get("devices")
        assert (expired.status_code, expired.json()["error"]["code"]) == (401, "ExpiredAuthenticationToken")
        assert app.get("devices").status_code == 200  # any token that is not known to have expired


def test_the_lifetime_of_tokens_can_be_chosen_and_outlives_a_restart(tmp_path: Path) -> None:
    with started(tmp_path, token_seconds=60) as (_, app):
        token = app.api.post("/t/oauth2/token", data=CREDENTIALS).json()["access_token"]
    with started(tmp_path, token="s3cret") as (server, app), Api(server.url, token) as api:
        assert App(api, "shop").get("devices").status_code == 200
        advance(app, 61)
        assert App(api, "shop").get("devices").json()["error"]["code"] == "ExpiredAuthenticationToken"


def test_with_a_token_of_its_own_nothing_else_is_accepted(tmp_path: Path) -> None:
    with started(tmp_path, token="s3cret", read_only_token="look") as (server, app):
        assert app.get("devices").status_code == 200
        with Api(server.url, "wrong") as api:
            assert App(api, "a").get("devices").json()["error"]["code"] == "InvalidAuthenticationToken"
        assert app.api.post("/t/OAuth2/Token", data=CREDENTIALS).status_code == 200
        wrong = app.api.post("/t/oauth2/token", data=CREDENTIALS | {"client_secret": "wrong"})
        assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
        look = app.api.post("/t/oauth2/token", data=CREDENTIALS | {"client_secret": "look"}).json()["access_token"]
        for token in ("look", look):
            with Api(server.url, token) as api:
                assert App(api, "a").get("devices").status_code == 200
                assert App(api, "a").post("campaigns/polls", {"name": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": ""}, 400, "invalid_request"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"resource": ""}, 400, "invalid_request"),
    ],
)
def test_a_bad_request_for_a_token_is_refused_as_the_directory_does(
    app: App, changed: dict[str, str], status: int, error: str
) -> None:
    refused = app.api.post("/tenant/oauth2/token", data=CREDENTIALS | changed)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert refused.json()["error_description"].startswith("AADSTS")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic eDp5"}])
def test_without_a_bearer_token_nothing_is_answered(shared_engagement: str, headers: dict[str, str]) -> None:
    with Api(shared_engagement, None) as api:
        refused = api.get(App(api, "x").root + "/devices", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AuthenticationFailed")


@pytest.mark.parametrize(
    ("query", "code"),
    [("", "MissingApiVersionParameter"), ("?api-version=2016-01-01", "InvalidApiVersionParameter")],
)
def test_the_version_must_be_the_only_one(app: App, shared_engagement: str, query: str, code: str) -> None:
    refused = httpx.get(f"{shared_engagement}{app.root}/devices{query}", headers={"Authorization": "Bearer t"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("accept", "is_json"),
    [
        ("*/*", True),
        ("application/json", True),
        ("text/html, application/json;q=0.5", True),
        ("text/plain", False),
        ("", False),
    ],
)
def test_errors_are_json_for_who_takes_it_and_else_text(app: App, accept: str, is_json: bool) -> None:
    refused = app.api.get(f"{app.root}/devices/unknown", headers={"Accept": accept})
    assert refused.status_code == 404
    assert refused.headers["content-type"].startswith("application/json" if is_json else "text/plain")
    assert "unknown" in (refused.json()["error"]["message"] if is_json else refused.text)
    found = app.api.get(f"{app.root}/devices", headers={"Accept": accept})
    assert found.json() == {"value": []}


def test_faults_are_written_as_the_vendor_writes_errors(tmp_path: Path) -> None:
    with started(tmp_path) as (_, app):
        rules = [
            {"method": "*", "path": "*/devices", "effect": effect, "nth": nth}
            for nth, effect in ((1, "throttle"), (2, "error-before"))
        ]
        app.api.put("/_sandbox/faults", json={"rules": rules})
        assert app.get("devices").json()["error"]["code"] == "TooManyRequests"
        broken = app.api.get(f"{app.root}/devices", headers={"Accept": "text/plain"})
        assert (broken.status_code, broken.headers["content-type"]) == (500, "text/plain; charset=utf-8")


def test_paths_and_ids_are_the_same_in_any_case(app: App) -> None:
    app.seed(device(1))
    made = app.api.post(f"{app.root.upper()}/CAMPAIGNS/DATAPUSHES", json={"name": "Sync"})
    assert made.status_code == 201
    path = f"{app.root.lower()}/campaigns/datapushes/{made.json()['id']}"
    assert app.api.get(path).json()["name"] == "Sync"
    assert app.api.post(f"{path}/ACTIVATE").json()["state"] == "scheduled"
    assert app.api.get(f"{app.root}/Devices/{device(1)['install_id']}").status_code == 200
    assert app.api.get(f"{app.root}/nothing").status_code == 404
    listed = app.api.get("/_sandbox/devices", params={"app": app.coordinate.upper()}).json()["devices"]
    assert [one["app"] for one in listed] == [app.coordinate]


def test_collections_and_apps_are_those_that_were_seen(app: App) -> None:
    collection = app.coordinate.rpartition("-")[2]
    mine = App(app.api, "myApp-android", collection)
    assert app.api.get(mine.apps).json() == {"value": []}
    mine.get("devices")
    ios = App(app.api, "myApp-iOS", collection)
    ios.seed(device(1))
    found = app.api.get(mine.apps).json()["value"]
    assert [(one["name"], one["properties"]["platform"]) for one in found] == [
        ("myapp-android", "Android"),
        ("myapp-ios", "iOS"),
    ]
    provider = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MobileEngagement"
    assert collection in [one["name"] for one in app.api.get(f"{provider}/appcollections").json()["value"]]
    assert app.api.get("/subscriptions/other/providers/microsoft.mobileengagement/appCollections").json() == {
        "value": []
    }
    check = f"{provider}/checkAppCollectionNameAvailability?api-version={VERSION}"
    assert app.api.post(check, json={"name": collection.upper()}).json()["unavailabilityReason"] == "AlreadyExists"
    assert app.api.post(check, json={"name": "no spaces"}).json()["available"] is False
    assert app.api.post(check, json={}).status_code == 400


def test_an_app_needs_all_four_of_its_names(app: App) -> None:
    assert app.api.get(app.root.replace("MobileEngagement/", "a%2Fb/", 1) + "/devices").status_code == 400
    assert app.api.get(app.root.replace("/MobileEngagement/", "//", 1) + "/devices").status_code == 400
