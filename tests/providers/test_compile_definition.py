"""Audiences of Mobile Engagement, read back: what somebody wrote in the portal, and what our language cannot say."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.language import normal_text, show
from reconciler.providers.mobileengagement.definition import read_definition

CRITERIA: dict[str, Any] = {
    "Us": {"type": "carrier-country", "name": "US"},
    "Ca": {"type": "carrier-country", "name": "CA"},
    "Nowhere": {"type": "carrier-country", "name": None},
    "Anywhere": {"type": "carrier-country", "name": "*"},
    "Pixel": {"type": "device-model", "name": "Pixel*"},
    "Premium": {"type": "string-tag", "name": "plan", "value": "premium"},
    "Vip": {"type": "boolean-tag", "name": "vip", "value": True},
    "NotVip": {"type": "boolean-tag", "name": "vip", "value": False},
    "Below5": {"type": "integer-tag", "name": "age", "value": 5, "op": "LT"},
    "Is5": {"type": "integer-tag", "name": "age", "value": 5, "op": "EQ"},
    "Above5": {"type": "integer-tag", "name": "age", "value": 5, "op": "GT"},
    "From5": {"type": "integer-tag", "name": "age", "value": 5, "op": "GE"},
    "UpTo5": {"type": "integer-tag", "name": "age", "value": 5, "op": "LE"},
    "New": {"type": "date-tag", "name": "since", "value": "2026-01-31", "op": "GE"},
    "Texas": {"type": "location", "country": "US", "region": "TX"},
    "Wifi": {"type": "network-type", "name": "wifi"},
    "Segment": {"type": "segment", "id": 1},
    "Saw": {"type": "announcement-feedback", "content-id": 1, "action": "actioned"},
    "Recent": {"type": "date-tag", "name": "since", "value": -7, "op": "GE"},
    "NoDay": {"type": "date-tag", "name": "since", "value": "2026-02-30", "op": "GE"},
    "Wild": {"type": "device-model", "name": "Pix?l"},
    "Middle": {"type": "device-model", "name": "P*l"},
    "Nameless": {"type": "device-model"},
    "Big": {"type": "integer-tag", "name": "age", "value": 2**63, "op": "EQ"},
    "TrueAge": {"type": "integer-tag", "name": "age", "value": True, "op": "EQ"},
    "NoOp": {"type": "integer-tag", "name": "age", "value": 1},
    "Truth": {"type": "boolean-tag", "name": "vip", "value": "true"},
    "AgeText": {"type": "string-tag", "name": "age", "value": "5"},
    "Taken": {"type": "string-tag", "name": "model", "value": "a"},
    "Keyword": {"type": "string-tag", "name": "and", "value": "a"},
    "Digits": {"type": "string-tag", "name": "7up", "value": "a"},
    "Tab": {"type": "string-tag", "name": "plan", "value": "a\tb"},
    "lower": {"type": "device-model", "name": "a"},
    "": {"type": "device-model", "name": "a"},
    "List": [],
}


@pytest.mark.parametrize(
    ("expression", "definition"),
    [
        ("Us", "CarrierCountry eq 'US'"),
        ("Us or Ca", "CarrierCountry in ('CA', 'US')"),
        ("not Us", "CarrierCountry eq null or CarrierCountry ne 'US'"),
        ("not Us and not Nowhere", "CarrierCountry ne 'US'"),
        ("not (Us or Ca or Nowhere)", "not CarrierCountry in ('CA', 'US')"),
        ("not not Us", "CarrierCountry eq 'US'"),
        ("not (not Us and not Nowhere)", "CarrierCountry eq null or CarrierCountry eq 'US'"),
        ("Anywhere", "CarrierCountry ne null"),
        ("not Anywhere", "CarrierCountry eq null"),
        ("not Pixel", "Model eq null or not startswith(Model, 'Pixel')"),
        ("Us and Premium or not Vip", "(CarrierCountry eq 'US' and plan eq 'premium') or vip eq null or vip ne true"),
        ("Us and (Premium or Vip)", "CarrierCountry eq 'US' and (plan eq 'premium' or vip eq true)"),
        ("Below5 or Above5", "age ne 5"),
        ("Below5 or From5", "age ne null"),
        ("UpTo5 or Above5", "age ne null"),
        ("Above5 or Is5 or Below5", "age ne null"),
        ("not (Below5 or Is5 or Above5)", "age eq null"),
        ("not Below5", "age eq null or age ge 5"),
        ("not Below5 and Vip", "(age eq null or age ge 5) and vip eq true"),
        ("not Below5 and not Above5 and Us", "(age eq null or age ge 5) and (age eq null or age le 5) and CarrierCountry eq 'US'"),
        ("Vip or NotVip", "vip ne null"),
        ("not (Vip or NotVip)", "vip eq null"),
        ("not New and Us", "(since eq null or since lt 2026-01-31T00:00:00Z) and CarrierCountry eq 'US'"),
        ("Us and not Us", "CarrierCountry eq 'US' and CarrierCountry ne 'US'"),
        ("Us and Vip and (Nowhere or not Anywhere)", None),
        ("((((Us))))", "CarrierCountry eq 'US'"),
        ("(" * 63 + "Us" + ")" * 63, "CarrierCountry eq 'US'"),
    ],
)  # fmt: skip
def test_what_is_read(expression: str, definition: str | None) -> None:
    found = read_definition({"expression": expression, "criteria": CRITERIA, "filters": [{"type": "push-quota"}]})
    assert found is not None
    assert definition is None or show(found.expr) == normal_text(definition)


def test_the_types_of_tags_are_told() -> None:
    found = read_definition({"expression": "Us and Premium and Vip and Is5 and New", "criteria": CRITERIA})
    assert found is not None
    assert found.types == {"plan": "string", "vip": "boolean", "age": "number", "since": "date_time"}


@pytest.mark.parametrize(
    "expression",
    [
        *("Texas", "Wifi", "Segment", "Saw", "Recent", "NoDay", "Wild", "Middle", "Nameless", "Big", "TrueAge", "NoOp"),
        *("Truth", "Taken", "Keyword", "Digits", "Tab", "lower", "List", "Us and Texas", "not Wifi", "Is5 and AgeText"),
        *(
            "",
            "Us and",
            "Us Ca",
            "and Us",
            "(Us",
            "Us)",
            "not",
            "()",
            "Unknown",
            "Us & Ca",
            "Us AND Ca",
            "Us, Ca",
            "Us-1",
        ),
        "(" * 100_000 + "Us" + ")" * 100_000,
        "not " * 100_000 + "Us",
        " and ".join(["Us"] * 100_000) + " and",
        " or ".join(f"(Us and Vip and {'(' * place}Ca{')' * place})" for place in range(70)),
    ],
)
def test_what_our_language_cannot_say(expression: str) -> None:
    assert read_definition({"expression": expression, "criteria": CRITERIA}) is None


@pytest.mark.parametrize(
    "audience", [{}, {"expression": "Us"}, {"criteria": CRITERIA}, {"expression": 1, "criteria": []}]
)
def test_an_audience_without_criteria_is_everybody(audience: dict[str, Any]) -> None:
    assert read_definition(audience) is None
