"""Audiences: what is put is what is got, listed, tested and deleted, with the states and limits of the vendor."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from .conftest import App, device, settled, started


def test_what_is_put_is_what_is_read(app: App) -> None:
    created = app.put("premium", "plan eq 'premium'", {"plan": "string"}, description="Paying")
    assert created.status_code == 200
    expected = {
        "name": "premium", "definition": "plan eq 'premium'", "description": "Paying", "enabled": True,
        "custom_properties": {"plan": "string"},
    }  # fmt: skip
    read = app.api.get(f"{app.audiences}/premium").json()
    assert expected.items() <= created.json().items()
    assert expected.items() <= read.items()


def test_put_is_an_upsert_that_replaces_every_field(app: App) -> None:
    app.put("one", "plan eq 'a'", {"plan": "string"}, description="first")
    assert app.put("one", "Language eq 'en'").status_code == 200
    read = app.api.get(f"{app.audiences}/one").json()
    assert read["definition"] == "Language eq 'en'"
    assert "description" not in read
    assert "custom_properties" not in read
    assert [audience["name"] for audience in app.api.get(app.audiences).json()["values"]] == ["one"]


@pytest.mark.parametrize(
    "name", ["Active Premium Users", "a+b", "Größe 大", "definition", "metadata", "50%", "a" * 64, "?&="]
)
def test_any_name_without_a_slash_is_one_audience(app: App, name: str) -> None:
    path = quote(name, safe="")
    assert app.put(path, "Language eq 'en'").json()["name"] == name
    assert app.api.get(f"{app.audiences}/{path}").json()["name"] == name
    assert app.api.head(f"{app.audiences}/{path}").status_code == 204
    assert app.api.delete(f"{app.audiences}/{path}").status_code == 204
    assert app.api.head(f"{app.audiences}/{path}").status_code == 404


@pytest.mark.parametrize("name", ["a" * 65, "a%2Fb", "", "%FF"])
def test_other_names_are_refused(app: App, name: str) -> None:
    assert app.put(name, "Language eq 'en'").status_code == 400


def test_missing_is_404_to_every_verb(app: App) -> None:
    path = f"{app.audiences}/missing"
    assert app.api.get(path).status_code == 404
    assert app.api.head(path).status_code == 404
    assert app.api.delete(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "text", {"definition": 1}, {"definition": ""}, {"definition": "x" * 2001}, {"definition": None},
        {"definition": "Language eq 'en'", "description": "d" * 129},
        {"definition": "Language eq 'en'", "enabled": "yes"},
        {"definition": "Language eq 'en'", "enabled": 1},
        {"definition": "plan eq 'a'"},
        {"definition": "plan eq 'a'", "custom_properties": {"plan": "text"}},
        {"definition": "plan eq 'a'", "custom_properties": {"plan": 1}},
        {"definition": "plan eq 'a'", "custom_properties": ["plan"]},
        {"definition": "plan eq 1", "custom_properties": {"plan": "string"}},
        {"definition": "Language eq 'en'", "custom_properties": {"1plan": "string"}},
        {"definition": "beta gt true", "custom_properties": {"beta": "boolean"}},
        {"definition": "age eq '42'", "custom_properties": {"age": "number"}},
        {"definition": "age in (1, 'b')", "custom_properties": {"age": "number"}},
        {"definition": "contains(age, 'b')", "custom_properties": {"age": "number"}},
        {"definition": "Model eq 5"},
        {"definition": "Language eq"},
        {"definition": "Language eq 'en' and"},
    ],
)  # fmt: skip
def test_what_is_no_audience_is_refused_and_saves_nothing(app: App, body: Any) -> None:
    for reply in (
        app.api.put(f"{app.audiences}/bad", json=body),
        app.api.post(f"{app.audiences}/definition/test", json=body),
    ):
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "BadRequest")
    assert app.api.head(f"{app.audiences}/bad").status_code == 404


def test_a_refused_definition_is_told_with_its_column(app: App) -> None:
    assert "column 14" in app.put("bad", "Language eq  en").json()["error"]["message"]


def test_nesting_is_refused_rather_than_answered_with_500(app: App) -> None:
    assert app.put("deep", "not " * 62 + "Model eq 'a'").status_code in (200, 400)
    assert app.put("wide", " or ".join(["Model eq 'a'"] * 100)).status_code == 200
    app.seed(device(1))
    assert app.api.get(app.audiences).status_code == 200


def test_body_that_is_not_json_is_refused(app: App) -> None:
    for body in (b"{", b"\xff", b'{"definition": NaN}', b"[" * 100_000, b'{"definition": "Model eq \'\\ud800\'"}'):
        assert app.api.put(f"{app.audiences}/bad", content=body).status_code == 400


def test_states_move_by_themselves(tmp_path: Path) -> None:
    with started(tmp_path, settle=5.0) as (_server, app):
        app.seed(device(1, Language="en"), device(2, Language="de"), device(3, Language="en", push_enabled=False))
        fresh = app.put("english", "Language eq 'en'").json()
        assert fresh["state"] == "Calculating"
        assert "estimated_count" not in fresh
        app.put("off", "Language eq 'en'", enabled=False)
        app.api.put("/_sandbox/clock", json={"advance": 6})
        ready = app.api.get(f"{app.audiences}/english").json()
        assert (ready["state"], ready["estimated_count"], ready["estimated_total_count"]) == ("Ready", 1, 2)
        assert ready["timestamp"].endswith("Z")
        assert app.api.get(f"{app.audiences}/off").json()["state"] == "Disabled"


def test_sizes_follow_the_population(app: App) -> None:
    app.seed(device(1, Language="en"))
    app.put("english", "Language eq 'en'")

    def size() -> object:
        return app.api.get(app.audiences).json()["values"][0].get("estimated_count")

    settled(lambda: size() == 1)
    app.seed(device(2, Language="en"), device(1, Language="de"), device(3, Language="en"))
    assert size() == 2
    app.api.delete(f"{app.root}/push/devices/{device(3)['install_id']}")
    assert size() == 1


def test_disabled_audiences_are_listed_on_request(app: App) -> None:
    app.put("on", "Language eq 'en'")
    app.put("off", "Language eq 'en'", enabled=False)

    def names(**query: str) -> list[str]:
        return [audience["name"] for audience in app.api.get(app.audiences, params=query).json()["values"]]

    assert names() == ["on"]
    assert names(include_disabled="true") == ["off", "on"]
    assert app.api.get(app.audiences, params={"include_disabled": "maybe"}).status_code == 400


def test_an_app_has_at_most_200_audiences(app: App) -> None:
    for number in range(200):
        assert app.put(f"a{number:03d}", "Language eq 'en'").status_code == 200
    assert app.put("one too many", "Language eq 'en'").status_code == 400
    assert app.put("a000", "Language eq 'de'").status_code == 200
    page = app.api.get(app.audiences).json()
    assert len(page["values"]) == 200
    assert "nextLink" not in page
    assert app.api.delete(f"{app.audiences}/a000").status_code == 204
    assert app.put("one too many", "Language eq 'en'").status_code == 200


def test_an_app_has_at_most_60_custom_properties(app: App) -> None:
    assert app.put("many", "p1 eq 'a'", {f"p{number}": "string" for number in range(60)}).status_code == 200
    assert app.put("more", "q eq 'a'", {"q": "string"}).status_code == 400
    assert app.api.head(f"{app.audiences}/more").status_code == 404
    assert app.put("same", "p7 eq 'a'", {"p7": "string"}).status_code == 200


def test_the_test_operation_measures_and_saves_nothing(app: App) -> None:
    app.seed(device(1, custom_properties={"plan": "premium"}), device(2))
    body = {"definition": "plan eq 'premium'", "custom_properties": {"plan": "string"}}
    assert app.api.post(f"{app.audiences}/definition/test", json=body).json() == body | {
        "estimated_count": 1, "estimated_total_count": 2,
    }  # fmt: skip
    assert app.api.get(app.audiences).json() == {"values": []}


@pytest.mark.parametrize(
    ("form", "prefix"), [("api", "/api/v0.1/"), ("relative", "/v0.1/"), ("absolute", "http://127.0.0.1")]
)
def test_pages_join_to_the_whole_list(tmp_path: Path, form: str, prefix: str) -> None:
    with started(tmp_path, page_size=3, next_link=form) as (_, app):
        names = [f"a {number}" for number in range(8)]
        for name in names:
            app.put(quote(name), "Language eq 'en'", enabled=name != "a 5")
        seen: list[str] = []
        link = f"{app.audiences}?include_disabled=true"
        for _ in range(3):
            page = app.api.get(link).json()
            seen += [audience["name"] for audience in page["values"]]
            link = page.get("nextLink", "")
            assert not link or (link.startswith(prefix) and "&$token=" in link)
        assert seen == names
        assert link == ""


def test_the_portal_path_is_the_same_api(app: App) -> None:
    app.put("one", "Language eq 'en'")
    settled(lambda: app.api.get(f"{app.audiences}/one").json()["state"] == "Ready")  # between two looks nothing moves
    assert app.api.get(f"/api{app.audiences}").json() == app.api.get(app.audiences).json()


def test_metadata_tells_the_properties(app: App) -> None:
    app.seed(
        device(1, CarrierCountry="US", custom_properties={"age": 7, "beta": True, "since": "2026-01-31T00:00:00Z"})
    )
    app.seed(device(2, CarrierCountry="DE"), device(3, CarrierCountry="US"))
    app.put("one", "plan eq 'a'", {"plan": "string"})
    metadata = f"{app.audiences}/metadata"
    assert app.api.get(f"{metadata}/custom_properties").json() == {
        "values": {"age": "number", "beta": "boolean", "plan": "string", "since": "date_time"}
    }
    assert set(app.api.get(f"{metadata}/device_properties").json()["values"].values()) == {"string"}
    values = f"{metadata}/device_properties/carriercountry/values"
    assert app.api.get(values).json() == {"values": ["DE", "US"]}
    assert app.api.get(values, params={"contains": "u"}).json() == {"values": ["US"]}
    assert app.api.get(f"{metadata}/device_properties/plan/values").status_code == 404


def test_listing_counted_audiences_does_not_count_them_again(tmp_path: Path) -> None:
    with started(tmp_path, settle=0) as (server, app):
        app.seed(device(1, Language="en"))
        for number in range(20):
            app.put(f"a{number}", f"Model ne '{number}'")
        first = app.api.get(app.audiences).json()
        statements: list[str] = []
        server.sandbox.store.connection.set_trace_callback(statements.append)
        assert app.api.get(app.audiences).json() == first
        assert statements
        assert not [statement for statement in statements if "FROM devices" in statement]
