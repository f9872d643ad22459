"""Compile an audience definition into a sentence of the kind that Appizer's documentation shows.

Source: the page "Create audience" (`criteria`: "Users from country=US AND plan=premium"), as the fact sheet
`live-backends.md` tells it in part A. Appizer reads natural language and never shows how it understood it; so this is
as plain as a sentence can be, and each comparison is said in one way only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from reconciler.language import (
    And,
    Compare,
    Expr,
    In,
    Match,
    Not,
    Or,
    Problem,
    Term,
    ill_typed,
    normalize,
    show_constant,
    terms,
)

_OPERATORS = {"eq": "=", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}
_FUNCTIONS = {"contains": "contains", "startswith": "starts with", "endswith": "ends with"}


def compile_sentence(expression: Expr, types: Mapping[str, str]) -> tuple[str | None, tuple[Problem, ...]]:
    """Return `Users with CarrierCountry = 'US' AND plan = 'premium'`, or None and what has no meaning.

    Both depend on the definition's normal form only. Every well-typed definition can be said.

    Args:
        types: the declared types of the custom properties.
    """
    found = [problem for term in terms(expression) for problem in ill_typed(term, types)]
    return (None, tuple(found)) if found else (f"Users with {_said(normalize(expression))}", ())


def _said(expr: Expr) -> str:
    match expr:
        case And(operands):
            return " AND ".join(map(_part, operands))
        case Or(operands):
            return " OR ".join(map(_part, operands))
        case Not(operand):
            return f"NOT ({_said(operand)})"
        case Compare() | In() | Match():
            return _term(expr)
        case _:
            assert_never(expr)


def _part(expr: Expr) -> str:
    return f"({_said(expr)})" if isinstance(expr, (And, Or)) else _said(expr)


def _term(term: Term) -> str:
    if isinstance(term, In):
        return f"{term.name} in ({', '.join(map(show_constant, term.constants))})"
    if isinstance(term, Match):
        return f"{term.name} {_FUNCTIONS[term.function]} {show_constant(term.constant)}"
    if term.constant.type == "null":
        return f"{term.name} is {'missing' if term.operator == 'eq' else 'set'}"
    return f"{term.name} {_OPERATORS[term.operator]} {show_constant(term.constant)}"
