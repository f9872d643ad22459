"""The laws of compiling: who is in an audience is who its backend's own words reach."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.language import (
    Compare,
    Constant,
    Expr,
    In,
    Match,
    evaluate,
    instant,
    normalize,
    parse,
    relation,
    show,
)
from reconciler.providers.appizer.sentence import compile_sentence
from reconciler.providers.mobileengagement.criteria import compile_audience
from reconciler.providers.mobileengagement.definition import read_definition
from tests.language.definitions import any_terms, equality, functions, null, ordering, respelled, trees

law = settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))

SPEC = Path(
    os.environ.get("RECONCILER_SPECS", Path(__file__).resolve().parents[3] / "shared" / "specs")
) / "mobile-engagement.swagger.json"  # fmt: skip
TYPES = {
    "plan": "string",
    "city": "string",
    "age": "number",
    "score": "number",
    "vip": "boolean",
    "since": "date_time",
    "until": "date_time",
}
TEXT_NAMES = ("CarrierCountry", "Model", "plan", "city")
TEXTS = ("", "a", "b", "ab", "ba", "aab", "A", "it's", "é", "日本", "a b", "a-b", "a_b", "missing", "not")
NUMBERS = (-5, -1, 0, 1, 2, 5, 2**53 + 1, -(2**63), 2**63 - 1)
DAYS = ("0001-01-01", "1969-12-31", "1970-01-01", "1970-01-02", "2026-01-31", "9999-12-31")

texts = st.builds(Constant, st.just("string"), st.sampled_from(TEXTS))
numbers = st.builds(Constant, st.just("number"), st.sampled_from(NUMBERS))
days = st.builds(Constant, st.just("date_time"), st.sampled_from([instant(f"{day}T00:00:00Z") for day in DAYS]))
booleans = st.builds(Constant, st.just("boolean"), st.booleans())


def _terms(
    names: tuple[str, ...], operators: st.SearchStrategy[str], constants: st.SearchStrategy[Constant]
) -> st.SearchStrategy[Expr]:
    name = st.sampled_from(names)
    return (
        st.builds(Compare, name, operators, constants)
        | st.builds(Compare, name, equality, null)
        | st.builds(In, name, st.lists(constants, min_size=1, max_size=4).map(tuple))
    )


sayable_terms = st.one_of(
    _terms(TEXT_NAMES, equality, texts),
    _terms(("age", "score"), ordering, numbers),
    _terms(("since", "until"), ordering, days),
    _terms(("vip",), equality, booleans),
    st.builds(Match, st.sampled_from(TEXT_NAMES), functions, texts),
)
sayable = trees(sayable_terms)


def _row(chance: random.Random) -> dict[str, object]:
    """A device as Mobile Engagement can know it, a third of its properties missing."""
    values: dict[str, object] = {
        **{name: chance.choice((*TEXTS, "*", "a?b", "".join(chance.choices("ab\n", k=3)))) for name in TEXT_NAMES},
        **{name: chance.choice((*NUMBERS, chance.randrange(-7, 7))) for name in ("age", "score")},
        **{name: f"{chance.choice(DAYS)}T00:00:00Z" for name in ("since", "until")},
        "vip": chance.random() < 0.5,
    }
    return {name: value for name, value in values.items() if chance.random() < 0.67}


rows = st.integers(0, 2**32).map(lambda seed: [_row(random.Random(seed + place)) for place in range(20)])

# An evaluator of the backend's form that shares nothing with the code under test: Python's own `and`, `or` and `not`
# happen to bind as the backend's do.
DEVICE_PROPERTIES = {"carrier-country": "CarrierCountry", "device-model": "Model", "language": "Language"}


def _matches(pattern: str, text: str) -> bool:
    return (
        re.fullmatch("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern), text, re.S) is not None
    )


def _holds(criterion: Mapping[str, Any], row: Mapping[str, object]) -> bool:
    kind = criterion["type"]
    if kind in DEVICE_PROPERTIES or kind == "string-tag":
        found = row.get(DEVICE_PROPERTIES.get(kind, criterion["name"]))
        wanted = criterion["value" if kind == "string-tag" else "name"]
        return found is None if wanted is None else found is not None and _matches(wanted, str(found))
    found, wanted = row.get(criterion["name"]), criterion["value"]
    if found is None:
        return False
    if kind == "boolean-tag":
        return found is wanted
    place: Any = (
        (date.fromisoformat(str(found)[:10]), date.fromisoformat(wanted)) if kind == "date-tag" else (found, wanted)
    )
    low, high = place[0] < place[1], place[0] > place[1]
    return {"EQ": not low and not high, "LT": low, "GT": high, "LE": not high, "GE": not low}[criterion["op"]]


def is_in(audience: Mapping[str, Any], row: Mapping[str, object]) -> bool:
    known = {name: _holds(criterion, row) for name, criterion in audience["criteria"].items()}
    assert re.fullmatch(r"(?:and|or|not|[A-Z][a-zA-Z_0-9]*|[() ])*", audience["expression"])
    return bool(eval(audience["expression"], {"__builtins__": {}}, known))


def _compiled(expr: Expr) -> dict[str, Any]:
    audience, problems = compile_audience(expr, TYPES)
    assert audience is not None, problems
    return audience


@law
@given(sayable, rows)
def test_mobile_engagement_reaches_whoever_is_in_the_audience(expr: Expr, population: list[dict[str, object]]) -> None:
    audience = _compiled(expr)
    for row in population:
        assert is_in(audience, row) is (evaluate(expr, row, TYPES) is True)


class _Kleene(float):
    """0 is false, 1 true, a half unknown."""

    def __and__(self, other: _Kleene) -> _Kleene:
        return min(self, other)

    def __or__(self, other: _Kleene) -> _Kleene:
        return max(self, other)

    def __invert__(self) -> _Kleene:
        return _Kleene(1 - self)


def is_in_if_unknown(audience: Mapping[str, Any], row: Mapping[str, object]) -> bool:
    """The same, if a criterion were unknown where the information is missing, and only what is true were reached."""
    known = {}
    for name, criterion in audience["criteria"].items():
        asked = DEVICE_PROPERTIES.get(criterion["type"], criterion["name"])
        is_open = row.get(asked) is None and criterion["value" if "value" in criterion else "name"] is not None
        known[name] = _Kleene(0.5 if is_open else _holds(criterion, row))
    text = re.sub(r"\bnot ", "~", audience["expression"].replace(" and ", " & ").replace(" or ", " | "))
    return bool(eval(text, {"__builtins__": {}}, known) == 1)


text_nulls = st.builds(Compare, st.sampled_from(TEXT_NAMES), equality, null)


@law
@given(trees(sayable_terms.filter(lambda term: "null" not in show(term)) | text_nulls), rows)
def test_unknown_criteria_would_reach_the_same(expr: Expr, population: list[dict[str, object]]) -> None:
    audience = _compiled(expr)
    for row in population:
        assert is_in_if_unknown(audience, row) is (evaluate(expr, row, TYPES) is True)


@law
@given(sayable, rows)
def test_reading_back_keeps_who_is_in(expr: Expr, population: list[dict[str, object]]) -> None:
    found = read_definition(_compiled(expr))
    assert found is not None
    assert found.types.items() <= TYPES.items()
    assert normalize(found.expr) == found.expr
    for row in population:
        assert (evaluate(found.expr, row, found.types) is True) is (evaluate(expr, row, TYPES) is True)


plain_terms = st.one_of(
    st.builds(Compare, st.sampled_from(TEXT_NAMES), equality, texts),
    st.builds(In, st.sampled_from(TEXT_NAMES), st.lists(texts, min_size=1, max_size=3).map(tuple)),
    st.builds(Match, st.sampled_from(TEXT_NAMES), functions, texts.filter(lambda text: text.value != "")),
    st.builds(Compare, st.sampled_from(("age", "score")), ordering, numbers),
    st.builds(Compare, st.just("since"), ordering, days),
    st.builds(Compare, st.just("vip"), st.just("eq"), booleans),
)


@law
@given(trees(plain_terms, 6))
def test_reading_back_gives_the_same_audience(expr: Expr) -> None:
    found = read_definition(_compiled(expr))
    assert found is not None
    assert relation(found.expr, expr) in {"equivalent", "unknown"}


@law
@given(plain_terms)
def test_reading_back_a_comparison_gives_its_normal_form(expr: Expr) -> None:
    found = read_definition(_compiled(expr))
    assert found is not None
    assert show(found.expr) == show(normalize(expr))


@st.composite
def audiences(draw: st.DrawFn) -> dict[str, Any]:
    """Return an audience as somebody may have written it in the portal."""
    terms = draw(st.lists(sayable_terms, min_size=1, max_size=4))
    criteria = list(
        {json.dumps(each): each for term in terms for each in _compiled(term)["criteria"].values()}.values()
    )
    named = {f"C{place}": criterion for place, criterion in enumerate(criteria)}
    joined = st.recursive(
        st.sampled_from(sorted(named)),
        lambda parts: (
            st.builds("({} and {})".format, parts, parts)
            | st.builds("({} or {})".format, parts, parts)
            | st.builds("{} and {} or {}".format, parts, parts, parts).map("({})".format)
            | parts.map("not {}".format)
        ),
        max_leaves=6,
    )
    return {"expression": draw(joined), "criteria": named}


@law
@given(audiences(), rows)
def test_whatever_is_read_reaches_the_same(audience: dict[str, Any], population: list[dict[str, object]]) -> None:
    found = read_definition(audience)
    assert found is not None
    for row in population:
        assert (evaluate(found.expr, row, found.types) is True) is is_in(audience, row)


@law
@given(sayable, st.integers(0, 2**32))
def test_another_spelling_compiles_to_the_same(expr: Expr, seed: int) -> None:
    other = parse(respelled(expr, random.Random(seed)))
    assert json.dumps(compile_audience(other, TYPES)) == json.dumps(compile_audience(expr, TYPES))
    assert compile_sentence(other, TYPES) == compile_sentence(expr, TYPES)
    assert compile_audience(normalize(expr), TYPES) == compile_audience(expr, TYPES)


@law
@given(trees(any_terms))
def test_a_definition_is_said_whole_or_not_at_all(expr: Expr) -> None:
    text = show(expr)
    for said, problems in (compile_audience(parse(text), TYPES), compile_sentence(parse(text), TYPES)):
        assert (said is None) is bool(problems)
        for problem in problems:
            assert problem.code == "RC234"
            assert text[problem.offset : problem.offset + problem.length].strip()


@lru_cache
def _schemas() -> dict[str, dict[str, Any]]:
    """The description's criteria by their `type`; the prose beside it has null where a text is not known."""
    found = {}
    for schema in json.loads(SPEC.read_text(encoding="utf-8"))["definitions"].values():
        if "x-ms-discriminator-value" in schema:
            own = {**schema["allOf"][1]["properties"]} if len(schema["allOf"]) > 1 else {}
            for name in ("name", "value"):
                if own.get(name, {}).get("type") == "string" and "format" not in own[name]:
                    own[name] = {"type": ["string", "null"]}
            found[schema["x-ms-discriminator-value"]] = {
                "properties": own | {"type": {}},
                "additionalProperties": False,
            }
    return found


@pytest.mark.skipif(not SPEC.is_file(), reason="the vendor's description is not here")
@law
@given(sayable)
def test_what_compiles_has_the_shapes_of_the_description(expr: Expr) -> None:
    audience = _compiled(expr)
    used = set(re.findall(r"[A-Z]\w*", audience["expression"]))
    assert used == set(audience["criteria"])
    assert len({json.dumps(each) for each in audience["criteria"].values()}) == len(used)
    for criterion in audience["criteria"].values():
        jsonschema.validate(criterion, _schemas()[criterion["type"]], format_checker=jsonschema.FormatChecker(["date"]))
