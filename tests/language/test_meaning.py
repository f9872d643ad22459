"""Outcomes, reach, relations and their words, by example."""

from __future__ import annotations

import sqlite3
import time

import pytest

from reconciler.language import (
    Explained,
    Property,
    canonical_name,
    describe_change,
    evaluate,
    explain_tree,
    is_empty,
    is_everyone,
    json_column,
    normalize,
    parse,
    properties_of,
    relation,
    show,
    where,
)


@pytest.mark.parametrize(
    ("text", "row", "outcome"),
    [
        ("a eq 'x'", {}, None),
        ("not a eq 'x'", {}, None),
        ("a ne 'x'", {"a": None}, None),
        ("a eq null", {}, True),
        ("a ne null", {"a": ""}, True),
        ("a eq 'x' and b eq 1", {"b": 2}, False),
        ("a eq 'x' or b eq 1", {"b": 1}, True),
        ("a eq 'x' or b eq 1", {"b": 2}, None),
        ("a in ('x', 'y')", {"a": "y"}, True),
        ("b eq 1", {"b": 1.0}, True),
        ("b eq 1", {"b": True}, None),
        ("b eq 1", {"b": "1"}, None),
        ("c eq true", {"c": 1}, None),
        ("a lt 'a'", {"a": "B"}, True),
        ("a gt '1.9'", {"a": "1.10"}, False),
        ("contains(a, 'B')", {"a": "abc"}, False),
        ("startswith(a, '')", {"a": ""}, True),
        ("d eq 2026-01-31T00:00:00Z", {"d": "2026-01-31T01:00:00.000+01:00"}, True),
        ("d lt 2026-01-31T00:00:00Z", {"d": "2026-01-31"}, None),
    ],
)
def test_outcomes(text: str, row: dict[str, object], outcome: bool | None) -> None:
    assert evaluate(parse(text), row) is outcome


def test_a_value_of_another_type_than_declared_counts_as_missing() -> None:
    assert evaluate(parse("a eq null"), {"a": 5}, {"a": "string"}) is True
    assert evaluate(parse("a eq 'x'"), {"a": "x"}, {"a": "number"}) is None


CHANGES = [
    ("plan eq 'a'", "plan eq 'a' or vip eq true", "broader: now also vip true"),
    ("plan eq 'a'", "plan eq 'a' and age gt 5", "narrower: no longer age up to 5 or unknown"),
    ("plan eq 'a' and age gt 5", "plan eq 'a'", "broader: now also age up to 5 or unknown"),
    ("Model in ('A', 'B', 'C')", "Model in ('A', 'B')", "narrower: no longer Model 'C'"),
    (
        "age ge 5 and age lt 9",
        "age gt 7 and age le 12",
        "overlapping: now also age from 9 to 12; no longer age from 5 to 7",
    ),
    ("age gt 5 and age lt 9", "age gt 7 and age lt 9", "narrower: no longer age above 5 up to 7"),
    ("age ge 5", "age gt 5", "narrower: no longer age 5"),
    ("plan eq 'a'", "plan ne 'a'", "disjoint: nobody of the old audience is in the new one"),
    ("plan ne 'a'", "plan ne 'a' or plan eq null", "broader: now also plan unknown"),
    ("plan ne null", "plan ne 'a'", "narrower: no longer plan 'a'"),
    ("vip eq true", "vip ne false", "equivalent: the same devices"),
    ("startswith(Model, 'SM-')", "startswith(Model, 'SM-G')", None),
    ("age lt 5 or age ge 5", "age ne null", "equivalent: the same devices"),
    ("Model eq 'Pixel 3'", "startswith(Model, 'Pixel')", None),
    ("Model eq 'Pixel 3'", "contains(Model, 'xel')", "broader: now also `contains(Model, 'xel')`"),
    ("contains(city, 'ab')", "contains(city, 'b')", None),
    ("endswith(city, 'ab')", "endswith(city, 'xab')", None),
    ("endswith(city, 'a')", "endswith(city, 'b')", "disjoint: nobody of the old audience is in the new one"),
    (
        "plan eq 'a' and contains(city, 'x')",
        "plan eq 'a'",
        "broader: now also those for whom `contains(city, 'x')` is not true",
    ),
    (
        "(CarrierCountry eq 'US' and plan eq 'a') or (CarrierCountry eq 'DE' and plan eq 'b')",
        "(CarrierCountry eq 'US' and plan eq 'a') or (CarrierCountry in ('DE', 'FR') and plan eq 'b')",
        "broader: now also CarrierCountry 'FR' with plan 'b'",
    ),
    ("age in (1, 2, 3, 4, 5, 6, 7, 8)", "age eq 1", "narrower: no longer age 2, 3, 4, 5, 6 or 2 more"),
    ("age eq 1 and age eq 2", "age eq 1", "broader: now also age 1"),
]


@pytest.mark.parametrize(("old", "new", "words"), CHANGES, ids=[f"{old} > {new}" for old, new, _ in CHANGES])
def test_changes_in_words(old: str, new: str, words: str | None) -> None:
    found = describe_change(parse(old), parse(new))
    assert words is None or found == words
    assert found.split(":")[0] == relation(parse(old), parse(new)) != "unknown"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("startswith(Model, 'SM-')", "startswith(Model, 'SM-G')", "narrower"),
        ("Model eq 'Pixel 3'", "startswith(Model, 'Pixel')", "broader"),
        ("startswith(city, 'abc')", "contains(city, 'b')", "broader"),
        ("contains(city, 'ab')", "contains(city, 'b')", "broader"),
        ("endswith(city, 'ab')", "endswith(city, 'xab')", "narrower"),
        ("contains(city, 'a') and contains(city, 'b')", "contains(city, 'ab')", "narrower"),
        ("endswith(city, 'ab')", "contains(city, 'b')", "broader"),
        ("city eq 'abc'", "not contains(city, 'b')", "disjoint"),
        ("n gt 1", "n ge 1.0000000000000002", "equivalent"),
        ("n gt 9007199254740992", "n ge 9007199254740993", "equivalent"),
        ("a eq 1", "a eq '1'", "unknown"),
    ],
)
def test_relations_of_texts_and_neighbouring_numbers(old: str, new: str, expected: str) -> None:
    assert relation(parse(old), parse(new)) == expected


@pytest.mark.parametrize(
    ("text", "empty", "everyone"),
    [
        ("a eq 'x' and a eq 'y'", True, False),
        ("a lt ''", True, False),
        ("a eq null and a eq 'x'", True, False),
        ("a ne 'x' and not (a ne 'x')", True, False),
        ("a eq null or a ne null", False, True),
        ("a eq 'x' or a ne 'x'", False, False),
        ("a eq 'x' or a ne 'x' or a eq null", False, True),
        ("contains(a, 'xy') and not contains(a, 'x')", True, False),
        ("v eq true and v eq false", True, False),
        ("v in (true, false) or v eq null", False, True),
        ("d lt 0001-01-01T00:00:00Z", True, False),
    ],
)
def test_nobody_and_everyone(text: str, empty: bool, everyone: bool) -> None:
    assert (is_empty(parse(text)), is_everyone(parse(text))) == (empty, everyone)


def test_large_definitions_take_little_time() -> None:
    listed = " or ".join(f"(CarrierName eq 'c{place}' and age gt {place})" for place in range(300))
    start = time.process_time()
    old, new = parse(listed), parse(f"{listed} or (CarrierName eq 'other' and age gt 3)")
    assert relation(old, new) == "broader"
    assert describe_change(old, new) == "broader: now also CarrierName 'other' and age above 3"
    assert not is_empty(old)
    assert normalize(normalize(old)) == normalize(old)
    assert time.process_time() - start < 3


def test_past_its_bound_the_relation_is_unknown_and_says_so() -> None:
    # Ten pigeons in nine holes: no device fits, which takes ages to prove.
    holes = range(9)
    everyone = " and ".join(
        "(" + " or ".join(f"p{pigeon}h{hole} eq true" for hole in holes) + ")" for pigeon in range(10)
    )
    alone = " and ".join(
        f"not (p{one}h{hole} eq true and p{other}h{hole} eq true)"
        for hole in holes
        for one in range(10)
        for other in range(one)
    )
    start = time.process_time()
    assert describe_change(parse("a eq 1"), parse(f"{everyone} and {alone}")).startswith("unknown: ")
    assert not is_empty(parse(f"{everyone} and {alone}"))
    assert time.process_time() - start < 5


def test_the_widest_and_deepest_definitions_run_in_sqlite() -> None:
    wide = " or ".join(f"age lt {number}" for number in range(1_400))
    deep = "since eq 2026-01-01T00:00:00Z"
    for level in range(33):
        deep = f"age ne {level} {('or', 'and')[level % 2]} ({deep})"
    types = {"age": "number", "since": "date_time"}
    store = sqlite3.connect(":memory:")
    for text in (wide, deep):
        condition, values = where(parse(text), types, lambda name: json_column("?1", name, types[name]))
        [(found,)] = store.execute(
            f"select {condition.replace('?1', 'row')} from (select '{{\"age\": 7}}' as row)", values
        )
        assert bool(found) is evaluate(parse(text), {"age": 7}, types)
    store.close()


def test_the_explained_tree() -> None:
    tree = explain_tree(parse("not (plan eq 'a' and locale eq 'de') or x eq 1"), {"plan": Property("string")})
    inner = Explained(
        "and",
        "plan eq 'a' and Language eq 'de'",
        (
            Explained("term", "plan eq 'a'", (), "plan", "string", "custom"),
            Explained("term", "Language eq 'de'", (), "Language", "string", "device"),
        ),
    )
    assert tree.parts[0] == Explained("not", "not (plan eq 'a' and Language eq 'de')", (inner,))
    assert tree.parts[1] == Explained("term", "x eq 1", (), "x", None, "unknown")


def test_names() -> None:
    assert [canonical_name(name) for name in ("carriercountry", "locale", "DeviceOsVersion", "Plan")] == [
        "CarrierCountry",
        "Language",
        "OsVersion",
        "Plan",
    ]
    assert properties_of(parse("locale eq 'de' and (plan eq 'a' or not contains(Model, 'x'))")) == {
        "Language",
        "plan",
        "Model",
    }
    assert show(parse("locale eq 'de'")) == "Language eq 'de'"
