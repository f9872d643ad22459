"""`examples/first-push` makes the requests of the post it is taken from, and reaches who the post says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .project import human_name, opened

DEVICE = "00000000-0000-4000-8000-00000000000{}".format

AUDIENCES: dict[str, dict[str, Any]] = {
    "AudienceNotInKP": {"definition": "CarrierCountry ne 'KP'", "description": "Users not in North Korea"},
    "Audience42": {"definition": "TestProperty eq '42'", "custom_properties": {"TestProperty": "string"}},
}
NOTIFICATION: dict[str, Any] = {
    "notification_target": {"type": "audiences_target", "audiences": ["AudienceNotInKP"]},
    "notification_content": {
        "name": "Audience Notification",
        "title": "Audience Notification Title !",
        "body": "Audience Notification Message !",
        "custom_data": {},
    },
}


def test_the_requests_are_those_of_the_post(tmp_path: Path) -> None:
    with opened("first-push", tmp_path) as example:
        assert example.run("apply", "--auto-approve").returncode == 0

        root = "/v0.1/apps/my-user/my-app"
        for name, body in AUDIENCES.items():
            (put,) = example.recorder.bodies("PUT", f"{root}/analytics/audiences/{name}")
            assert stated(put) == stated(body)
        (post,) = example.recorder.bodies("POST", f"{root}/push/notifications")
        post["notification_content"]["name"] = human_name(post["notification_content"]["name"])
        assert stated(post) == stated(NOTIFICATION)


def test_everybody_outside_north_korea_is_reached(tmp_path: Path) -> None:
    with opened("first-push", tmp_path) as example:
        assert example.run("apply", "--auto-approve").returncode == 0

        heard = example.deliveries(1)
        assert heard == {("my-user/my-app", "Audience Notification"): {DEVICE(1), DEVICE(2), DEVICE(3)}}


def stated(body: dict[str, Any]) -> dict[str, Any]:
    """What a body says: an empty mapping says as much as none."""
    return {
        name: stated(value) if isinstance(value, dict) else value for name, value in body.items() if value not in ({},)
    }
