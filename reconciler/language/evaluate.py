"""Tell whether a device is in an audience, in three-valued logic.

A comparison with a missing property is unknown (`None`), as NULL is in SQL; `and`, `or` and `not` follow Kleene; only
`True` is in the audience. `eq null` and `ne null` are never unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, assert_never

from reconciler.language.literals import instant, whole
from reconciler.language.properties import DEVICE_PROPERTIES
from reconciler.language.syntax import And, Compare, Constant, Expr, In, Match, Not, Operator, Or, Scalar, Term

NO_TYPES: Mapping[str, str] = MappingProxyType({})


def evaluate(expr: Expr, row: Mapping[str, object], types: Mapping[str, str] = NO_TYPES) -> bool | None:
    """Return `True`, `False` or, where missing properties leave it open, `None`.

    Args:
        row: a device's properties by canonical name, as JSON has them; a date_time is a text.
        types: the declared types of custom properties. A value of another type counts as missing. A property that
            stands neither here nor among the device properties has the type of the literal it is compared with.
    """
    match expr:
        case Compare() | In() | Match():
            return evaluate_term(expr, row, types)
        case Not(operand):
            inner = evaluate(operand, row, types)
            return None if inner is None else not inner
        case And(operands):
            return _decide(operands, row, types, False)
        case Or(operands):
            return _decide(operands, row, types, True)
        case _:
            assert_never(expr)


def _decide(
    operands: tuple[Expr, ...], row: Mapping[str, object], types: Mapping[str, str], decisive: bool
) -> bool | None:
    """Return `decisive` if one operand is, else unknown if one is, else the opposite."""
    result: bool | None = not decisive
    for operand in operands:
        value = evaluate(operand, row, types)
        if value is decisive:
            return decisive
        if value is None:
            result = None
    return result


def evaluate_term(term: Term, row: Mapping[str, object], types: Mapping[str, str]) -> bool | None:
    """Return the truth of one comparison."""
    declared = type_of(term.name, types)
    raw = row.get(term.name)
    if isinstance(term, Match):
        value = _comparable(raw, declared, term.constant)
        return None if value is None else matches(term, str(value))
    if isinstance(term, In):
        outcomes = [compare(_comparable(raw, declared, each), "eq", each) for each in term.constants]
        return True if True in outcomes else None if None in outcomes else False
    if term.constant.type == "null":
        missing = raw is None if declared is None else typed(raw, declared) is None
        return missing is (term.operator == "eq")
    return compare(_comparable(raw, declared, term.constant), term.operator, term.constant)


def _comparable(raw: object, declared: str | None, constant: Constant) -> Scalar:
    """Return a device's value if it can be compared with a literal, else None."""
    return typed(raw, constant.type) if declared is None or declared == constant.type else None


def type_of(name: str, types: Mapping[str, str]) -> str | None:
    """Return the declared type of a property, if it has one."""
    device = DEVICE_PROPERTIES.get(name)
    return device.type if device else types.get(name)


def typed(raw: object, wanted: str) -> Scalar:
    """Return a device's value in the form that literals of a type have, or None if it is of another type."""
    if wanted == "boolean":
        return raw if isinstance(raw, bool) else None
    if wanted == "number":
        return whole(raw) if isinstance(raw, (int, float)) and not isinstance(raw, bool) else None
    if not isinstance(raw, str):
        return None
    return instant(raw) if wanted == "date_time" else raw


def matches(term: Match, value: str) -> bool:
    """Tell whether a text passes a substring test."""
    text = str(term.constant.value)
    match term.function:
        case "contains":
            return text in value
        case "startswith":
            return value.startswith(text)
        case "endswith":
            return value.endswith(text)
        case _:
            assert_never(term.function)


def compare(value: Any, operator: Operator, constant: Constant) -> bool | None:
    """Return the truth of a comparison for a value in the form that literals of its type have; None is missing."""
    literal: Any = constant.value
    if value is None:
        return None
    match operator:
        case "eq":
            return bool(value == literal)
        case "ne":
            return bool(value != literal)
        case _ if constant.type == "boolean":
            return None
        case "lt":
            return bool(value < literal)
        case "gt":
            return bool(value > literal)
        case "le":
            return bool(value <= literal)
        case "ge":
            return bool(value >= literal)
        case _:
            assert_never(operator)


def deciding_term(
    expr: Expr, row: Mapping[str, object], types: Mapping[str, str] = NO_TYPES
) -> tuple[Term, bool | None]:
    """Return the comparison that settles a row's outcome, and its own outcome.

    Of an `and` that is not true it is the first operand that is false, else the first unknown; of an `or` that is not
    true, the first unknown, else the first; of one that is true, the first that is true, or for an `and` the last.
    """
    match expr:
        case Compare() | In() | Match():
            return expr, evaluate_term(expr, row, types)
        case Not(operand):
            return deciding_term(operand, row, types)
        case And(operands) | Or(operands):
            outcome = evaluate(expr, row, types)
            settling = [operand for operand in operands if evaluate(operand, row, types) is outcome]
            last = isinstance(expr, And) and outcome is True
            return deciding_term(settling[-1 if last else 0], row, types)
        case _:
            assert_never(expr)
