"""`examples/app-center` makes the requests of the push API page, and each push reaches the devices it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .project import human_name, opened
from .test_first_push import stated

DEVICE = "00000000-0000-0000-0000-00000000000{}".format
NAME = "First Push From App Center"

AUDIENCES: dict[str, dict[str, Any]] = {
    "a-1": {"definition": "CarrierCountry eq 'US'", "description": "Users in the United States"},
    "a-2": {
        "definition": "myBooleanProperty eq true and myStringPropety eq 'myStringValue'",
        "custom_properties": {"myBooleanProperty": "boolean", "myStringPropety": "string"},
    },
}
CONTENT = {
    "name": NAME,
    "title": "Push From App Center",
    "body": "Welcome!",
    "custom_data": {"key1": "val1", "key2": "val2"},
}
NOTIFICATIONS: dict[str, dict[str, Any]] = {
    "android": {"notification_content": CONTENT},
    "ios": {
        "notification_content": CONTENT,
        "notification_target": {"type": "audiences_target", "audiences": ["a-1", "a-2"]},
    },
    "uwp": {
        "notification_content": CONTENT,
        "notification_target": {"type": "devices_target", "devices": [DEVICE(1), DEVICE(2), DEVICE(3)]},
    },
}


def test_the_requests_are_those_of_the_page(tmp_path: Path) -> None:
    with opened("app-center", tmp_path) as example:
        assert example.run("apply", "--auto-approve").returncode == 0

        for name, body in AUDIENCES.items():
            (put,) = example.recorder.bodies("PUT", f"/YOUR_APP_NAME-ios/analytics/audiences/{name}")
            assert stated(put) == body
        for platform, body in NOTIFICATIONS.items():
            (post,) = example.recorder.bodies("POST", f"/YOUR_APP_NAME-{platform}/push/notifications")
            post["notification_content"]["name"] = human_name(post["notification_content"]["name"])
            assert post == body


def test_each_push_reaches_its_devices_and_no_others(tmp_path: Path) -> None:
    with opened("app-center", tmp_path) as example:
        assert example.run("apply", "--auto-approve").returncode == 0

        assert example.deliveries(3) == {
            ("YOUR_USER_NAME/YOUR_APP_NAME-android", NAME): {DEVICE(number) for number in (1, 2, 3, 4, 5)},
            ("YOUR_USER_NAME/YOUR_APP_NAME-ios", NAME): {DEVICE(number) for number in (1, 2, 4)},
            ("YOUR_USER_NAME/YOUR_APP_NAME-uwp", NAME): {DEVICE(number) for number in (1, 2, 3)},
        }
