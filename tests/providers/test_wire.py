"""App Center's wire format, as pure functions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.errors import Unreachable
from reconciler.model.send import Attempt
from reconciler.providers.answers import error_text, instant
from reconciler.providers.appcenter import wire

ROOT = "/v0.1/apps/contoso/shop"


@pytest.mark.parametrize(
    ("link", "path"),
    [
        (
            "https://api.appcenter.ms/v0.1/apps/contoso/shop/analytics/audiences?$token=a",
            "/analytics/audiences?$token=a",
        ),
        (
            "https://appcenter.ms/api/v0.1/apps/contoso/shop/analytics/audiences?$token=a",
            "/analytics/audiences?$token=a",
        ),
        ("/api/v0.1/apps/contoso/shop/analytics/audiences?$token=a%2Fb", "/analytics/audiences?$token=a%2Fb"),
        ("/v0.1/apps/contoso/shop/analytics/audiences?$token=a", "/analytics/audiences?$token=a"),
        ("analytics/audiences?$token=a", "/analytics/audiences?$token=a"),
    ],
)
def test_every_form_of_a_next_link_leads_to_the_same_path(link: str, path: str) -> None:
    assert wire.next_path(link, ROOT) == ROOT + path


@pytest.mark.parametrize("link", ["https://evil.example/steal", "/elsewhere", ""])
def test_a_next_link_that_leaves_the_api_is_not_followed(link: str) -> None:
    assert wire.next_path(link, ROOT) == ""


def test_a_next_link_never_chooses_the_host() -> None:
    assert wire.next_path("https://evil.example/v0.1/apps/x/y", ROOT).startswith("/v0.1/")


@pytest.mark.parametrize("name", ["a b", "50% off", "a+b", "ünïcode", "#1?x=y", "…"])
def test_the_name_of_an_audience_is_one_segment_of_its_path(name: str) -> None:
    segment = wire.audience_path(ROOT, name).removeprefix(f"{ROOT}/analytics/audiences/")
    assert segment
    assert not set(segment) & set(" /?#+")


def test_an_upsert_keeps_live_values_of_fields_that_are_not_managed() -> None:
    body = wire.audience_body(
        {"definition": "a"}, {"definition": "b", "description": "by hand", "enabled": False, "x": 1}
    )
    assert body == {"definition": "a", "description": "by hand", "enabled": False}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"audiences": ["a-1", "a-2"]}, {"type": "audiences_target", "audiences": ["a-1", "a-2"]}),
        ({"devices": ["d"]}, {"type": "devices_target", "devices": ["d"]}),
        ({"users": ["u"]}, {"type": "user_ids_target", "user_ids": ["u"]}),
        ({"accounts": ["x"]}, {"type": "account_ids_target", "account_ids": ["x"]}),
        ({"everyone": True}, None),
    ],
)
def test_each_target_has_the_vendors_own_form(target: dict[str, object], expected: object) -> None:
    attempt = Attempt(
        "app", "Notification", "hello", "~pk1aaaaaaaaaaaaaaaa", {"content": {"title": "T", "data": {"k": "v"}}}, target
    )
    body = wire.notification_body(attempt)
    assert body.get("notification_target") == expected
    content = {"name": "hello ~pk1aaaaaaaaaaaaaaaa", "title": "T", "custom_data": {"k": "v"}}
    assert body["notification_content"] == content


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"error": {"code": "NotFound", "message": "no such audience"}}, "NotFound: no such audience"),
        ({"message": "Forbidden", "code": "Forbidden"}, "Forbidden: Forbidden"),
        ({"statusCode": 429, "message": "Rate limit is exceeded. Try again in 5 seconds."}, "Rate limit is exceeded. Try again in 5 seconds."),
        ({"error": "Bad Request", "message": "no criteria", "code": "MISSING_FIELD"}, "MISSING_FIELD: no criteria"),
        ({"error": "invalid_client", "error_description": "AADSTS7000215"}, "invalid_client: AADSTS7000215"),
        ([], ""),
    ],
)  # fmt: skip
def test_both_shapes_of_errors_are_read(answer: object, text: str) -> None:
    assert error_text(json.dumps(answer).encode()) == text


def test_an_error_that_is_no_json_is_no_text() -> None:
    assert error_text(b"<html>502</html>") == ""


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2017-10-11T13:28:33.000Z", "2017-10-11T13:28:33+00:00"),
        ("2017-10-11T13:28:33", "2017-10-11T13:28:33+00:00"),
        ("2017-10-11T15:28:33+02:00", "2017-10-11T13:28:33+00:00"),
    ],
)
def test_times_are_read_as_utc(text: str, iso: str) -> None:
    moment = instant(text)
    assert moment is not None
    assert moment.isoformat() == iso


@pytest.mark.parametrize("text", [None, 5, "soon"])
def test_what_is_no_time_is_none(text: object) -> None:
    assert instant(text) is None


@pytest.mark.parametrize("answer", [{}, [], None, {"notification_id": None}])
def test_a_listing_that_names_no_id_is_told_of(answer: Any) -> None:
    with pytest.raises(Unreachable, match="notification_id"):
        wire.receipt(answer)
