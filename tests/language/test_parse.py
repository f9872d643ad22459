"""What parses, and what every other text is told."""

from __future__ import annotations

import time

import pytest

from reconciler.language import And, Compare, Constant, DefinitionError, In, Match, Not, Or, parse, show, span


def _eq(name: str, value: str) -> Compare:
    return Compare(name, "eq", Constant("string", value))


def test_not_binds_before_and_and_and_before_or() -> None:
    a, b, c = _eq("a", "1"), _eq("b", "1"), _eq("c", "1")
    assert parse("not a eq '1' and b eq '1' or c eq '1'") == Or((And((Not(a), b)), c))
    assert parse("c eq '1' or a eq '1' and b eq '1'") == Or((c, And((a, b))))
    assert parse("(c eq '1' or a eq '1') and b eq '1'") == And((Or((c, a)), b))
    assert parse("not (a eq '1' and b eq '1')") == Not(And((a, b)))


def test_parentheses_that_group_are_kept_and_others_leave_no_trace() -> None:
    a, b, c = _eq("a", "1"), _eq("b", "1"), _eq("c", "1")
    assert parse("(a eq '1' and b eq '1') and c eq '1'") == And((And((a, b)), c))
    assert parse("((a eq '1'))") == a


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("CARRIERCOUNTRY EQ 'US'", _eq("CarrierCountry", "US")),
        ("locale = 'de'", _eq("Language", "de")),
        ("deviceOsVersion='9'", _eq("OsVersion", "9")),
        ("Plan eq 'a'", _eq("Plan", "a")),
        ("city eq 'it''s'", _eq("city", "it's")),
        ("city eq ''", _eq("city", "")),
        ("city eq ''''", _eq("city", "'")),
        ("dog-lover eq TRUE", Compare("dog-lover", "eq", Constant("boolean", True))),
        ("a ne null", Compare("a", "ne", Constant("null", None))),
        ("a >= -1.50", Compare("a", "ge", Constant("number", -1.5))),
        ("a < 1e3", Compare("a", "lt", Constant("number", 1000))),
        ("a eq 9223372036854775807", Compare("a", "eq", Constant("number", 2**63 - 1))),
        ("a eq 9223372036854775808", Compare("a", "eq", Constant("number", 2.0**63))),
        ("a lt 1970-01-01T01:00:00.5+01:00", Compare("a", "lt", Constant("date_time", 500_000))),
        ("a in (1,'x' , true)", In("a", (Constant("number", 1), Constant("string", "x"), Constant("boolean", True)))),
        ("Contains( model , 'x')", Match("Model", "contains", Constant("string", "x"))),
        ("contains eq 'x'", _eq("contains", "x")),
        ("a\n  eq\t'x'", _eq("a", "x")),
    ],
)
def test_terms(text: str, tree: object) -> None:
    assert parse(text) == tree


def test_places_are_those_of_the_text() -> None:
    text = "vip eq true and  ( locale in ('de', 'fr') or contains(city, 'x') )"
    first, rest = parse(text).operands  # type: ignore[union-attr]
    listed, matched = rest.operands
    assert text[listed.offset : listed.offset + listed.length] == "locale"
    assert [text[one.offset : one.offset + one.length] for one in listed.constants] == ["'de'", "'fr'"]
    assert text[matched.offset : matched.offset + matched.length] == "city"
    assert text[first.constant.offset : first.constant.offset + first.constant.length] == "true"
    start, length = span(rest)
    assert text[start : start + length] == "locale in ('de', 'fr') or contains(city, 'x'"


ERRORS = [
    ("", 0, "the definition is empty", "write a comparison such as `CarrierCountry eq 'US'`"),
    ("  \n", 0, "the definition is empty", "write a comparison such as `CarrierCountry eq 'US'`"),
    ("vip", 3, "expected an operator such as `eq` after `vip`, but the definition ends here", "`vip eq true`"),
    ("vip and a eq 1", 4, "expected an operator such as `eq` after `vip`, not `and`", "`vip eq true`"),
    ("a eq", 4, "expected a literal, but the definition ends here", None),
    ("a eq b", 5, "expected a literal, not `b`", "a text stands in single quotes: 'b'"),
    ("a eq yes", 5, "expected a literal, not `yes`", "did you mean `true`?"),
    ("a == 1", 2, "expected an operator such as `eq` after `a`, not `==`", "write `=` or `eq`"),
    ("a <> 1", 2, "expected an operator such as `eq` after `a`, not `<>`", "write `!=` or `ne`"),
    ("a equals 1", 2, "expected an operator such as `eq` after `a`, not `equals`", "did you mean `eq`?"),
    ("a eq 1 && b eq 2", 7, "expected `and` or `or`, not `&&`", "write `and`"),
    ("a eq 1 || b eq 2", 7, "expected `and` or `or`, not `||`", "write `or`"),
    ("a eq 1 adn b eq 2", 7, "expected `and` or `or`, not `adn`", "did you mean `and`?"),
    ("a eq 1 b eq 2", 7, "expected `and` or `or`, not `b`", "write one of `and`, `or`"),
    ("a eq 1 = 2", 7, "a comparison cannot be compared again", "compare again after `and`"),
    ("= 'US'", 0, "expected a property, `not` or `(`, not `=`", "name the property that is compared"),
    ("'US' eq CarrierCountry", 0, "expected a property, `not` or `(`, not `'US'`", "the property comes first"),
    ("!vip", 0, "expected a property, `not` or `(`, not `!`", "write `not`"),
    ("a eq 'x", 5, "the text that begins here is not closed", "close it with a single quote"),
    ("a eq 'x\n'", 5, "the text that begins here is not closed", "on the same line"),
    ("a eq 'it's'", 9, "expected `and` or `or`, not `s`", None),
    ("a eq \u2018x\u2019", 5, "expected a literal, not `\u2018` (U+2018)", "replace the curly quote"),
    ('a eq "x"', 5, 'expected a literal, not `"`', "a text stands in single quotes: 'text'"),
    ("a eq\u00a01", 4, "expected a literal, not U+00A0", "replace it by an ordinary space"),
    ("(a eq 1", 0, "the parenthesis that opens here is not closed", "add a `)`"),
    ("(a eq 1 b)", 8, "expected `and` or `or`, not `b`", None),
    ("a eq 1)", 6, "this parenthesis closes nothing", "delete it, or open one before it"),
    ("a in 'x'", 5, "expected a list in parentheses after `in`, not `'x'`", None),
    ("a in ()", 6, "expected a literal, not `)`", None),
    ("a in (1, null)", 9, "`null` cannot stand in a list", "write `… eq null or … in (…)`"),
    ("a not in (1)", 2, "expected an operator such as `eq` after `a`, not `not`", "`not a in (…)`"),
    ("a lt null", 5, "`null` is compared with `eq` and `ne` only", "write `a eq null` or `a ne null`"),
    ("containss(a, 'b')", 0, "`containss` is not a function", "did you mean `contains`?"),
    ("tolower(a) eq 'b'", 0, "`tolower` is not a function", "the functions are"),
    ("contains(a, 1)", 12, "`contains` takes a text", "a text stands in single quotes: 'text'"),
    ("contains('b', a)", 9, "expected a property, not `'b'`", None),
    ("contains(a, 'b') eq true", 17, "a comparison cannot be compared again", "a function stands alone"),
    ("a gt 1.9.1", 5, "`1.9.1` is no number", "a version is a text: '1.9.1'"),
    ("a gt 1e999", 5, "number `1e999` is too large", None),
    ("a gt .5", 5, "expected a literal, not `.`", "write a number with a digit before the point"),
    ("a gt 2026-01-31", 5, "`2026-01-31` has no time", "write `2026-01-31T00:00:00Z`"),
    ("a gt 2026-01-31T00:00:00", 5, "date-time `2026-01-31T00:00:00` has no time zone", "add `Z` for UTC"),
    ("a gt 2026-02-30T00:00:00Z", 5, "`2026-02-30T00:00:00Z` is no date-time", "write it as"),
    ("a eq 'x\0'", 7, "character U+0000 (a control character) cannot stand in a definition", "delete it"),
    ("a eq 'x\u202e'", 7, "character U+202E (RIGHT-TO-LEFT OVERRIDE) cannot stand in a definition", "delete it"),
    ("a eq '\ud800'", 6, "character U+D800 (half of a surrogate pair) cannot stand in a definition", "delete it"),
]


@pytest.mark.parametrize(("text", "offset", "message", "hint"), ERRORS, ids=[repr(text) for text, *_ in ERRORS])
def test_errors_name_the_place_and_the_remedy(text: str, offset: int, message: str, hint: str | None) -> None:
    with pytest.raises(DefinitionError) as raised:
        parse(text)
    error = raised.value
    assert (error.message, error.offset) == (message, offset)
    assert (hint is None and error.code == "RC220") or (hint or "") in (error.hint or "")
    assert error.problem().severity == "error"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a eq 1 and " * 100_000, "RC231"),
        ("'" * 1_000_000, "RC231"),
        ("(" * 9_999 + ")" * 9_999, "RC231"),
        ("(" * 10_000 + "a eq 1" + ")" * 9_990, "RC231"),
        ("not " * 4_999, "RC231"),
        ("not (" * 40 + "a eq 1 or b eq 1" + ")" * 40, "RC231"),
        ("a eq '" + "''" * 9_990, "RC220"),
        ("a" * 19_999, "RC220"),
        ("a eq " + "9" * 19_000, "RC220"),
        ("=" * 19_999, "RC220"),
    ],
)
def test_hostile_texts_are_refused_at_once(text: str, code: str) -> None:
    start = time.process_time()
    with pytest.raises(DefinitionError) as raised:
        parse(text)
    assert raised.value.code == code
    assert time.process_time() - start < 1
    assert len(raised.value.message) < 200


def test_the_deepest_definitions_that_parse_print_and_parse_again() -> None:
    text = "a eq 0"
    for level in range(33):
        text = f"a eq {level} {('or', 'and')[level % 2]} ({text})"
    expr = parse(text)
    assert parse(show(expr)) == expr
    with pytest.raises(DefinitionError, match="nested more than 32 deep"):
        parse(f"a eq 1 and (b eq 2 or ({text}))")


def test_nodes_of_different_kinds_are_never_equal() -> None:
    a = _eq("a", "1")
    assert And((a, a)) != Or((a, a))
    assert Constant("number", 1) != Constant("boolean", True)
    assert Compare("a", "eq", Constant("string", "1"), 5, 1) == a
    assert hash(Compare("a", "eq", Constant("string", "1"), 5, 1)) == hash(a)
