"""Statistics: which keys a kind has, and that they add up from what was delivered."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import App, device

PUSHED = {"queued", "pushed", "pushed-native", "pushed-native-google", "pushed-native-adm"}
DELIVERED = {"delivered", "dropped"}
NOTIFIED = {
    f"{where}-notification-{what}" for where in ("system", "in-app") for what in ("displayed", "actioned", "exited")
}
CONTENT = {"content-displayed", "content-actioned", "content-exited"}
ALWAYS = {"system-notification-actioned"}


@pytest.mark.parametrize(
    ("kind", "content", "keys"),
    [
        ("announcements", {"type": "text/plain"}, PUSHED | DELIVERED | NOTIFIED | CONTENT),
        ("announcements", {"type": "only_notif"}, PUSHED | DELIVERED | NOTIFIED),
        ("polls", {}, PUSHED | DELIVERED | NOTIFIED | CONTENT | {"answers"}),
        ("dataPushes", {}, PUSHED | DELIVERED | ALWAYS | CONTENT - {"content-displayed"}),
        ("nativePushes", {}, PUSHED | ALWAYS),
    ],
)
def test_a_kind_has_its_own_keys(app: App, kind: str, content: dict[str, Any], keys: set[str]) -> None:
    app.seed(device(1), device(2, push_enabled=False), device(3, push_failure="Bad Channel"))
    path = app.create(kind, **content)
    assert app.statistics(path).keys() == keys
    assert not any(app.statistics(path).values())
    app.begin(path)
    counted = app.statistics(path)
    assert counted.keys() == keys
    assert counted["queued"] == counted["pushed"] == (2 if kind == "nativePushes" else 3)
    assert counted["pushed-native"] == counted["pushed-native-google"] == 2
    rung = sum(one["devices"] for one in app.deliveries())
    if kind != "nativePushes":
        assert (counted["delivered"], counted["dropped"]) == (rung, 1) == (2, 1)
    if "in-app-notification-displayed" in counted:
        assert counted["in-app-notification-displayed"] + counted["system-notification-displayed"] == rung


def test_system_notifications_are_counted_as_such_and_questions_by_choice(app: App) -> None:
    app.seed(device(1), device(2, push_enabled=False))
    questions = [{"id": 7, "choices": [{"id": 1}, {"id": 2}]}]
    counted = app.statistics(app.begin(app.create("polls", notificationType="system", questions=questions)))
    assert (counted["system-notification-displayed"], counted["in-app-notification-displayed"]) == (1, 1)
    assert counted["answers"] == {"7": {"1": 0, "2": 0}}


def test_each_push_of_a_manual_campaign_counts(app: App) -> None:
    app.seed(device(1), device(2))
    path = app.begin(app.create(pushMode="manual"))
    for ids in ([1], [1, 2], [9]):
        app.post(f"{path}/push", {"deviceIds": [str(device(number)["install_id"]) for number in ids]})
    assert app.statistics(path)["pushed"] == sum(one["devices"] for one in app.deliveries()) == 3


def test_an_ios_app_has_no_counts_of_google(app: App) -> None:
    ios = App(app.api, "shop-ios", app.coordinate.rpartition("-")[2])
    path = ios.create()
    assert ios.statistics(path).keys() == (PUSHED | DELIVERED | NOTIFIED | CONTENT) - {
        "pushed-native-google",
        "pushed-native-adm",
    }
