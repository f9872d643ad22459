"""Notifications: who gets them, what is refused, and how they become final."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import App, device, settled, started

ID = {number: str(device(number)["install_id"]) for number in range(10)}
UNKNOWN = "99999999-9999-4999-8999-999999999999"


def seed(app: App) -> None:
    app.seed(
        device(1, user_id="ann", account_id="home", Language="en"),
        device(2, user_id="ann", account_id="work", Language="de"),
        device(3, user_id="bob", account_id="home", Language="en"),
        device(4, user_id="ann", account_id="home", Language="en", push_enabled=False),
    )
    app.put("english", "Language eq 'en'")
    app.put("german", "Language eq 'de'")
    app.put("both", "Language in ('en', 'de')")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (None, {1, 2, 3}),
        ({"type": "broadcast_target"}, {1, 2, 3}),
        ({"type": "audiences_target", "audiences": ["english"]}, {1, 3}),
        ({"type": "audiences_target", "audiences": ["english", "german", "both", "both"]}, {1, 2, 3}),
        ({"type": "devices_target", "devices": [ID[1], ID[4], ID[1], UNKNOWN]}, {1}),
        ({"type": "user_ids_target", "user_ids": ["ann", "nobody"]}, {1, 2}),
        ({"type": "account_ids_target", "account_ids": ["home"]}, {1, 3}),
    ],
)
def test_a_target_reaches_each_of_its_devices_once_and_no_other(app: App, target: Any, expected: set[int]) -> None:
    seed(app)
    assert app.reached(target) == {ID[number] for number in expected}
    (delivery,) = app.deliveries()
    assert delivery["devices"] == len(delivery["device_ids"]) == len(expected)
    assert app.api.get(app.notifications).json()["values"][0]["pns_send_success"] == len(expected)


def test_null_target_is_everyone(app: App) -> None:
    seed(app)
    body = {"notification_content": {"name": "null", "body": "b"}, "notification_target": None}
    number = app.api.post(app.notifications, json=body).json()["notification_id"]
    settled(lambda: bool(app.deliveries(notification_id=number)))
    assert app.deliveries()[0]["devices"] == 3


def test_membership_is_that_of_the_moment_of_acceptance(tmp_path: Path) -> None:
    with started(tmp_path, settle=5) as (_, app):
        seed(app)
        app.send({"type": "audiences_target", "audiences": ["german"]})
        app.seed(device(2, Language="en"), device(5, Language="de"))
        app.api.delete(f"{app.audiences}/german")
        assert app.deliveries() == []
        app.api.put("/_sandbox/clock", json={"advance": 6})
        assert [delivery["device_ids"] for delivery in app.deliveries()] == [[ID[2]]]


@pytest.mark.parametrize(
    "target",
    [
        "everyone",
        [],
        {},
        {"type": "users_target", "users": ["ann"]},
        {"type": "audiences_target"},
        {"type": "audiences_target", "audiences": "english"},
        {"type": "audiences_target", "audiences": []},
        {"type": "audiences_target", "audiences": ["english", "unknown"]},
        {"type": "audiences_target", "audiences": ["disabled"]},
        {"type": "audiences_target", "audiences": [1]},
        {"type": "devices_target", "devices": ["not-a-device"]},
        {"type": "devices_target", "devices": [UNKNOWN] * 101},
        {"type": "user_ids_target", "user_ids": [str(number) for number in range(101)]},
        {"type": "account_ids_target", "account_ids": [str(number) for number in range(101)]},
    ],
)
def test_a_refused_target_sends_nothing(app: App, target: Any) -> None:
    seed(app)
    app.put("disabled", "Language eq 'en'", enabled=False)
    reply = app.send(target)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "BadRequest")
    assert app.api.get(app.notifications).json()["values"] == []


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"name": "abc"}, 202),
        ({"name": "n" * 64}, 202),
        ({"name": "ab"}, 400),
        ({"name": "n" * 65}, 400),
        ({"name": 5}, 400),
        ({"title": "t" * 128}, 202),
        ({"title": "t" * 129}, 400),
        ({"body": None}, 202),
        ({"body": ""}, 400),
        ({"body": "b" * 4000}, 202),
        ({"body": "b" * 4001}, 400),
        ({"custom_data": {str(number): "v" * 100 for number in range(20)}}, 202),
        ({"custom_data": {str(number): "v" for number in range(21)}}, 400),
        ({"custom_data": {"key": "v" * 101}}, 400),
        ({"custom_data": {"badge": 1}}, 400),
        ({"custom_data": []}, 400),
    ],
)
def test_content_has_the_vendors_limits(app: App, content: dict[str, Any], status: int) -> None:
    assert app.send(None, **content).status_code == status


def test_content_and_target_are_read_as_they_were_sent(app: App) -> None:
    seed(app)
    target = {"type": "devices_target", "devices": [ID[1]]}
    accepted = app.send(target, name="Order ~9f", title="Grüße", body="ß", custom_data={"link": "shop://sale"})
    assert accepted.status_code == 202
    read = app.api.get(accepted.headers["location"]).json()
    assert read["notification_id"] == accepted.json()["notification_id"]
    assert read["name"] == "Order ~9f"
    assert read["notification_target"] == target
    content = {"name": "Order ~9f", "title": "Grüße", "body": "ß", "custom_data": {"link": "shop://sale"}}
    assert read["notification_content"] == content
    assert app.api.get(f"{app.notifications}/{UNKNOWN}").status_code == 404


def test_states_move_from_queued_to_sending_to_the_end(tmp_path: Path) -> None:
    with started(tmp_path, settle=10) as (_, app):
        app.seed(device(1, push_failure="Bad Channel"), device(2, push_failure="Bad Channel"), device(3))
        for devices in ([1, 2, 3], [1, 2], [9]):
            app.send({"type": "devices_target", "devices": [ID[number] for number in devices]})

        def states() -> list[str]:
            return [
                one["state"]
                for one in app.api.get(app.notifications, params={"$orderby": "send_time"}).json()["values"]
            ]

        assert states() == ["Queued"] * 3
        app.api.put("/_sandbox/clock", json={"advance": 6})
        assert states() == ["Sending"] * 3
        app.api.put("/_sandbox/clock", json={"advance": 6})
        assert states() == ["Completed", "Failed", "NoTargetFound"]
        first = app.api.get(app.notifications).json()["values"][0]
        details = app.api.get(f"{app.notifications}/{first['notification_id']}").json()
        assert (details["pns_send_success"], details["pns_send_failure"]) == (1, 2)
        assert details["failure_outcomes"] == [{"failure_reason": "Bad Channel", "count": 2}]
        assert [delivery["device_ids"] for delivery in app.deliveries()] == [[ID[3]]]


def test_only_the_first_1000_members_are_reached_but_a_broadcast_reaches_all(app: App) -> None:
    app.seed(*(device(number, Language="en", user_id="ann") for number in range(1_200)))
    app.put("english", "Language eq 'en'")
    for target, count in (
        ({"type": "audiences_target", "audiences": ["english"]}, 1_000),
        ({"type": "user_ids_target", "user_ids": ["ann"]}, 1_000),
        ({"type": "broadcast_target"}, 1_200),
    ):
        reached = app.reached(target)
        assert app.deliveries()[-1]["devices"] == count
        assert reached == {str(device(number)["install_id"]) for number in range(1_000)}


def test_deleting_archives_the_record_and_recalls_nothing(app: App) -> None:
    seed(app)
    number = app.send().json()["notification_id"]
    assert app.api.request("DELETE", app.notifications, json={"values": [number, UNKNOWN]}).status_code == 200
    assert app.api.get(app.notifications).json()["values"] == []
    archived = app.api.get(app.notifications, params={"include_archived": "true"}).json()["values"]
    assert [one["notification_id"] for one in archived] == [number]
    settled(lambda: len(app.deliveries()) == 1)
    assert app.api.request("DELETE", app.notifications, json={}).status_code == 400


def test_apps_do_not_share_anything(app: App) -> None:
    seed(app)
    other = App(app.api, app.coordinate + "-other")
    assert other.send({"type": "audiences_target", "audiences": ["english"]}).status_code == 400
    assert other.reached(None) == set()
    number = app.send().json()["notification_id"]
    assert other.api.get(f"{other.notifications}/{number}").status_code == 404
    other.api.request("DELETE", other.notifications, json={"values": [number]})
    assert len(app.api.get(app.notifications).json()["values"]) == 1
