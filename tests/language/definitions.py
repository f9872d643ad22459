"""Random definitions and populations over few, deliberately clashing values, so that coincidences are common."""

from __future__ import annotations

import json
import random

from hypothesis import strategies as st

from reconciler.language import And, Compare, Constant, Expr, In, Match, Not, Or, instant, show_constant

TYPES = {
    "plan": "string",
    "dog-breed": "string",
    "age": "number",
    "score": "number",
    "vip": "boolean",
    "since": "date_time",
}
STRINGS = ("plan", "dog-breed", "CarrierCountry", "OsVersion")

TEXTS = ("", "a", "b", "ab", "ba", "aab", "abc", "A", "it's", "é", "\U0001f600", "\uffff", "1.9", "1.10", "a b", "%_*?")
NUMBERS = (-1, 0, 1, 2, 10, 1.5, -0.25, 1e300, 2**53, 2**53 + 1, -(2**63), 2**63 - 1)
DATE_TEXTS = (
    "2026-01-31T00:00:00Z",
    "2026-01-31T01:00:00+01:00",
    "2026-01-30T23:59:59.999999Z",
    "2026-01-31T00:00:00.5Z",
    "1969-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
)
INSTANTS = tuple(sorted({instant(text) for text in DATE_TEXTS} - {None}))
# What a device may hold where a date-time is expected.
BAD_DATES = (
    "2026-02-30T00:00:00Z",
    "2026-01-31",
    "2026-01-31T00:00:00",
    "2026-01-31 00:00:00Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T00:00:00z",
    "2026-01-31T00:00:00.Z",
    "2026-01-31T00:00:00 Z",
    "2026-01-31T00:00:00+15:00",
    "2026-01-31T00:00:00+1:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-01:00",
    "0000-01-01T00:00:00Z",
    "now",
    "2460000.5",
    "",
)

strings = st.builds(Constant, st.just("string"), st.sampled_from(TEXTS))
numbers = st.builds(Constant, st.just("number"), st.sampled_from(NUMBERS))
booleans = st.builds(Constant, st.just("boolean"), st.booleans())
instants = st.builds(Constant, st.just("date_time"), st.sampled_from(INSTANTS))
null = st.just(Constant("null", None))
equality = st.sampled_from(("eq", "ne"))
ordering = st.sampled_from(("eq", "ne", "lt", "gt", "le", "ge"))
functions = st.sampled_from(("contains", "startswith", "endswith"))


def _lists(names: st.SearchStrategy[str], constants: st.SearchStrategy[Constant]) -> st.SearchStrategy[Expr]:
    return st.builds(In, names, st.lists(constants, min_size=1, max_size=4).map(tuple))


def _typed(names: tuple[str, ...], constants: st.SearchStrategy[Constant]) -> st.SearchStrategy[Expr]:
    name = st.sampled_from(names)
    return (
        st.builds(Compare, name, ordering, constants)
        | _lists(name, constants)
        | st.builds(Compare, name, equality, null)
    )


cell_terms = st.one_of(
    _typed(STRINGS, strings),
    _typed(("age", "score"), numbers),
    _typed(("since",), instants),
    st.builds(Compare, st.just("vip"), equality, booleans | null) | _lists(st.just("vip"), booleans),
    st.builds(Match, st.sampled_from(STRINGS), st.just("startswith"), strings),
)
matches = st.builds(Match, st.sampled_from(STRINGS), functions, strings)
well_typed_terms = cell_terms | matches
# Literals of any type on any property, and ordered booleans.
any_terms = st.one_of(
    well_typed_terms,
    st.builds(Compare, st.sampled_from((*STRINGS, *TYPES)), ordering, strings | numbers | booleans | instants),
    _lists(st.sampled_from((*STRINGS, *TYPES)), strings | numbers | booleans | instants),
)


def _joined(operands: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    several = st.lists(operands, min_size=2, max_size=4).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, operands)


def trees(terms: st.SearchStrategy[Expr], leaves: int = 8) -> st.SearchStrategy[Expr]:
    """Return definitions made of some terms."""
    return st.recursive(terms, _joined, max_leaves=leaves)


_WRONG = (None, 0, 1, 1.0, True, False, "a", "true", "1", [], {}, "2026-01-31T00:00:00Z")
_ALPHABET = "ab1.é\U0001f600"


def _value(kind: str, chance: random.Random) -> object:
    if chance.random() < 0.15:
        return chance.choice(_WRONG)
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "date_time":
        return chance.choice(DATE_TEXTS + BAD_DATES)
    if kind == "number":
        return chance.choice((*NUMBERS, chance.uniform(-5, 5), chance.randrange(-(2**70), 2**70)))
    return chance.choice((*TEXTS, "".join(chance.choices(_ALPHABET, k=chance.randrange(5)))))


def device(chance: random.Random) -> dict[str, object]:
    """Return a device that lacks every fourth property, and has some of them with a wrong type."""
    kinds = {"CarrierCountry": "string", "OsVersion": "string", **TYPES}
    return {name: _value(kind, chance) for name, kind in kinds.items() if chance.random() < 0.75}


def _population(seed: int) -> list[dict[str, object]]:
    chance = random.Random(seed)
    return [device(chance) for _ in range(20)]


populations = st.integers(0, 2**32).map(_population)


def as_json(row: dict[str, object]) -> str:
    """Return a row as a device store keeps it."""
    return json.dumps(row, ensure_ascii=False)


_SYMBOLS = {"eq": "=", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}
_OTHER_NAMES = {"CarrierCountry": ("carrierCountry", "CARRIERCOUNTRY"), "OsVersion": ("deviceOsVersion", "osversion")}


def respelled(expr: Expr, chance: random.Random) -> str:
    """Return another text with the same meaning: other case, symbols, spaces, order, things said twice."""
    return _respell(expr, chance)


def _word(word: str, chance: random.Random) -> str:
    return chance.choice((word, word.upper(), word.title()))


def _respell(expr: Expr, chance: random.Random) -> str:
    text = _spell(expr, chance)
    match chance.randrange(6):
        case 0:
            return f"( {text}\n)"
        case 1:
            return f"{_word('not', chance)} ({_word('not', chance)} ({text}))"
        case _:
            return text


def _spell(expr: Expr, chance: random.Random) -> str:
    match expr:
        case Compare(name, operator, constant):
            space = chance.choice((" ", "\t", "\n  "))
            if operator == "ne" and chance.random() < 0.3:
                return f"not({_spell(Compare(name, 'eq', constant), chance)})"
            spelled = chance.choice((_word(operator, chance), _SYMBOLS[operator]))
            return f"{_name(name, chance)}{space}{spelled}{space}{_literal(constant, chance)}"
        case In(name, constants):
            if chance.random() < 0.4:
                equal = [_respell(Compare(name, "eq", constant), chance) for constant in constants]
                chance.shuffle(equal)
                return "(" + f" {_word('or', chance)} ".join(equal) + ")"
            listed = [_literal(constant, chance) for constant in (*constants, chance.choice(constants))]
            chance.shuffle(listed)
            return f"{_name(name, chance)} {_word('in', chance)}({' , '.join(listed)})"
        case Match(name, function, constant):
            return f"{_word(function, chance)} ({_name(name, chance)},{_literal(constant, chance)})"
        case Not(operand):
            return f"{_word('not', chance)} ({_respell(operand, chance)})"
        case And(operands) | Or(operands):
            return _spell_joined(isinstance(expr, Or), operands, chance)


def _spell_joined(either: bool, operands: tuple[Expr, ...], chance: random.Random) -> str:
    parts = [f"({_respell(operand, chance)})" for operand in (*operands, chance.choice(operands))]
    chance.shuffle(parts)
    if chance.random() < 0.2:  # De Morgan
        parts = [f"not {part}" for part in parts]
        return "not (" + f" {_word('and' if either else 'or', chance)} ".join(parts) + ")"
    if len(parts) > 2 and chance.random() < 0.3:
        word = _word("or" if either else "and", chance)
        parts = [f"({parts[0]} {word} {parts[1]})", *parts[2:]]
    return f" {_word('or' if either else 'and', chance)} ".join(parts)


def _name(name: str, chance: random.Random) -> str:
    return chance.choice((name, *_OTHER_NAMES.get(name, ())))


def _literal(constant: Constant, chance: random.Random) -> str:
    if isinstance(constant.value, bool) or constant.value is None:
        return _word(show_constant(constant), chance)
    if constant.type == "number" and isinstance(constant.value, int) and abs(constant.value) < 1000:
        return chance.choice((str(constant.value), f"{constant.value}.0", f"{constant.value}e0"))
    if constant.type == "date_time" and constant.value == instant("2026-01-31T00:00:00Z"):
        return chance.choice(("2026-01-31T00:00:00Z", "2026-01-31T01:00:00+01:00", "2026-01-30T22:30:00.000-01:30"))
    return show_constant(constant)
