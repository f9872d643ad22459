"""Membership: the devices that a definition reaches, counts and is delivered to are the same, and the right ones."""

from __future__ import annotations

import pytest

from .conftest import App, device

TYPES = {"plan": "string", "age": "number", "beta": "boolean", "since": "date_time", "dog-lover": "boolean"}
DEVICES = (
    device(1, CarrierCountry="US", AppVersion="1.9.0", custom_properties={"plan": "premium", "age": 42, "beta": True}),
    device(
        2, CarrierCountry="KP", custom_properties={"plan": "free", "age": 41.5, "since": "2026-01-31T01:00:00+01:00"}
    ),
    device(3, carriercountry="us", custom_properties={"plan": "Premium", "beta": False, "dog-lover": True}),
    device(4, locale="de", custom_properties={"plan": "it's", "since": "2026-02-01T00:00:00Z"}),
    device(5, CarrierCountry="US", push_enabled=False, custom_properties={"plan": "premium", "age": 42}),
    device(6, deviceOsVersion="9", custom_properties={"plan": 5, "age": "42", "beta": "true"}),
)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("plan eq 'premium'", {1}),
        ("plan = 'premium' and CarrierCountry = 'US'", {1}),
        ("CarrierCountry ne 'KP'", {1, 3}),
        ("CarrierCountry ne 'KP' or CarrierCountry eq null", {1, 3, 4, 6}),
        ("not (CarrierCountry eq 'KP')", {1, 3}),
        ("CARRIERCOUNTRY eq 'US'", {1}),
        ("Language eq 'de' or OsVersion eq '9'", {4, 6}),
        ("locale eq 'de' or deviceOsVersion eq '9'", {4, 6}),
        ("age eq 42", {1}),
        ("age le 41.5", {2}),
        ("age gt 41", {1, 2}),
        ("beta eq true", {1}),
        ("beta eq false", {3}),
        ("beta ne true", {3}),
        ("dog-lover eq true", {3}),
        ("plan eq 'it''s'", {4}),
        ("plan in ('free', 'Premium')", {2, 3}),
        ("startswith(plan, 'prem')", {1}),
        ("contains(plan, 'remi')", {1, 3}),
        ("endswith(plan, 'e')", {2}),
        ("since eq 2026-01-31T00:00:00Z", {2}),
        ("since ge 2026-01-31T00:00:01Z", {4}),
        ("plan eq 'nobody'", set()),
    ],
)
def test_a_definition_reaches_counts_and_is_delivered_to_its_members(
    app: App, definition: str, expected: set[int]
) -> None:
    app.seed(*DEVICES)
    ids = {str(device(number)["install_id"]) for number in expected}
    assert app.put("members", definition, TYPES).status_code == 200
    body = {"definition": definition, "custom_properties": TYPES}
    measured = app.api.post(f"{app.audiences}/definition/test", json=body).json()
    assert (measured["estimated_count"], measured["estimated_total_count"]) == (len(ids), 5)
    assert app.reached({"type": "audiences_target", "audiences": ["members"]}) == ids


def test_a_name_cannot_reach_into_the_query(app: App) -> None:
    app.seed(device(1))
    for definition in ("x') eq 'a'", "x\" eq 'a'", "Model eq 'a''; DROP TABLE devices; --'"):
        app.put("evil", definition, {"x": "string"})
    assert app.api.get("/_sandbox/devices", params={"app": app.coordinate}).json()["total"] == 1
