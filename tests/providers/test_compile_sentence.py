"""Audiences as sentences for Appizer."""

from __future__ import annotations

import pytest

from reconciler.language import parse
from reconciler.providers.appizer.sentence import compile_sentence

TYPES = {"plan": "string", "age": "number", "vip": "boolean", "since": "date_time", "dog-lover": "boolean"}


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        ("plan eq 'it''s'", "plan = 'it''s'"),
        ("carriercountry ne 'KP'", "CarrierCountry != 'KP'"),
        ("age lt 1.5 or age ge 1e300", "age >= 1e+300 OR age < 1.5"),
        ("age le -1 or age gt 1", "age > 1 OR age <= -1"),
        ("dog-lover eq true", "dog-lover = true"),
        ("since gt 2026-01-31T01:00:00.5+01:00", "since > 2026-01-31T00:00:00.500000Z"),
        ("plan in ('b', 'a')", "plan in ('a', 'b')"),
        ("not plan in ('b', 'a')", "NOT (plan in ('a', 'b'))"),
        ("contains(plan, 'a') or startswith(plan, 'a')", "plan contains 'a' OR plan starts with 'a'"),
        ("not endswith(plan, 'a')", "NOT (plan ends with 'a')"),
        ("plan eq null or vip ne null", "plan is missing OR vip is set"),
        ("plan eq 'a' and (age eq 1 or vip eq true)", "plan = 'a' AND (age = 1 OR vip = true)"),
    ],
)
def test_what_is_said(definition: str, sentence: str) -> None:
    assert compile_sentence(parse(definition), TYPES) == (f"Users with {sentence}", ())


@pytest.mark.parametrize(
    ("definition", "blamed"),
    [
        ("vip gt true", ["true"]),
        ("age eq 'a' or since in (1, 2)", ["'a'", "1", "2"]),
        ("unknown eq 1", ["unknown"]),
        ("contains(vip, 'a')", ["vip"]),
    ],
)
def test_what_has_no_meaning(definition: str, blamed: list[str]) -> None:
    sentence, problems = compile_sentence(parse(definition), TYPES)
    assert sentence is None
    assert [definition[each.offset : each.offset + each.length] for each in problems] == blamed
