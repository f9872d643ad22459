"""Audiences in the words of Mobile Engagement: each kind of comparison, and all that cannot be said."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.language import DEVICE_PROPERTIES, parse
from reconciler.providers.mobileengagement.criteria import DEVICE_CRITERIA, compile_audience

TYPES = {
    "plan": "string",
    "dog-breed": "string",
    "age": "number",
    "vip": "boolean",
    "since": "date_time",
    "7": "string",
}


def age(op: str, value: int) -> dict[str, Any]:
    return {"type": "integer-tag", "name": "age", "value": value, "op": op}


def plan(value: str | None) -> dict[str, Any]:
    return {"type": "string-tag", "name": "plan", "value": value}


def since(op: str, value: str) -> dict[str, Any]:
    return {"type": "date-tag", "name": "since", "value": value, "op": op}


def vip(value: bool) -> dict[str, Any]:
    return {"type": "boolean-tag", "name": "vip", "value": value}


@pytest.mark.parametrize(
    ("definition", "expression", "criteria"),
    [
        ("CarrierName eq 'AT&T'", "CarrierName_AT_T", {"CarrierName_AT_T": {"type": "carrier-name", "name": "AT&T"}}),
        ("plan eq 'a'", "Plan_a", {"Plan_a": plan("a")}),
        ("plan ne 'a'", "not Plan_missing and not Plan_a", {"Plan_a": plan("a"), "Plan_missing": plan(None)}),
        ("plan eq null", "Plan_missing", {"Plan_missing": plan(None)}),
        ("plan ne null", "not Plan_missing", {"Plan_missing": plan(None)}),
        ("plan in ('a', 'b')", "Plan_a or Plan_b", {"Plan_a": plan("a"), "Plan_b": plan("b")}),
        (
            "not plan in ('a', 'b') and vip eq true",
            "not Plan_missing and not Plan_a and not Plan_b and Vip_true",
            {"Plan_a": plan("a"), "Plan_missing": plan(None), "Plan_b": plan("b"), "Vip_true": vip(True)},
        ),
        ("contains(plan, 'a')", "Plan_contains_a", {"Plan_contains_a": plan("*a*")}),
        ("startswith(plan, 'a')", "Plan_startswith_a", {"Plan_startswith_a": plan("a*")}),
        ("endswith(plan, 'a')", "Plan_endswith_a", {"Plan_endswith_a": plan("*a")}),
        ("contains(plan, '')", "Plan_contains", {"Plan_contains": plan("*")}),
        (
            "not contains(plan, 'a')",
            "not Plan_missing and not Plan_contains_a",
            {"Plan_contains_a": plan("*a*"), "Plan_missing": plan(None)},
        ),
        ("age le -5", "Age_LE_minus5", {"Age_LE_minus5": age("LE", -5)}),
        ("age ne 5", "Age_LT_5 or Age_GT_5", {"Age_LT_5": age("LT", 5), "Age_GT_5": age("GT", 5)}),
        ("age eq null", "not (Age_LT_0 or Age_GE_0)", {"Age_LT_0": age("LT", 0), "Age_GE_0": age("GE", 0)}),
        (
            "age ne null and vip eq true",
            "(Age_LT_0 or Age_GE_0) and Vip_true",
            {"Age_LT_0": age("LT", 0), "Age_GE_0": age("GE", 0), "Vip_true": vip(True)},
        ),
        ("vip ne true", "Vip_false", {"Vip_false": vip(False)}),
        ("vip eq null", "not (Vip_true or Vip_false)", {"Vip_true": vip(True), "Vip_false": vip(False)}),
        (
            "since ge 2026-01-31T01:00:00+01:00",
            "Since_GE_2026_01_31",
            {"Since_GE_2026_01_31": since("GE", "2026-01-31")},
        ),
        (
            "since ne 2026-01-31T00:00:00Z",
            "Since_LT_2026_01_31 or Since_GT_2026_01_31",
            {"Since_LT_2026_01_31": since("LT", "2026-01-31"), "Since_GT_2026_01_31": since("GT", "2026-01-31")},
        ),
        (
            "plan in ('日本', '中国', 'a b', 'a-b') and age gt 1",
            "Age_GT_1 and (Plan_a_b or Plan_a_b_2 or Plan or Plan_2)",
            {
                "Age_GT_1": age("GT", 1),
                "Plan_a_b": plan("a b"),
                "Plan_a_b_2": plan("a-b"),
                "Plan": plan("中国"),
                "Plan_2": plan("日本"),
            },
        ),
    ],
)
def test_what_is_said(definition: str, expression: str, criteria: dict[str, Any]) -> None:
    assert compile_audience(parse(definition), TYPES) == ({"expression": expression, "criteria": criteria}, ())


@pytest.mark.parametrize(
    ("definition", "blamed"),
    [
        ("Model gt 'a'", ["'a'"]),
        ("plan le 'a' or plan eq 'b'", ["'a'"]),
        ("plan eq 'a*'", ["'a*'"]),
        ("not startswith(Model, 'Pixel ?')", ["'Pixel ?'"]),
        ("age gt 1.5 and age in (1, 2.5, 1e300)", ["1.5", "2.5", "1e300"]),
        ("age lt 9223372036854775808", ["9223372036854775808"]),
        ("since gt 2026-01-31T00:00:01Z", ["2026-01-31T00:00:01Z"]),
        ("since gt 2026-01-31T00:00:00+01:00", ["2026-01-31T00:00:00+01:00"]),
        ("dog-breed eq 'a' and vip eq true", ["dog-breed"]),
        ("dog-breed eq '?' or Model lt '*'", ["dog-breed", "'?'", "'*'", "'*'"]),
        ("_plan eq 'a'", ["_plan"]),
        (f"plan eq '{'a' * 1025}'", [f"'{'a' * 1025}'"]),
        ("unknown eq null", ["unknown"]),
        ("age eq '1' and vip gt true and contains(age, '1')", ["'1'", "true", "age"]),
    ],
)
def test_what_cannot_be_said(definition: str, blamed: list[str]) -> None:
    audience, problems = compile_audience(parse(definition), TYPES | {"_plan": "string"})
    assert audience is None
    assert [definition[each.offset : each.offset + each.length] for each in problems] == blamed
    assert {(each.code, each.severity) for each in problems} == {("RC234", "error")}


def test_the_longest_texts_and_names_that_can_be_said() -> None:
    name = "a" * 64
    audience, problems = compile_audience(
        parse(f"{name} eq '{'é' * 1024}' and Model eq '{'b' * 2000}'"), {name: "string"}
    )
    assert (audience is None, problems) == (False, ())
    _, [problem] = compile_audience(parse(f"{name}a eq 'b'"), {f"{name}a": "string"})
    assert (problem.offset, problem.length) == (0, 65)


def test_an_audience_has_at_most_65_535_bytes() -> None:
    listed = ", ".join(f"'{'é' * 3}{place:03}'" for place in range(900))
    definition = f" plan in ({listed})"
    _, [problem] = compile_audience(parse(definition), TYPES)
    assert problem.code == "RC234"
    assert "65,535" in problem.message
    assert (problem.offset, problem.length) == (1, len(definition) - 2)


def test_names_are_no_longer_than_they_need_be_and_begin_with_a_capital() -> None:
    audience, _ = compile_audience(parse(f"n eq '{'OT ' * 300}' and n ne 'ot'"), {"n": "string"})
    assert audience is not None
    assert all(len(name) <= 110 and name[0] == "N" for name in audience["criteria"])


def test_every_device_property_has_a_criterion() -> None:
    assert DEVICE_CRITERIA.keys() == DEVICE_PROPERTIES.keys()
    assert len(set(DEVICE_CRITERIA.values())) == len(DEVICE_CRITERIA)
