"""The SDK's door: what a device tells of itself decides what reaches it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .conftest import App, device

ID = str(device(1)["install_id"])
DEVICE = {
    "locale": "de_AT",
    "osVersion": "14",
    "osApiLevel": 34,
    "carrierCountry": "at",
    "model": "m",
    "appVersion": "1.0",
}


def log(app: App, *logs: dict[str, Any], **headers: str) -> httpx.Response:
    secret = app.api.get(app.root).json()["app_secret"]
    return app.api.post(
        "/logs?api-version=1.0.0", json={"logs": list(logs)}, headers={"App-Secret": secret, "Install-ID": ID} | headers
    )


def held(app: App) -> Any:
    found = app.api.get("/_sandbox/devices", params={"app": app.coordinate}).json()["devices"]
    return found[0] if found else None


def test_a_device_registers_and_is_reached(app: App) -> None:
    assert log(app, {"type": "startService", "device": DEVICE}).status_code == 200
    assert app.reached(None) == set()
    log(app, {"type": "pushInstallation", "pushToken": "t", "userId": "ann"})
    assert app.reached({"type": "user_ids_target", "user_ids": ["ann"]}) == {ID}
    told = {
        "Language": "de",
        "OsVersion": "34",
        "CarrierCountry": "AT",
        "Model": "m",
        "AppVersion": "1.0",
        "user_id": "ann",
    }
    assert told.items() <= held(app).items()


@pytest.mark.parametrize("kind", ["customProperties", "custom_properties"])
def test_custom_properties_are_set_kept_and_cleared(app: App, kind: str) -> None:
    given = [
        ("string", "plan", "premium"),
        ("number", "age", 42),
        ("boolean", "beta", True),
        ("string", "a b", "x"),
        ("string", "long", "x" * 129),
    ]
    log(app, {"type": kind, "properties": [{"type": one, "name": name, "value": value} for one, name, value in given]})
    log(
        app,
        {
            "type": kind,
            "properties": [{"type": "clear", "name": "beta"}, {"type": "number", "name": "age", "value": 43}],
        },
    )
    assert held(app)["custom_properties"] == {"plan": "premium", "age": 43}


def test_blocked_logs_are_dropped(app: App) -> None:
    log(app, {"type": "customProperties", "properties": [{"type": "number", "name": "age", "value": 1}]})
    assert app.api.put(f"{app.root}/devices/block_logs/{ID}", json={}).status_code == 200
    log(app, {"type": "customProperties", "properties": [{"type": "number", "name": "age", "value": 2}]})
    other = str(device(2)["install_id"])
    log(app, {"type": "pushInstallation"}, **{"Install-ID": other})
    assert app.api.put(f"{app.root}/devices/block_logs", json={}).status_code == 200
    log(app, {"type": "pushInstallation"}, **{"Install-ID": str(device(3)["install_id"])})
    listed = app.api.get("/_sandbox/devices", params={"app": app.coordinate}).json()["devices"]
    assert [one["install_id"] for one in listed] == [ID, other]
    assert listed[0]["custom_properties"] == {"age": 1}


def test_only_the_apps_own_secret_opens_the_door(app: App) -> None:
    assert log(app, {"type": "pushInstallation"}, **{"App-Secret": "wrong"}).status_code == 401
    assert log(app, {"type": "pushInstallation"}, **{"Install-ID": "wrong"}).status_code == 400
    assert held(app) is None
