"""Who gets a campaign: once, from when it begins until it is over, and by pushes as often as one likes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import settled

from .conftest import App, advance, device, started

IDS = {number: str(device(number)["install_id"]) for number in range(10)}
FRENCH = {"expression": "F", "criteria": {"F": {"type": "language", "name": "fr"}}}
PREMIUM = {"expression": "P", "criteria": {"P": {"type": "string-tag", "name": "plan", "value": "premium"}}}


def test_a_one_shot_reaches_the_devices_of_its_moment_and_no_later_ones(tmp_path: Path) -> None:
    with started(tmp_path, settle=10) as (_, app):
        app.seed(device(1, Language="fr"), device(2, Language="de"))
        path = app.create(pushMode="one-shot", audience=FRENCH)
        app.move(path, "activate")
        app.seed(device(3, Language="fr"))
        advance(app, 11)
        app.seed(device(4, Language="fr"))  # it has begun, though nobody looked yet
        app.seed(device(2, Language="fr"))
        assert app.rung(path) == {IDS[1], IDS[3]}
        assert app.state(path) == "in-progress"


def test_real_time_reaches_who_comes_into_the_audience_each_once(app: App) -> None:
    app.seed(device(1, Language="fr"), device(2, Language="de"))
    path = app.begin(app.create(audience=FRENCH))
    settled(lambda: app.rung(path) == {IDS[1]})
    app.seed(device(1, Language="fr"), device(3, Language="fr"))
    assert app.rung(path) == {IDS[1], IDS[3]}
    app.seed(device(2, Language="fr"))
    assert app.rung(path) == {IDS[1], IDS[2], IDS[3]}
    app.move(path, "finish")
    app.seed(device(4, Language="fr"))
    assert app.rung(path) == {IDS[1], IDS[2], IDS[3]}
    assert app.statistics(path)["delivered"] == 3


def test_a_tag_brings_a_device_into_a_real_time_campaign(app: App) -> None:
    app.seed(device(1), device(2))
    path = app.begin(app.create(audience=PREMIUM))
    assert app.rung(path) == set()
    app.tag({IDS[2]: {"plan": "premium"}})
    settled(lambda: app.rung(path) == {IDS[2]})


def test_a_subset_is_a_limit_on_the_whole_campaign(app: App) -> None:
    app.seed(device(1), device(2))
    path = app.begin(app.create(audience={"filters": [{"type": "engage-subset", "max": 3}]}))
    app.seed(device(3), device(4), device(5))
    assert app.rung(path) == {IDS[1], IDS[2], IDS[3]}


def test_moments_that_passed_unseen_are_made_up_in_their_order(tmp_path: Path) -> None:
    with started(tmp_path, clock="2026-01-01T00:00:00Z") as (_, app):
        app.seed(device(1), device(2, Language="fr"))
        first = app.create(
            name="first", pushMode="one-shot", audience=FRENCH, startTime="2026-01-01T01:00:00Z", timezone="UTC"
        )
        asked = {"type": "announcement-feedback", "content-id": int(first.rpartition("/")[2]), "action": "pushed"}
        audience = {"expression": "not F", "criteria": {"F": asked}}
        second = app.create(
            name="second", pushMode="one-shot", audience=audience, startTime="2026-01-01T02:00:00Z", timezone="UTC"
        )
        for path in (second, first):
            app.move(path, "activate")
        advance(app, 86_400)
        assert [one["name"] for one in app.deliveries()] == ["first", "second"]
        assert (app.rung(first), app.rung(second)) == ({IDS[2]}, {IDS[1]})


def test_a_native_push_goes_only_to_who_can_get_it(app: App) -> None:
    app.seed(device(1), device(2, push_enabled=False), device(3, push_failure="Bad Channel"))
    path = app.begin(app.create("nativePushes", payload={"aps": {"badge": 1}}))
    assert app.rung(path) == {IDS[1]}
    assert app.deliveries()[0]["content"] == {"payload": {"aps": {"badge": 1}}}
    assert app.statistics(path)["pushed"] == 2


def manual(app: App, kind: str = "announcements", **content: Any) -> str:
    return app.begin(app.create(kind, pushMode="manual", **content))


def test_a_manual_campaign_rings_only_when_it_is_pushed_and_every_time(app: App) -> None:
    app.seed(device(1), device(2), device(3, push_failure="Bad Channel"))
    path = manual(app, notificationTitle="Order", notificationMessage="Shipped", actionUrl="http://x")
    assert app.deliveries() == []
    unknown = "97fddfdf62a4f8816fe2d355806c787b"
    pushed = app.post(f"{path}/push", {"deviceIds": [IDS[1], unknown, IDS[1], IDS[3], unknown]})
    assert pushed.json() == {"invalidDeviceIds": [unknown]}
    assert app.post(f"{path}/push", {"deviceIds": [IDS[1], IDS[2]]}).json() == {"invalidDeviceIds": []}
    assert app.post(f"{path}/push", {"deviceIds": [unknown]}).json() == {"invalidDeviceIds": [unknown]}
    assert app.post(f"{path}/push", {"deviceIds": []}).json() == {"invalidDeviceIds": []}
    content = {"notificationTitle": "Order", "notificationMessage": "Shipped", "actionUrl": "http://x"}
    common = {"app": app.coordinate, "notification_id": path.rpartition("/")[2], "name": "news", "content": content}
    assert app.deliveries() == [
        common | {"devices": 1, "device_ids": [IDS[1]]},
        common | {"devices": 2, "device_ids": [IDS[1], IDS[2]]},
    ]


def test_a_push_takes_at_most_1000_devices_and_2_megabytes(app: App) -> None:
    path = manual(app)
    ids = [f"{number:032x}" for number in range(1_001)]
    assert app.post(f"{path}/push", {"deviceIds": ids}).status_code == 413
    assert app.post(f"{path}/push", {"deviceIds": ids[1:]}).json() == {"invalidDeviceIds": ids[1:]}
    assert app.post(f"{path}/push", {"deviceIds": ["x" * 2_100_000]}).status_code == 413


def test_a_push_needs_a_manual_campaign_in_progress(app: App) -> None:
    assert app.post(f"{app.begin(app.create(name='auto'))}/push", {"deviceIds": []}).status_code == 400
    draft = app.create(name="draft", pushMode="manual")
    assert app.post(f"{draft}/push", {"deviceIds": []}).status_code == 400
    path = manual(app)
    for body in ({}, {"deviceIds": "x"}, {"deviceIds": [1]}, {"deviceIds": [], "data": []}):
        assert app.post(f"{path}/push", body).status_code == 400
    app.move(path, "finish")
    assert app.post(f"{path}/push", {"deviceIds": []}).status_code == 400
    assert app.post("campaigns/polls/999999999/push", {"deviceIds": []}).status_code == 404


def test_data_overrides_content_for_one_push_only(app: App) -> None:
    app.seed(device(1))
    path = manual(app, notificationTitle="Order", notificationMessage="Shipped", timezone="Asia/Tokyo")
    data = {"notificationMessage": "#123 shipped", "actionUrl": "http://x", "endTime": "2999-01-01T00:00:00Z"}
    app.post(f"{path}/push", {"deviceIds": [IDS[1]], "data": data})
    app.post(f"{path}/push", {"deviceIds": [IDS[1]]})
    assert [one["content"] for one in app.deliveries()] == [
        {"notificationTitle": "Order", "notificationMessage": "#123 shipped", "actionUrl": "http://x"},
        {"notificationTitle": "Order", "notificationMessage": "Shipped"},
    ]
    assert app.get(path).json()["notificationMessage"] == "Shipped"


@pytest.mark.parametrize("name", ["name", "manualPush", "pushMode", "audience", "startTime", "timezone"])
def test_what_cannot_be_overridden_is_refused(app: App, name: str) -> None:
    app.seed(device(1))
    refused = app.post(f"{manual(app)}/push", {"deviceIds": [IDS[1]], "data": {name: None}})
    assert refused.status_code == 400
    assert f"data.{name}" in refused.json()["error"]["message"]
    assert app.deliveries() == []


def test_an_override_has_the_limits_of_content_and_as_many_questions_and_choices(app: App) -> None:
    def questions(*choices: int) -> list[dict[str, Any]]:
        return [{"id": at, "choices": [{"id": one} for one in range(count)]} for at, count in enumerate(choices)]

    path = manual(app, "polls", questions=questions(2, 3))
    for data, status in (
        ({"questions": questions(2, 3)}, 200),
        ({}, 200),
        ({"questions": questions(2, 2)}, 400),
        ({"questions": questions(2)}, 400),
        ({"title": "t" * 129}, 400),
        ({"actionUrl": "http://x"}, 400),
        ({"endTime": "never"}, 400),
    ):
        assert app.post(f"{path}/push", {"deviceIds": [], "data": data}).status_code == status


def test_a_test_rings_one_device_and_leaves_no_trace_in_the_statistics(app: App) -> None:
    app.seed(device(1))
    path = app.create(notificationTitle="Sale", localization={"fr": {"notificationTitle": "Soldes"}})
    assert app.post(f"{path}/test", {"deviceId": IDS[1], "lang": "fr"}).json() == {
        "id": int(path.rpartition("/")[2]),
        "state": "queued",
    }
    new = {"deviceId": IDS[1], "data": {"notificationTitle": "New"}}
    assert app.post("campaigns/announcements/test", new).json() == {"state": "queued"}
    assert app.post("campaigns/announcements/test", {"deviceId": "unknown", "data": {}}).status_code == 200
    settled(lambda: len(app.deliveries()) == 2)
    assert [one["content"]["notificationTitle"] for one in app.deliveries()] == ["Soldes", "New"]
    assert app.statistics(path)["pushed"] == 0
    assert app.state(path) == "draft"
    assert app.post(f"{path}/test", {}).status_code == 400
    assert app.post("campaigns/announcements/test", {"deviceId": IDS[1]}).status_code == 400


def test_a_population_has_ids_of_32_digits_and_is_reached_in_bulk(tmp_path: Path) -> None:
    with started(tmp_path, devices=20_000, settle=0.0) as (_, app):
        first = app.get("devices", **{"$top": 1}).json()["value"][0]
        assert re.fullmatch("[0-9a-f]{32}", first["deviceId"])
        assert first["appInfo"].keys() == {"plan", "age", "beta", "signup"}
        path = app.begin(app.create(pushMode="one-shot", audience=PREMIUM))
        (delivery,) = app.deliveries()
        assert 1_000 < delivery["devices"] < 20_000
        assert len(delivery["device_ids"]) == 1_000
        assert app.statistics(path)["pushed"] == delivery["devices"]
