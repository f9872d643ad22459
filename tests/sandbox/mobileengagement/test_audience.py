"""Audiences: the expression, every criterion and every filter, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import settled

from .conftest import App, advance, device, started

PEOPLE = (
    device(
        1, CarrierName="Orange", CarrierCountry="FR", OsVersion="14.8", OemName="Apple", Model="iPhone12,1",
        AppVersion="1.10.0", Language="fr", ScreenSize="828x1792", network_type="Wifi",
        custom_properties={"plan": "premium", "age": 30, "beta": True, "born": "2000-02-29T23:30:00-05:00"},
    ),
    device(
        2, CarrierName="O2", CarrierCountry="DE", OsVersion="33", OemName="Google", Model="Pixel 7",
        AppVersion="2.0.0", Language="de", ScreenSize="1080x2400", push_enabled=False,
        custom_properties={"plan": "free", "age": 5, "beta": False, "born": "1999-12-31"},
    ),
    device(3, custom_properties={"plan": "[x]*", "age": "-7", "beta": "yes", "born": "2000-02-30"}),
    device(4),
)  # fmt: skip
NUMBERS = {one["install_id"]: number for number, one in enumerate(PEOPLE, 1)}


def members(app: App, audience: Any, **content: Any) -> set[int]:
    return {NUMBERS[device_id] for device_id in app.reached(audience, **content)}


def tag(kind: str, name: str, value: Any, op: str | None = None) -> dict[str, Any]:
    return {"type": f"{kind}-tag", "name": name, "value": value} | ({} if op is None else {"op": op})


CRITERIA = [
    ({"type": "carrier-name", "name": "Orange"}, {1}),
    ({"type": "carrier-name", "name": "orange"}, set()),
    ({"type": "carrier-name", "name": "O*"}, {1, 2}),
    ({"type": "carrier-name", "name": "?2"}, {2}),
    ({"type": "carrier-name", "name": "*"}, {1, 2}),
    ({"type": "carrier-name", "name": None}, {3, 4}),
    ({"type": "carrier-country", "name": "DE"}, {2}),
    ({"type": "carrier-country", "name": None}, {3, 4}),
    ({"type": "firmware-version", "name": "14.*"}, {1}),
    ({"type": "firmware-version", "name": None}, {3, 4}),
    ({"type": "device-manufacturer", "name": "Google"}, {2}),
    ({"type": "device-model", "name": "iPhone*"}, {1}),
    ({"type": "application-version", "name": "1.10.0"}, {1}),
    ({"type": "network-type", "name": "Wifi"}, {1}),
    ({"type": "network-type", "name": None}, {2, 3, 4}),
    ({"type": "language", "name": "fr"}, {1}),
    ({"type": "screen-size", "name": "1080x2400"}, {2}),
    ({"type": "location", "country": "FR"}, set()),
    ({"type": "geo-fencing", "lat": 48.8, "lon": 2, "radius": 100, "expiration": 5}, set()),
    ({"type": "segment", "id": 1, "exclude": True}, set()),
    ({"type": "poll-answer-feedback", "content-id": 1, "choice-id": 1}, set()),
    (tag("string", "plan", "premium"), {1}),
    (tag("string", "plan", "*e*"), {1, 2}),
    (tag("string", "plan", "[x]?"), {3}),
    (tag("string", "plan", "Premium"), set()),
    (tag("string", "plan", None), {4}),
    (tag("string", "age", "30"), {1}),
    (tag("string", "beta", "true"), {1}),
    (tag("string", "nobody_has_it", None), {1, 2, 3, 4}),
    (tag("boolean", "beta", True), {1}),
    (tag("boolean", "beta", False), {2}),
    (tag("integer", "age", 30, "EQ"), {1}),
    (tag("integer", "age", 30, "LT"), {2, 3}),
    (tag("integer", "age", 5, "GT"), {1}),
    (tag("integer", "age", 5, "LE"), {2, 3}),
    (tag("integer", "age", 5, "GE"), {1, 2}),
    (tag("integer", "plan", 5, "GE"), set()),
    (tag("date", "born", "2000-03-01", "EQ"), {1}),
    (tag("date", "born", "2000-03-01", "LT"), {2}),
    (tag("date", "born", "1999-12-31", "GE"), {1, 2}),
    (tag("date", "born", "1999-12-31", "GT"), {1}),
    (tag("date", "born", -1, "LE"), {1, 2}),
    (tag("date", "born", "-1", "LE"), {1, 2}),
    (tag("date", "plan", "2000-01-01", "GE"), set()),
]


@pytest.mark.parametrize(("criterion", "expected"), CRITERIA)
def test_a_criterion_is_met_by_exactly_these_and_its_negation_by_the_others(
    app: App, criterion: dict[str, Any], expected: set[int]
) -> None:
    app.seed(*PEOPLE)
    assert members(app, {"expression": "C", "criteria": {"C": criterion}}) == expected
    assert members(app, {"expression": "not C", "criteria": {"C": criterion}}) == {1, 2, 3, 4} - expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", {1, 2, 3, 4}),
        ("French or German and Premium", {1}),
        ("(French or German) and Premium", {1}),
        ("French and Premium or German", {1, 2}),
        ("French and (Premium or German)", {1}),
        ("not French and German", {2}),
        ("not (French or German)", {3, 4}),
        ("not not French", {1}),
        ("not not not French", {2, 3, 4}),
        (" ( ( German ) ) ", {2}),
        ("not French and not German and not Premium", {3, 4}),
        (" or ".join(["French", "German"] * 400), {1, 2}),
    ],
)
def test_not_binds_more_than_and_which_binds_more_than_or(app: App, expression: str, expected: set[int]) -> None:
    app.seed(*PEOPLE)
    criteria = {
        "French": {"type": "language", "name": "fr"},
        "German": {"type": "language", "name": "de"},
        "Premium": tag("string", "plan", "premium"),
    }
    audience = {"expression": expression, "criteria": criteria} if expression else {}
    assert members(app, audience) == expected


A = {"A": {"type": "language", "name": "en"}}


@pytest.mark.parametrize(
    ("audience", "place"),
    [
        ([], "audience"),
        ({"expression": "B", "criteria": A}, "`B`"),
        ({"expression": "A"}, "`A`"),
        ({"criteria": A}, "expression"),
        ({"expression": "a", "criteria": {"a": A["A"]}}, "`a`"),
        ({"expression": "1A", "criteria": {"1A": A["A"]}}, "`1A`"),
        ({"expression": "A-B", "criteria": A}, "column 2"),
        ({"expression": "A and", "criteria": A}, "ends too early"),
        ({"expression": "A A", "criteria": A}, "column 3"),
        ({"expression": "A AND A", "criteria": A}, "column 3"),
        ({"expression": "(A", "criteria": A}, "column 1"),
        ({"expression": "A)", "criteria": A}, "column 2"),
        ({"expression": "(" * 60 + "A" + ")" * 60 + ")", "criteria": A}, "not expected"),
        ({"expression": "(" * 200 + "A" + ")" * 200, "criteria": A}, "nested too deeply"),
        ({"expression": "A and (A or " * 60 + "A" + ")" * 60, "criteria": A}, "too deep"),
        ({"expression": "A or " * 16_000 + "A", "criteria": A}, "65535"),
        ({"expression": "A", "criteria": {"A": {"type": "horoscope"}}}, "criteria.A.type"),
        ({"expression": "A", "criteria": {"A": {"name": "x"}}}, "criteria.A.type"),
        ({"expression": "A", "criteria": {"A": {"type": "language"}}}, "criteria.A.name"),
        ({"expression": "A", "criteria": {"A": {"type": "language", "name": 5}}}, "criteria.A.name"),
        ({"expression": "A", "criteria": {"A": {"type": "location"}}}, "criteria.A.country"),
        ({"expression": "A", "criteria": {"A": tag("string", "dog-lover", "x")}}, "criteria.A.name"),
        ({"expression": "A", "criteria": {"A": tag("integer", "age", "5", "EQ")}}, "criteria.A.value"),
        ({"expression": "A", "criteria": {"A": tag("integer", "age", 5)}}, "criteria.A.op"),
        ({"expression": "A", "criteria": {"A": tag("integer", "age", 5, "NE")}}, "criteria.A.op"),
        ({"expression": "A", "criteria": {"A": tag("integer", "age", None, "EQ")}}, "criteria.A.value"),
        ({"expression": "A", "criteria": {"A": tag("boolean", "b", "true")}}, "criteria.A.value"),
        ({"expression": "A", "criteria": {"A": tag("date", "d", "2000-02-30", "EQ")}}, "criteria.A.value"),
        ({"expression": "A", "criteria": {"A": tag("date", "d", 1.5, "EQ")}}, "criteria.A.value"),
        ({"expression": "A", "criteria": {"A": {"type": "poll-feedback", "content-id": 1, "action": "x"}}}, "action"),
        ({"filters": [{"type": "everyone"}]}, "filters[0].type"),
        ({"filters": [{"type": "engage-subset"}]}, "filters[0].max"),
        ({"filters": [{"type": "engage-old-users", "threshold": -1}]}, "filters[0].threshold"),
        ({"filters": {}}, "filters"),
    ],
)
def test_a_bad_audience_is_refused_with_its_place(app: App, audience: Any, place: str) -> None:
    refused = app.post("campaigns/polls", {"name": "n", "audience": audience})
    assert refused.status_code == 400
    assert place in refused.json()["error"]["message"]


def test_an_audience_that_is_taken_can_be_delivered_however_deep_it_is(app: App) -> None:
    app.seed(*PEOPLE)
    taken = 0
    for depth in range(5, 60, 3):
        expression = "A and (A or not (A and " * depth + "A" + "))" * depth
        body = {"name": f"d{depth}", "pushMode": "one-shot", "audience": {"expression": expression, "criteria": A}}
        made = app.post("campaigns/polls", body)
        assert made.status_code in (201, 400)
        if made.status_code == 201:
            taken += 1
            app.begin(f"campaigns/polls/{made.json()['id']}")
    assert taken


def test_a_filter_lets_exactly_these_pass(app: App) -> None:
    app.seed(*PEOPLE)
    assert members(app, {"filters": [{"type": "native-push-enabled"}]}) == {1, 3, 4}
    assert members(app, {"filters": [{"type": "push-quota"}]}) == {1, 2, 3, 4}
    assert members(app, {"filters": [{"type": "engage-subset", "max": 3}]}) == {1, 2, 3}
    assert members(app, {"filters": [{"type": "engage-subset", "max": 0}]}) == set()
    assert members(app, {"filters": [{"type": "app-info", "appInfo": ["plan", "age"]}]}) == {1, 2, 3}
    assert members(app, {"filters": [{"type": "app-info", "appInfo": ["plan", "none"]}]}) == set()
    both = [{"type": "native-push-enabled"}, {"type": "app-info", "appInfo": ["plan"]}]
    assert members(app, {"filters": both}) == {1, 3}


def test_filters_by_use_follow_the_clock(tmp_path: Path) -> None:
    with started(tmp_path, clock="2026-01-01T00:00:00Z") as (_, app):
        app.seed(device(1), device(2))
        advance(app, 10 * 86_400)
        app.seed(device(2), device(3))  # two was seen again
        advance(app, 60)

        def passing(kind: str, days: int) -> set[int]:
            return members(app, {"filters": [{"type": f"engage-{kind}-users", "threshold": days}]})

        assert passing("old", 5) == {1, 2}
        assert passing("old", 20) == set()
        assert passing("new", 5) == {3}
        assert passing("active", 5) == {2, 3}
        assert passing("idle", 5) == {1}


def test_feedback_is_that_something_was_pushed(app: App) -> None:
    app.seed(*PEOPLE, device(5, push_failure="Bad Channel"))
    french = {"expression": "F", "criteria": {"F": {"type": "language", "name": "fr"}}}
    for kind, criterion in (("announcements", "announcement"), ("polls", "poll"), ("dataPushes", "datapush")):
        first = app.begin(app.create(kind, "first", audience=french))
        number = int(first.rpartition("/")[2])
        for action, expected in (("pushed", {1}), ("replied", set()), ("actioned", set()), ("exited", set())):
            asked = {"type": f"{criterion}-feedback", "content-id": number, "action": action}
            assert members(app, {"expression": "P", "criteria": {"P": asked}}) == expected
        wrong = {"type": "poll-feedback" if kind != "polls" else "datapush-feedback"}
        wrong |= {"content-id": number, "action": "pushed"}
        assert members(app, {"expression": "P", "criteria": {"P": wrong}}) == set()


def test_texts_with_markers_go_only_to_devices_that_have_the_tags(app: App) -> None:
    app.seed(*PEOPLE)
    assert members(app, {}, notificationMessage="Happy ${age}, ${plan}") == {1, 2, 3}
    assert members(app, {}, localization={"fr": {"title": "${nothing}"}}) == set()
    assert members(app, {}, actionUrl="http://x/${nothing}") == {1, 2, 3, 4}


def test_a_day_relative_to_today_comes_with_the_clock(tmp_path: Path) -> None:
    with started(tmp_path, clock="2026-01-01T12:00:00Z") as (_, app):
        app.seed(device(1, custom_properties={"d": "2026-01-03"}), device(2, custom_properties={"d": "2026-01-01"}))
        audience = {"expression": "D", "criteria": {"D": tag("date", "d", 0, "EQ")}}
        path = app.begin(app.create(audience=audience))
        settled(lambda: app.rung(path) == {device(2)["install_id"]})
        advance(app, 2 * 86_400)
        assert app.rung(path) == {device(1)["install_id"], device(2)["install_id"]}
