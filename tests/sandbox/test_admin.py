"""The admin door: what is put in can be looked at, and mistakes are told."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from .conftest import App, device, settled, started


def test_devices_are_given_back_as_they_were_given(app: App) -> None:
    full = device(
        1,
        user_id="u",
        account_id="a",
        AppVersion="1.0.0",
        CarrierCountry="US",
        CarrierName="AT&T",
        Language="en",
        Model="m",
        OemName="o",
        OsVersion="9",
        ScreenSize="1x2",
        push_enabled=False,
        custom_properties={"plan": "x", "age": 1.5, "beta": True, "since": "2026-01-31T00:00:00Z"},
    )
    app.seed(full, device(2))
    given = app.api.get("/_sandbox/devices", params={"app": app.coordinate}).json()
    bare = device(2) | {"custom_properties": {}, "push_enabled": True}
    assert given == {"total": 2, "devices": [{"app": app.coordinate} | full, {"app": app.coordinate} | bare]}


def test_a_device_that_is_put_again_is_replaced_whole(app: App) -> None:
    app.seed(device(1, Language="en", custom_properties={"plan": "x"}))
    app.seed(device(1, Model="m"), device(1, Model="n"))
    (held,) = app.api.get("/_sandbox/devices", params={"app": app.coordinate}).json()["devices"]
    assert held == {"app": app.coordinate} | device(1, Model="n") | {"custom_properties": {}, "push_enabled": True}


@pytest.mark.parametrize(
    ("device_value", "told"),
    [
        ({}, "install_id"),
        ({"install_id": 5}, "install_id"),
        ("text", "object"),
        ({"install_id": "a", "user_id": 5}, "user_id"),
        ({"install_id": "a", "Colour": "red"}, "Colour"),
        ({"install_id": "a", "Language": ["en"]}, "Language"),
        ({"install_id": "a", "push_enabled": 1}, "push_enabled"),
        ({"install_id": "a", "custom_properties": []}, "custom_properties"),
        ({"install_id": "a", "custom_properties": {"a b": 1}}, "a b"),
        ({"install_id": "a", "custom_properties": {"a": {}}}, "`a`"),
        ({"install_id": "a", "custom_properties": {"a": "x" * 129}}, "128"),
        ({"install_id": "a", "custom_properties": {f"p{number}": 1 for number in range(61)}}, "60"),
    ],
)
def test_one_wrong_device_is_named_and_none_is_added(app: App, device_value: Any, told: str) -> None:
    body = {"app": app.coordinate, "devices": [device(1), device_value]}
    refused = app.api.post("/_sandbox/devices", json=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith("devices[1]")
    assert told in refused.json()["error"]["message"]
    assert app.api.get("/_sandbox/devices", params={"app": app.coordinate}).json()["total"] == 0


@pytest.mark.parametrize(
    "body", [[], {"devices": []}, {"app": "", "devices": []}, {"app": "a/b"}, {"app": 1, "devices": []}]
)
def test_a_wrong_body_is_told(app: App, body: Any) -> None:
    assert app.api.post("/_sandbox/devices", json=body).status_code == 400


def test_devices_come_in_pages(app: App) -> None:
    app.seed(*(device(number) for number in range(25)))
    query = {"app": app.coordinate, "limit": "10", "offset": "20"}
    page = app.api.get("/_sandbox/devices", params=query).json()
    assert (page["total"], len(page["devices"])) == (25, 5)
    assert app.api.get("/_sandbox/devices", params={"limit": "x"}).status_code == 400


def test_deliveries_show_up_to_100_ids_and_the_name_as_given(app: App) -> None:
    app.seed(*(device(number) for number in range(150)))
    app.send(None, name="Sale ~k3x")
    settled(lambda: bool(app.deliveries()))
    (delivery,) = app.api.get("/_sandbox/deliveries", params={"app": app.coordinate}).json()["deliveries"]
    assert set(delivery) == {"app", "notification_id", "name", "devices", "device_ids"}
    assert (delivery["name"], delivery["devices"], len(delivery["device_ids"])) == ("Sale ~k3x", 150, 100)


def test_nothing_delivered_is_no_delivery(app: App) -> None:
    number = app.send().json()["notification_id"]
    settled(lambda: app.api.get(f"{app.notifications}/{number}").json()["state"] == "NoTargetFound")
    assert app.deliveries() == []


def test_what_the_door_does_not_have_is_404(app: App) -> None:
    assert app.api.get("/_sandbox/nothing").status_code == 404
    assert app.api.post("/_sandbox/health").status_code == 404
    assert app.api.get("/_sandbox/health").json()["status"] == "ok"


def test_the_clock_is_set_moves_on_and_dates_every_reply(tmp_path: Path) -> None:
    with started(tmp_path) as (_, app):
        assert (
            app.api.put("/_sandbox/clock", json={"now": "2027-03-01T09:00:00+01:00"})
            .json()["now"]
            .startswith("2027-03-01T08:00:0")
        )
        app.api.put("/_sandbox/clock", json={"advance": 3600})
        reply = app.api.get("/v0.1/user")
        assert parsedate_to_datetime(reply.headers["date"]).isoformat()[:15] == "2027-03-01T09:0"
        for body in (
            {},
            {"now": "soon"},
            {"advance": "1"},
            {"advance": True},
            {"now": "2027-03-01", "advance": 1},
            {"advance": 1e30},
            {"now": "9999-01-01"},
        ):
            assert app.api.put("/_sandbox/clock", json=body).status_code == 400
    with started(tmp_path) as (_, app):
        assert app.api.get("/_sandbox/clock").json()["now"].startswith("2027-03-01T09:0")
