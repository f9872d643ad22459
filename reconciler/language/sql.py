"""Turn a definition into an SQLite expression that has the value of `evaluate` for every row: 1, 0 or NULL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

from reconciler.language.evaluate import type_of
from reconciler.language.literals import EARLIEST, LATEST
from reconciler.language.normalize import normalize
from reconciler.language.syntax import And, Compare, Expr, In, Match, Not, Or, Scalar, Term, constants, depth

_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}

# SQLite refuses expressions deeper than 1,000, and reads `a AND b AND c` as one level for each operand.
_WIDTH = 100


def where(expr: Expr, types: Mapping[str, str], columns: Callable[[str], str]) -> tuple[str, tuple[object, ...]]:
    """Return a boolean expression with `?` placeholders, and their values: 1 for exactly the rows in the audience.

    Args:
        types: the declared types of custom properties.
        columns: the SQL expression of a property, by canonical name. It must be NULL where the property is missing or
            of another type; a boolean is 0 or 1, a date_time integer microseconds since 1970 UTC, a text has the
            collation BINARY. `json_column` makes it for a JSON document, `instant_sql` for a date-time text.
    """
    values: list[object] = []
    # The normal form has no more than one operator on each level, and no `not` around a parenthesis.
    return _expression(normalize(expr), types, columns, values), tuple(values)


def _expression(expr: Expr, types: Mapping[str, str], columns: Callable[[str], str], values: list[object]) -> str:
    match expr:
        case Compare() | In() | Match():
            return _term(expr, types, columns(expr.name), values)
        case Not(operand):
            return f"(NOT {_expression(operand, types, columns, values)})"
        case And(operands):
            return _joined([_expression(one, types, columns, values) for one in _deepest_first(operands)], " AND ")
        case Or(operands):
            return _joined([_expression(one, types, columns, values) for one in _deepest_first(operands)], " OR ")
        case _:
            assert_never(expr)


def _deepest_first(operands: tuple[Expr, ...]) -> list[Expr]:
    # SQLite's parser holds 100 symbols: an operand in first place adds one to what is inside it, a later one three.
    return sorted(operands, key=depth, reverse=True)


def _joined(parts: list[str], word: str) -> str:
    while len(parts) > _WIDTH:
        parts = [f"({word.join(parts[start : start + _WIDTH])})" for start in range(0, len(parts), _WIDTH)]
    return f"({word.join(parts)})"


def _term(term: Term, types: Mapping[str, str], column: str, values: list[object]) -> str:
    declared = type_of(term.name, types)
    if isinstance(term, Compare) and term.constant.type == "null":
        return f"({column} IS {'NOT ' if term.operator == 'ne' else ''}NULL)"
    if isinstance(term, In):
        return _listed(term, declared, column, values)
    constant = term.constant
    ordered = isinstance(term, Compare) and term.operator not in ("eq", "ne")
    if declared not in (None, constant.type) or (ordered and constant.type == "boolean"):
        return "NULL"
    if isinstance(term, Match):
        return _matched(term, column, values)
    values.append(_bound(constant.value))
    return f"({column} {_SIGNS[term.operator]} ?)"


def _listed(term: In, declared: str | None, column: str, values: list[object]) -> str:
    fitting = [constant for constant in constants(term) if declared in (None, constant.type)]
    values.extend(_bound(constant.value) for constant in fitting)
    if not fitting:
        return "NULL"
    listed = f"({column} IN ({', '.join('?' * len(fitting))}))"
    # A literal of another type leaves the list unknown unless another one is equal.
    return listed if len(fitting) == len(term.constants) else f"({listed} OR NULL)"


def _matched(term: Match, column: str, values: list[object]) -> str:
    text = str(term.constant.value)
    if not text:
        return f"({column} = {column})"
    values.append(text)
    if term.function == "contains":
        return f"(instr({column}, ?) > 0)"
    return f"(substr({column}, {f'1, {len(text)}' if term.function == 'startswith' else f'-{len(text)}'}) = ?)"


def _bound(value: Scalar) -> object:
    return int(value) if isinstance(value, bool) else value


def json_column(document: str, name: str, type: str) -> str:
    """Return the SQL expression of a property in a JSON document, as `where` wants it: NULL unless it has the type."""
    path = f"'$.\"{name}\"'"
    found, kind = f"json_extract({document}, {path})", f"json_type({document}, {path})"
    if type == "boolean":
        return f"(CASE {kind} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END)"
    if type == "number":
        return f"(CASE WHEN {kind} IN ('integer', 'real') THEN {found} END)"
    text = f"(CASE {kind} WHEN 'text' THEN {found} END)"
    return instant_sql(text) if type == "date_time" else text


# The parts of the date-time text `moment`.
_WALL, _TAIL = "substr(moment, 1, 19)", "substr(moment, 20)"
_ZONE = f"ltrim({_TAIL}, '.0123456789')"
_FRACTION = f"substr({_TAIL}, 1, length({_TAIL}) - length({_ZONE}))"
_MICROS = (
    f"strftime('%s', {_WALL} || {_ZONE}) * 1000000"
    f" + CASE {_TAIL} WHEN 'Z' THEN 0 ELSE CAST(substr(substr({_FRACTION}, 2) || '000000', 1, 6) AS INTEGER) END"
)
# After a modifier strftime writes only real days back as they were. The rest of its leniency (no zone, spaces, `z`) is
# refused by pattern. Only near both ends of time can the zone move an instant out of bounds.
_VALID = (
    f"strftime('%Y-%m-%dT%H:%M:%S', {_WALL}, '+0 days') = {_WALL}"
    f" AND ({_TAIL} = 'Z'"
    f" OR ({_ZONE} = 'Z' OR {_ZONE} GLOB '[+-][01][0-9]:[0-5][0-9]')"
    f" AND ({_FRACTION} = '' OR {_FRACTION} GLOB '.[0-9]*' AND substr({_FRACTION}, 2) NOT GLOB '*[^0-9]*'))"
    f" AND (moment BETWEEN '0001-01-03' AND '9999-12-30' OR {_MICROS} BETWEEN {EARLIEST} AND {LATEST})"
)


def instant_sql(text: str) -> str:
    """Return the SQL expression of a date-time text as microseconds since 1970 UTC, NULL if it is no date-time.

    It reads exactly what `instant` reads.
    """
    # The inner query makes SQLite work the text out once; without LIMIT it would put it into all the places.
    return f"(SELECT CASE WHEN {_VALID} THEN {_MICROS} END FROM (SELECT {text} AS moment LIMIT 1))"
