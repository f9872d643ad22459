"""`examples/mobile-engagement` makes the requests of "Push campaign", and the backend's word on each device is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .project import Example, opened

ROOT = (
    "/subscriptions/84211edf-7c40-4c47-b152-a6a7233843b7/resourcegroups/MobileEngagement"
    "/providers/Microsoft.MobileEngagement/appcollections/myAppCollection/apps/myApp-android/campaigns"
)
PATH = re.compile(rf"{ROOT}/announcements/\d+/push\?api-version=2014-12-01", re.IGNORECASE)

VALID, INVALID = "ae7a1e59c25725f77c6a06219dd67044", "97fddfdf62a4f8816fe2d355806c787b"
BUYER = "4f56b6db7023558b1ce30068f64404c0"
OVERRIDE = {
    "notificationTitle": "Your command number #123 has been shipped!",
    "notificationMessage": "Click to track it.",
    "actionUrl": "http://mysite.com/commands/123",
}
DEFAULT_PUSH: dict[str, Any] = {"deviceIds": [VALID, INVALID]}
SPECIFIC_PUSH: dict[str, Any] = {"deviceIds": [BUYER], "data": OVERRIDE}

AUDIENCE = {
    "expression": "CarrierCountry_US and Plan_premium",
    "criteria": {
        "CarrierCountry_US": {"type": "carrier-country", "name": "US"},
        "Plan_premium": {"type": "string-tag", "name": "plan", "value": "premium"},
    },
}


def test_the_pushes_are_those_of_the_page(tmp_path: Path) -> None:
    with opened("mobile-engagement", tmp_path) as example:
        told = _applied(example)

        pushes = [(path, body) for _, path, body in example.recorder.requests if "/push?" in path]
        assert [body for _, body in pushes] == [DEFAULT_PUSH, SPECIFIC_PUSH]
        assert [path for path, _ in pushes if not PATH.fullmatch(path)] == []
        assert f"the backend rejected 1 of 2 ids: {INVALID}" in told


def test_each_device_hears_what_the_page_says(tmp_path: Path) -> None:
    with opened("mobile-engagement", tmp_path) as example:
        _applied(example)

        heard = [each for each in example.delivered(5) if each["name"] == "order-news"]
        assert [each["device_ids"] for each in heard] == [[VALID], [BUYER]]
        assert [each["content"]["notificationTitle"] for each in heard] == ["Your order", OVERRIDE["notificationTitle"]]
        assert heard[1]["content"] == OVERRIDE


def test_a_campaign_of_each_type_is_made_and_the_scheduled_one_waits(tmp_path: Path) -> None:
    with opened("mobile-engagement", tmp_path) as example:
        _applied(example)

        bodies = {body["name"]: body for _, _, body in example.recorder.requests if body and "name" in body}
        assert set(bodies) == {"order-news", "black-friday", "like-the-shop", "prices", "badge"}
        assert bodies["order-news"]["pushMode"] == "manual"
        assert bodies["black-friday"]["audience"] == AUDIENCE
        assert bodies["black-friday"]["startTime"] == "2040-11-23T09:00:00Z"
        assert [len(each["choices"]) for each in bodies["like-the-shop"]["questions"]] == [2, 3]
        assert bodies["prices"]["body"] == '{"currency": "EUR", "shipping": 0}'
        assert bodies["badge"]["payload"] == {"alert": "News in the shop", "badge": "+1", "sound": "default"}
        assert "black-friday" not in {each["name"] for each in example.delivered(5)}


def _applied(example: Example) -> str:
    """What applying the example tells; a push leaves no trace, so its ledger is made first."""
    assert example.run("init").returncode == 0
    ended = example.run("apply", "--auto-approve")
    assert ended.returncode == 0, ended.stderr
    return ended.stderr
