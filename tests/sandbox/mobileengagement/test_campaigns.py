"""Campaigns: their names and fields, what is refused, how they are listed and found."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import App

TEXT_64, TEXT_65 = "n" * 64, "n" * 65
IMAGE = "aGVsbG8="
QUESTION = {"id": 1, "title": "Which?", "choices": [{"id": 1, "title": "A", "isDefault": True}, {"id": 2}]}


def test_a_name_is_unique_within_its_kind(app: App) -> None:
    path = app.create("polls", "one")
    assert app.post("campaigns/polls", {"name": "one"}).status_code == 409
    app.create("announcements", "one")
    other = app.create("polls", "two")
    assert app.api.put(f"{app.root}/{other}", json={"name": "one"}).status_code == 409
    assert app.api.put(f"{app.root}/{path}", json={"name": "one"}).status_code == 200
    assert app.get(path.replace("polls", "announcements")).status_code == 404


def test_a_campaign_is_found_by_its_name_as_it_is(app: App) -> None:
    path = app.create(name="Grüße 50% off?/#")
    found = app.get("campaignsByName/ANNOUNCEMENTS/Gr%C3%BC%C3%9Fe%2050%25%20off%3F%2F%23")
    assert found.json() == app.get(path).json()
    assert app.get("campaignsByName/announcements/gr%C3%BC%C3%9Fe%2050%25%20off%3F%2F%23").status_code == 404
    assert app.get("campaignsByName/polls/test").status_code == 404


FULL: dict[str, dict[str, Any]] = {
    "announcements": {
        "category": "shop", "pushMode": "real-time", "type": "text/html", "deliveryTime": "session",
        "deliveryActivities": ["Home"], "startTime": "2999-01-01T00:00:00Z", "endTime": "2999-02-01T00:00:00Z",
        "timezone": "Europe/Paris", "notificationType": "system", "notificationIcon": False,
        "notificationCloseable": True, "notificationVibrate": True, "notificationSound": True,
        "notificationBadge": False, "notificationTitle": "T", "notificationMessage": "M", "notificationImage": IMAGE,
        "notificationOptions": {"bigText": "much"}, "title": "Title", "body": "<b>", "actionButtonText": "Go",
        "exitButtonText": "No", "actionUrl": "http://x", "localization": {"fr": {"title": "Titre"}},
        "audience": {
            "expression": "Us and not Old",
            "criteria": {
                "Us": {"type": "carrier-country", "name": "US"}, "Old": {"type": "carrier-name", "name": None},
                "D": {"type": "date-tag", "name": "d", "value": -7, "op": "GE"},
            },
            "filters": [{"type": "engage-subset", "max": 5}, {"type": "push-quota"}],
        },
    },
    "polls": {"questions": [QUESTION, {"id": 2}], "deliveryTime": "any", "title": "T", "body": "B"},
    "dataPushes": {"type": "text/base64", "body": IMAGE, "category": "sync", "localization": {"de": {"body": IMAGE}}},
    "nativePushes": {"pushMode": "one-shot", "payload": {"aps": {"alert": "a"}}},
}  # fmt: skip


@pytest.mark.parametrize("kind", FULL)
def test_a_campaign_is_read_as_it_was_written(app: App, kind: str) -> None:
    path = app.create(kind, **FULL[kind])
    assert app.get(path).json() == {"id": int(path.rpartition("/")[2]), "state": "draft", "name": "news"} | FULL[kind]
    copy = app.get(path).json() | {"name": "copy", "unknown": 1, "category": None}
    assert app.api.put(f"{app.root}/{path}", json=copy).status_code == 200
    read = app.get(path).json()
    assert read["name"] == "copy"
    assert "unknown" not in read
    assert "category" not in read


@pytest.mark.parametrize(
    ("kind", "content", "place"),
    [
        ("announcements", {"name": TEXT_65}, "name"),
        ("announcements", {"name": ""}, "name"),
        ("announcements", {"name": None}, "name"),
        ("announcements", {"name": 1}, "name"),
        ("announcements", {"category": TEXT_65}, "category"),
        ("announcements", {"pushMode": "never"}, "pushMode"),
        ("announcements", {"type": "text/base64"}, "type"),
        ("announcements", {"deliveryTime": "soon"}, "deliveryTime"),
        ("announcements", {"deliveryActivities": ["Home"]}, "deliveryActivities"),
        ("announcements", {"notificationType": "banner"}, "notificationType"),
        ("announcements", {"notificationIcon": "true"}, "notificationIcon"),
        ("announcements", {"notificationTitle": "t" * 2001}, "notificationTitle"),
        ("announcements", {"notificationMessage": "t" * 4001}, "notificationMessage"),
        ("announcements", {"notificationImage": "not base 64"}, "notificationImage"),
        ("announcements", {"notificationOptions": {"bigText": "t" * 4001}}, "notificationOptions.bigText"),
        ("announcements", {"notificationOptions": {"bigText": "t"}}, "notificationType"),
        (
            "announcements",
            {"notificationType": "system", "notificationOptions": {"bigText": "t", "bigPicture": "http://x"}},
            "bigPicture",
        ),
        ("announcements", {"title": "t" * 129}, "title"),
        ("announcements", {"body": "t" * 65_536}, "body"),
        ("announcements", {"actionButtonText": TEXT_65}, "actionButtonText"),
        ("announcements", {"exitButtonText": TEXT_65}, "exitButtonText"),
        ("announcements", {"actionUrl": "t" * 2001}, "actionUrl"),
        ("announcements", {"localization": {"fr": {"title": "t" * 129}}}, "localization.fr.title"),
        ("announcements", {"questions": []}, "questions"),
        ("announcements", {"payload": {}}, "payload"),
        ("announcements", {"startTime": "tomorrow"}, "startTime"),
        ("announcements", {"startTime": "2026-01-01"}, "startTime"),
        ("announcements", {"timezone": "Mars/Olympus"}, "timezone"),
        ("announcements", {"startTime": "2026-01-02T00:00:00Z", "endTime": "2026-01-01T00:00:00Z"}, "endTime"),
        ("announcements", {"pushMode": "one-shot", "startTime": "2026-01-01T00:00:00Z"}, "timezone"),
        ("polls", {"type": "text/plain"}, "type"),
        ("polls", {"actionUrl": "http://x"}, "actionUrl"),
        ("polls", {"questions": [{"title": "t" * 257}]}, "questions[0].title"),
        ("polls", {"questions": [{"choices": [{"title": "t" * 257}]}]}, "questions[0].choices[0].title"),
        ("polls", {"questions": [{"choices": [{"isDefault": True}, {"isDefault": True}]}]}, "isDefault"),
        ("dataPushes", {"type": "text/html"}, "type"),
        ("dataPushes", {"type": "text/base64", "body": "not base 64"}, "body"),
        ("dataPushes", {"notificationTitle": "t"}, "notificationTitle"),
        ("nativePushes", {"pushMode": "real-time"}, "pushMode"),
        ("nativePushes", {"payload": {"aps": {"alert": "a" * 256}}}, "payload"),
        ("nativePushes", {"startTime": "2026-01-01T00:00:00Z"}, "startTime"),
        ("nativePushes", {"body": "b"}, "body"),
        ("nativePushes", {"category": "b"}, "category"),
        (
            "polls",
            {"pushMode": "manual", "audience": {"filters": [{"type": "push-quota"}, {"type": "native-push-enabled"}]}},
            "audience",
        ),
        (
            "polls",
            {
                "pushMode": "manual",
                "audience": {"expression": "A", "criteria": {"A": {"type": "language", "name": "en"}}},
            },
            "audience",
        ),
    ],
)
def test_what_a_campaign_cannot_be_is_refused_by_name(app: App, kind: str, content: dict[str, Any], place: str) -> None:
    refused = app.post(f"campaigns/{kind}", {"name": "news"} | content)
    assert refused.status_code == 400
    assert place in refused.json()["error"]["message"]
    assert app.get(f"campaigns/{kind}").json() == {"value": []}


@pytest.mark.parametrize(
    "content",
    [
        {"name": TEXT_64},
        {"pushMode": "manual", "startTime": "2026-01-01T00:00:00Z", "audience": {"filters": [{"type": "push-quota"}]}},
        {"pushMode": "one-shot", "startTime": "2026-01-01T00:00:00Z", "timezone": "UTC"},
        {"notificationTitle": "t" * 2000, "notificationMessage": "t" * 4000, "title": "t" * 128},
        {"deliveryActivities": ["Home"], "deliveryTime": "any"},
    ],
)
def test_what_just_fits_is_taken(app: App, content: dict[str, Any]) -> None:
    app.create(**content)


@pytest.mark.parametrize("body", ["[]", "nonsense", "1", ""])
def test_a_body_that_is_no_object_is_refused(app: App, body: str) -> None:
    assert app.api.post(f"{app.root}/campaigns/polls", content=body).status_code == 400


def names(app: App, **query: str) -> list[str]:
    found = app.get("campaigns/polls", **{f"${name}": held for name, held in query.items()})
    return [one["name"] for one in found.json()["value"]]


def test_the_list_is_filtered_searched_and_ordered(app: App) -> None:
    for name in ("beta", "Alpha", "gamma"):
        app.create("polls", name)
    begun = app.begin(app.create("polls", "begun", endTime="2999-01-01 00:00Z", timezone="Asia/Tokyo"))
    app.create("announcements", "elsewhere")
    assert names(app) == names(app, orderby="id") == names(app, orderby="id asc") == ["beta", "Alpha", "gamma", "begun"]
    assert names(app, orderby="name desc") == ["gamma", "beta", "begun", "Alpha"]
    assert names(app, orderby="state") == ["beta", "Alpha", "gamma", "begun"]
    assert names(app, orderby="activatedDate desc")[0] == "begun"
    assert names(app, orderby="finishedDate")[0] == "beta"
    assert names(app, filter="state eq 'in-progress'") == ["begun"]
    assert names(app, filter="state eq 'draft'", search="ALPH") == ["Alpha"]
    row = app.get("campaigns/polls", **{"$search": "begun"}).json()["value"][0]
    assert (row["endTime"], row["timezone"]) == ("2999-01-01T00:00:00Z", "Asia/Tokyo")
    assert row["id"] == int(begun.rpartition("/")[2])


def test_pages_have_a_link_only_where_they_were_asked_for_and_more_is_there(app: App) -> None:
    for number in range(5):
        app.create("polls", f"p{number}")
    assert "nextLink" not in app.get("campaigns/polls").json()
    assert "nextLink" not in app.get("campaigns/polls", **{"$top": 5}).json()
    page = app.get("campaigns/polls", **{"$top": 2, "$orderby": "name desc", "$skip": 1}).json()
    assert [one["name"] for one in page["value"]] == ["p3", "p2"]
    page = app.api.get(page["nextLink"]).json()
    assert [one["name"] for one in page["value"]] == ["p1", "p0"]
    assert "nextLink" not in page
    assert names(app, skip="4") == ["p4"]
    assert names(app, skip="9") == []


@pytest.mark.parametrize(
    "query",
    [
        {"$filter": "state eq draft"},
        {"$filter": "state ne 'draft'"},
        {"$filter": "state eq 'queued'"},
        {"$filter": "name eq 'x'"},
        {"$filter": ""},
        {"$orderby": "name,id"},
        {"$orderby": "kind"},
        {"$orderby": "name down"},
        {"$top": "0"},
        {"$top": "x"},
        {"$skip": "-1"},
    ],
)
def test_a_bad_query_is_refused(app: App, query: dict[str, str]) -> None:
    assert app.get("campaigns/polls", **query).status_code == 400


def test_kinds_and_ids_that_are_none_are_refused(app: App) -> None:
    assert app.get("campaigns/coupons").status_code == 400
    assert app.get("campaigns/polls/x").status_code == 400
    assert app.get("campaigns/polls/999999999").status_code == 404
    for verb in ("activate", "suspend", "finish"):
        assert app.move("campaigns/polls/999999999", verb) == 404
    assert app.get("campaigns/polls/999999999/statistics").status_code == 404
