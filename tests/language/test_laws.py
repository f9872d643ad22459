"""The laws of the language, on random definitions and populations."""

from __future__ import annotations

import itertools
import random
import sqlite3
from collections.abc import Iterator
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.language import (
    And,
    Compare,
    Constant,
    DefinitionError,
    Expr,
    In,
    Match,
    Or,
    Property,
    check,
    deciding_term,
    describe_change,
    evaluate,
    instant,
    instant_sql,
    instant_text,
    is_empty,
    is_everyone,
    json_column,
    normal_text,
    normalize,
    parse,
    relation,
    show,
    span,
    terms,
    where,
)

from .definitions import (
    BAD_DATES,
    DATE_TEXTS,
    TYPES,
    any_terms,
    as_json,
    functions,
    ordering,
    populations,
    respelled,
    trees,
    well_typed_terms,
)

law = settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
lesser_law = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))

# One property stays undeclared.
PROPERTIES = {name: Property(type) for name, type in TYPES.items() if name != "score"}  # type: ignore[arg-type]


@law
@given(trees(any_terms))
def test_printing_is_undone_by_parsing(expr: Expr) -> None:
    assert parse(show(expr)) == expr


@law
@given(trees(any_terms))
def test_the_normal_form_is_its_own_normal_form(expr: Expr) -> None:
    normal = normalize(expr)
    assert normalize(normal) == normal
    assert normal_text(show(expr)) == show(normal)
    assert parse(show(normal)) == normal


@law
@given(trees(any_terms), populations)
def test_the_normal_form_means_the_same(expr: Expr, population: list[dict[str, object]]) -> None:
    normal = normalize(expr)
    for row in population:
        assert evaluate(normal, row, TYPES) is evaluate(expr, row, TYPES)


@law
@given(trees(any_terms), st.integers(0, 2**32))
def test_another_spelling_has_the_same_normal_form(expr: Expr, seed: int) -> None:
    assert normal_text(respelled(expr, random.Random(seed))) == show(normalize(expr))


@st.composite
def changes(draw: st.DrawFn, terms: st.SearchStrategy[Expr]) -> tuple[Expr, Expr]:
    """Return a definition and what somebody made of it."""
    old = draw(trees(terms, 6))
    other = draw(trees(terms, 3))
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return old, And((old, other))
    if kind == 1:
        return old, Or((old, other))
    if kind == 2 and isinstance(old, (And, Or)):
        return old, type(old)((*old.operands[1:], other))
    if kind == 3 and isinstance(old, (And, Or)) and len(old.operands) > 2:
        return old, type(old)(old.operands[1:])
    if kind == 4:
        return And((old, other)), old
    return old, other


def _claims_hold(claimed: str, old: Expr, new: Expr, row: dict[str, object]) -> bool:
    before, after = evaluate(old, row, TYPES) is True, evaluate(new, row, TYPES) is True
    match claimed:
        case "equivalent":
            return before is after
        case "narrower":
            return before or not after
        case "broader":
            return after or not before
        case "disjoint":
            return not (before and after)
        case _:
            return True


@law
@given(changes(well_typed_terms), populations)
def test_no_device_contradicts_the_relation(change: tuple[Expr, Expr], population: list[dict[str, object]]) -> None:
    old, new = change
    claimed = relation(old, new)
    turned = {"narrower": "broader", "broader": "narrower"}.get(claimed, claimed)
    assert relation(new, old) == turned
    for row in population:
        assert _claims_hold(claimed, old, new, row)


@lesser_law
@given(changes(well_typed_terms), populations)  # of literals of another type than their property nothing is claimed
def test_no_device_contradicts_the_relation_of_ill_typed_definitions(
    change: tuple[Expr, Expr], population: list[dict[str, object]]
) -> None:
    claimed = relation(*change)
    for row in population:
        assert _claims_hold(claimed, *change, row)


_BRUTE_TERMS = st.sampled_from(
    [
        parse(text)
        for text in (
            *(f"age {operator} {value}" for operator in ("eq", "ne", "lt", "gt", "le", "ge") for value in (1, 2, 3)),
            *(f"plan {operator} '{value}'" for operator in ("eq", "ne", "lt", "ge") for value in ("a", "b", "c")),
            "plan in ('a', 'c')",
            "age in (1, 2)",
            "plan eq null",
            "age ne null",
            "vip eq true",
            "vip eq false",
            "startswith(plan, 'b')",
        )
    ]
)


def _every_device() -> Iterator[dict[str, object]]:
    """One device for each way the terms above can come out together."""
    ages = (None, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)
    plans = (None, "", "a", "aa", "b", "ba", "c", "ca")
    for age, plan, vip in itertools.product(ages, plans, (None, True, False)):
        yield {name: value for name, value in (("age", age), ("plan", plan), ("vip", vip)) if value is not None}


_EVERY_DEVICE = list(_every_device())


@law
@given(changes(_BRUTE_TERMS))
def test_the_relation_is_exact_where_every_kind_of_device_can_be_listed(change: tuple[Expr, Expr]) -> None:
    old, new = change
    before = {place for place, row in enumerate(_EVERY_DEVICE) if evaluate(old, row) is True}
    after = {place for place, row in enumerate(_EVERY_DEVICE) if evaluate(new, row) is True}
    assert relation(old, new) == _relation_of_sets(before, after)
    assert is_empty(old) is (not before)
    assert is_everyone(old) is (len(before) == len(_EVERY_DEVICE))


def _every_text(letters: str, longest: int) -> list[str]:
    return ["".join(text) for length in range(longest + 1) for text in itertools.product(letters, repeat=length)]


# A space sorts before the letters, so that there are texts between `a` and `aa`.
_SHORT_TEXTS = st.sampled_from(_every_text(" ab", 2)).map(lambda text: Constant("string", text))
_TEXT_TERMS = (
    st.builds(Compare, st.just("city"), ordering, _SHORT_TEXTS)
    | st.builds(Match, st.just("city"), functions, _SHORT_TEXTS)
    | st.builds(In, st.just("city"), st.lists(_SHORT_TEXTS, min_size=1, max_size=3).map(tuple))
)
_EVERY_CITY: list[dict[str, object]] = [{}, *({"city": text} for text in _every_text(" ab", 4))]


@law
@given(changes(_TEXT_TERMS))
def test_no_short_text_contradicts_the_relation(change: tuple[Expr, Expr]) -> None:
    old, new = change
    before = {place for place, row in enumerate(_EVERY_CITY) if evaluate(old, row) is True}
    after = {place for place, row in enumerate(_EVERY_CITY) if evaluate(new, row) is True}
    claimed = relation(old, new)
    assert claimed != "equivalent" or before == after
    assert claimed != "narrower" or after <= before
    assert claimed != "broader" or before <= after
    assert claimed != "disjoint" or not before & after
    assert not (is_empty(old) and before)


def _relation_of_sets(before: set[int], after: set[int]) -> str:
    if before == after:
        return "equivalent"
    if before <= after:
        return "broader"
    if after <= before:
        return "narrower"
    return "overlapping" if before & after else "disjoint"


@law
@given(trees(well_typed_terms), populations)
def test_nobody_is_in_an_empty_audience_and_everybody_in_that_of_all(
    expr: Expr, population: list[dict[str, object]]
) -> None:
    empty, everyone = is_empty(expr), is_everyone(expr)
    for row in population:
        inside = evaluate(expr, row, TYPES) is True
        assert not (inside and empty)
        assert inside or not everyone


@law
@given(trees(any_terms), populations)
def test_sqlite_agrees_with_evaluate(expr: Expr, population: list[dict[str, object]]) -> None:
    kept = [
        row for row in population if not any(isinstance(value, int) and abs(value) > 2**1000 for value in row.values())
    ]
    found = _outcomes_in_sqlite(expr, kept)
    assert found == [evaluate(expr, row, TYPES) for row in kept]


def _outcomes_in_sqlite(expr: Expr, population: list[dict[str, object]]) -> list[bool | None]:
    condition, values = where(expr, TYPES, lambda name: json_column("properties", name, TYPES.get(name, "string")))
    with sqlite3.connect(":memory:") as store:
        store.execute("create table devices (place integer primary key, properties text)")
        store.executemany("insert into devices values (?, ?)", enumerate(map(as_json, population)))
        found = store.execute(f"select {condition} from devices order by place", values).fetchall()
    store.close()
    return [None if value is None else bool(value) for (value,) in found]


_DATE = r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
_DATE_LIKE = rf"\A{_DATE}(\.[0-9]{{0,9}})?(Z|[+-][01][0-9]:[0-6][0-9])?\Z"


@law
@given(st.sampled_from(DATE_TEXTS + BAD_DATES) | st.from_regex(_DATE_LIKE))
def test_sqlite_reads_date_times_as_we_do(text: str) -> None:
    store = sqlite3.connect(":memory:")
    [(found,)] = store.execute(f"select {instant_sql('?1')}", (text,)).fetchall()
    store.close()
    assert found == instant(text)


@lesser_law
@given(changes(well_typed_terms))
def test_every_change_is_put_into_words(change: tuple[Expr, Expr]) -> None:
    words = describe_change(*change)
    assert words.split(":")[0] == relation(*change)
    assert words.isprintable() or "\\" not in words


@lesser_law
@given(trees(any_terms), populations)
def test_the_deciding_term_belongs_to_the_definition(expr: Expr, population: list[dict[str, object]]) -> None:
    for row in population:
        term, outcome = deciding_term(expr, row, TYPES)
        assert show(term) in show(expr)
        assert (outcome is None) is (evaluate(expr, row, TYPES) is None)


@lesser_law
@given(trees(any_terms))
def test_findings_lie_within_the_text(expr: Expr) -> None:
    text = show(expr)
    for problem in check(parse(text), PROPERTIES):
        assert problem.offset >= 0
        assert problem.length > 0
        assert problem.offset + problem.length <= len(text)
        assert text[problem.offset : problem.offset + problem.length].strip()


_SCRAPS = (
    *("and", "or", "not", "in", "eq", "=", "==", "&&", "<>", "!=", "(", ")", ",", "'", "'a'", "'it''s'", "1", "1.2.3"),
    *("-", "null", "true", "age", "Model", "\0", "‘", '"', "\u00a0", "2026-02-30T00:00:00Z", "contains", "\ud800", "("),
    *(
        "age eq 1",
        "plan = 'a'",
        "and vip eq true",
        "or age in (1, 2)",
        "contains(plan, 'a')",
        "NOT",
        "eq eq 1",
        "in (1)",
    ),
)
texts = st.lists(st.sampled_from(_SCRAPS), max_size=8).map(" ".join) | st.text(max_size=40)


def _outcome(text: str) -> Expr | DefinitionError:
    try:
        return parse(text)
    except DefinitionError as error:
        return error


@law
@given(texts)
def test_a_text_is_a_definition_or_an_error_with_a_place(text: str) -> None:
    found = _outcome(text)
    if isinstance(found, DefinitionError):
        assert found.message
        assert not found.message.endswith(".")
        assert 0 <= found.offset <= found.offset + found.length <= len(text)
        assert found.code in {"RC220", "RC222", "RC227", "RC231", "RC232"}
    else:
        assert parse(show(found)) == found


@law
@given(texts | st.builds(lambda expr, seed: respelled(expr, random.Random(seed)), trees(any_terms, 4), st.integers()))
def test_a_text_means_the_same_without_the_quick_way(text: str) -> None:
    quick = _outcome(text)
    with mock.patch("reconciler.language.parse.quick_tokens", side_effect=DefinitionError("", 0, 0)):
        plain = _outcome(text)
    if isinstance(quick, DefinitionError):
        assert isinstance(plain, DefinitionError)
        assert vars(quick) == vars(plain)
    else:
        assert quick == plain
        assert [term[-2:] for term in terms(quick)] == [term[-2:] for term in terms(plain)]
        assert span(quick) == span(plain)


@pytest.mark.parametrize("text", DATE_TEXTS)
def test_instants_print_as_they_read(text: str) -> None:
    moment = instant(text)
    assert moment is not None
    assert instant(instant_text(moment)) == moment
