"""Devices and their tags: how they are set, shown, listed and found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import settled

from .conftest import App, advance, device, started

IDS = [str(device(number)["install_id"]) for number in range(10)]


def tags_of(app: App, number: int) -> Any:
    return app.get(f"devices/{IDS[number]}").json()["appInfo"]


def test_a_device_is_shown_with_all_that_is_known(tmp_path: Path) -> None:
    with started(tmp_path, clock="2026-01-01T00:00:00Z") as (_, app):
        custom = {"plan": "free", "age": 5, "beta": True, "rate": 1.5, "born": "2000-01-01T00:00:00Z"}
        app.seed(
            device(1, OsVersion="33", Model="Pixel", Language="en", user_id="ann", custom_properties=custom), device(2)
        )
        advance(app, 60)
        app.seed(device(2, push_enabled=False))
        read = app.get(f"devices/{IDS[1]}").json()
        assert read["info"] == {
            "firmwareVersion": "33", "phoneModel": "Pixel", "locale": "en", "androidAPILevel": 33,
        }  # fmt: skip
        assert read["appInfo"] == {
            "plan": "free", "age": "5", "beta": "true", "rate": "1.5", "born": "2000-01-01T00:00:00Z",
        }  # fmt: skip
        assert app.get("users/ann").json() == read
        meta = app.get(f"devices/{IDS[2]}").json()["meta"]
        assert meta["lastSeen"] - meta["firstSeen"] >= 60_000
        assert meta["nativePushEnabled"] is False
        assert app.get("devices/unknown").status_code == app.get("users/unknown").status_code == 404


def test_tags_show_after_a_while(tmp_path: Path) -> None:
    with started(tmp_path, settle=10) as (_, app):
        app.seed(device(1, custom_properties={"plan": "free", "age": 5}))
        assert app.post("devices/tag", {"tags": {IDS[1]: {"plan": "premium"}}}).json() == {"invalidIds": []}
        assert tags_of(app, 1) == {"plan": "free", "age": "5"}
        advance(app, 11)
        assert tags_of(app, 1) == {"plan": "premium", "age": "5"}
        assert app.api.get("/_sandbox/devices").json()["devices"][0]["custom_properties"]["plan"] == "premium"


def test_null_takes_a_tag_away_only_with_delete_on_null(app: App) -> None:
    app.seed(device(1, custom_properties={"plan": "free", "age": 5}))
    app.tag({IDS[1]: {"plan": None, "new": "x"}})
    settled(lambda: tags_of(app, 1) == {"plan": "free", "age": "5", "new": "x"})
    app.tag({IDS[1]: {"plan": None, "never": None}}, deleteOnNull=True)
    settled(lambda: tags_of(app, 1) == {"age": "5", "new": "x"})


def test_userid_names_the_user_and_is_no_tag(app: App) -> None:
    app.seed(device(1), device(2, user_id="bob"), device(3, user_id="bob"))
    app.tag({IDS[1]: {"userid": "ann"}})
    settled(lambda: app.get("users/ann").status_code == 200)
    assert tags_of(app, 1) == {}
    assert app.post("users/tag", {"tags": {"bob": {"plan": "free"}, "eve": {"plan": "free"}}}).json() == {
        "invalidIds": ["eve"]
    }
    settled(lambda: tags_of(app, 2) == tags_of(app, 3) == {"plan": "free"})
    app.tag({IDS[1]: {"userid": None}}, deleteOnNull=True)
    settled(lambda: app.get("users/ann").status_code == 404)


def test_unknown_devices_are_told_and_the_limit_is_1000(app: App) -> None:
    tags = {f"{number:032x}": {"plan": "free"} for number in range(1_001)}
    assert app.post("devices/tag", {"tags": tags}).status_code == 413
    del tags[IDS[0]]
    assert app.post("devices/tag", {"tags": tags}).json() == {"invalidIds": list(tags)}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tags": []},
        {"tags": {"x": "plan"}},
        {"tags": {"x": {"plan": 5}}},
        {"tags": {"x": {"plan": True}}},
        {"tags": {"x": {"dog-lover": "yes"}}},
        {"tags": {"x": {"": "yes"}}},
        {"tags": {"x": {"k" * 65: "yes"}}},
        {"tags": {"x": {"key": "v" * 1_025}}},
        {"tags": {}, "deleteOnNull": "true"},
    ],
)
def test_tags_that_cannot_be_are_refused(app: App, body: dict[str, Any]) -> None:
    assert app.post("devices/tag", body).status_code == 400
    assert app.post("users/tag", body).status_code == 400


def listed(app: App, **query: Any) -> list[str]:
    found = app.get("devices", **{f"${name}": held for name, held in query.items()})
    return [one["deviceId"] for one in found.json()["value"]]


def test_the_list_is_by_id_in_pages_of_at_most_100(app: App) -> None:
    app.seed(*(device(number) for number in range(250, 0, -1)))
    body = app.get("devices", **{"$top": 1_000}).json()
    ids: list[str] = []
    sizes = []
    while True:
        sizes.append(len(body["value"]))
        ids += [one["deviceId"] for one in body["value"]]
        if "nextLink" not in body:
            break
        assert "deviceId%20gt%20" in body["nextLink"]
        body = app.api.get(body["nextLink"]).json()
    assert sizes == [100, 100, 50]
    assert ids == [f"{number:032x}" for number in range(1, 251)]
    assert listed(app, filter=f"(deviceId ge '{IDS[3]}') and (deviceId lt '{IDS[5]}')") == [IDS[3], IDS[4]]
    page = app.get("devices", **{"$filter": f"deviceId le '{IDS[4]}' and deviceId gt '{IDS[1]}'", "$top": 2}).json()
    rest = app.api.get(page["nextLink"]).json()
    assert [one["deviceId"] for one in rest["value"]] == [IDS[4]]
    assert "nextLink" not in rest


def test_select_chooses_properties_and_drops_devices_without_them(app: App) -> None:
    app.seed(
        device(1, custom_properties={"plan": "free", "age": 5}), device(2, custom_properties={"age": 6}), device(3)
    )

    def rows(select: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = app.get("devices", **{"$select": select}).json()["value"]
        return found

    assert [row.keys() for row in rows("meta")] == [{"deviceId", "meta"}] * 3
    assert rows("appInfo") == [
        {"deviceId": IDS[1], "appInfo": {"plan": "free", "age": "5"}},
        {"deviceId": IDS[2], "appInfo": {"age": "6"}},
    ]
    assert rows("appInfo/plan") == [{"deviceId": IDS[1], "appInfo": {"plan": "free"}}]
    assert rows("appInfo/plan, meta/nativePushEnabled")[2] == {"deviceId": IDS[3], "meta": {"nativePushEnabled": True}}
    assert rows("appInfo/plan,appInfo")[1]["appInfo"] == {"age": "6"}


def test_last_modified_chooses_what_changed(tmp_path: Path) -> None:
    with started(tmp_path, clock="2026-01-01T00:00:00Z") as (_, app):
        app.seed(device(1, custom_properties={"plan": "free"}), device(2), device(3))
        advance(app, 3_600)
        limit = 1_767_225_600_000 + 1_800_000
        app.tag({IDS[2]: {"age": "7"}})
        app.seed(device(3))
        settled(lambda: tags_of(app, 2) == {"age": "7"})
        found = app.get("devices", **{"$filter": f"lastModified gt {limit}L", "$select": "appInfo"}).json()
        assert found == {"value": [{"deviceId": IDS[2], "appInfo": {"age": "7"}}]}
        assert listed(app, filter=f"lastModified gt {limit}L") == [IDS[2], IDS[3]]
        assert listed(app, filter=f"lastModified le {limit}L") == [IDS[1], IDS[2], IDS[3]]
        both = f"(lastModified le {limit}L) and deviceId gt '{IDS[1]}' and lastModified gt 5"
        assert listed(app, filter=both) == [IDS[2], IDS[3]]


@pytest.mark.parametrize(
    "query",
    [
        {"$filter": "deviceId eq 'x'"},
        {"$filter": "deviceId gt x"},
        {"$filter": "lastModified gt 1447284263690"},
        {"$filter": "deviceId gt 'a' or deviceId lt 'b'"},
        {"$filter": "(deviceId gt 'a'"},
        {"$filter": "deviceId gt 'a')"},
        {"$filter": "deviceId gt 'a' and"},
        {"$filter": "deviceId gt 'a' deviceId lt 'b'"},
        {"$select": "info"},
        {"$select": "appInfo,"},
        {"$top": "0"},
    ],
)
def test_a_bad_query_is_refused(app: App, query: dict[str, str]) -> None:
    assert app.get("devices", **query).status_code == 400


def test_an_id_may_hold_what_a_filter_is_made_of(app: App) -> None:
    app.seed({"install_id": "a) and (b"}, {"install_id": "b"})
    assert listed(app, filter="deviceId gt 'a) and (b'") == ["b"]
    app.seed({"install_id": "it's"}, {"install_id": "z"})
    page = app.get("devices", **{"$filter": "deviceId ge 'it''s'", "$top": 1}).json()
    assert [one["deviceId"] for one in page["value"]] == ["it's"]
    assert [one["deviceId"] for one in app.api.get(page["nextLink"]).json()["value"]] == ["z"]
