"""See at a glance that a definition is true of some device and false of another, as nearly every one is.

It spares the search of `solve` on the hot path. "No" means only that it was not seen.
"""

from __future__ import annotations

from reconciler.language.evaluate import compare, matches
from reconciler.language.literals import EARLIEST, LATEST
from reconciler.language.syntax import (
    EQUALITY,
    And,
    Compare,
    Constant,
    Expr,
    In,
    Match,
    Not,
    Or,
    Scalar,
    Term,
    constants,
    properties_of,
)

_MOST_TRIED = 8


def is_plain(expr: Expr, asked: list[Term]) -> bool:
    """Tell whether it is seen that a definition is true of some device, and false of another with known properties.

    Args:
        asked: the terms of the definition.
    """
    names = set()
    for term in asked:
        if not _is_open(term):
            return False
        names.add(term.name)
    # Terms about different properties come out in any combination.
    return len(names) == len(asked) or (_can_be(expr, True) and _can_be(expr, False))


def _is_open(term: Term) -> bool:
    """Tell whether a comparison is true for some value and false for another, the ends of the domains left out."""
    if isinstance(term, In):
        return term.constants[0].type != "boolean"
    kind, value, _, _ = term.constant
    if isinstance(term, Match):
        return value != ""
    if term.operator in EQUALITY:
        return kind != "null"
    return isinstance(value, int) if kind == "number" else kind != "boolean" and value not in {"", EARLIEST, LATEST}


def _can_be(expr: Expr, wanted: bool) -> bool:
    """Tell whether it is seen that some device makes an expression of open terms come out as wanted."""
    if isinstance(expr, Not):
        return _can_be(expr.operand, not wanted)
    if not isinstance(expr, (And, Or)):
        return True
    if isinstance(expr, Or) is not wanted:
        return _can_all_be(expr.operands, wanted)
    return isinstance(expr.operands[0], Compare) or any(_can_be(operand, wanted) for operand in expr.operands)


def _can_all_be(operands: tuple[Expr, ...], wanted: bool) -> bool:
    """Tell whether it is seen that some device makes all operands come out as wanted."""
    groups: dict[str, list[Term]] = {}
    joined: list[Expr] = []
    for operand in operands:
        if not isinstance(operand, (Compare, In, Match)):
            joined.append(operand)
        elif operand.name in groups:
            groups[operand.name].append(operand)
        else:
            groups[operand.name] = [operand]
    for group in groups.values():
        if len(group) > 1 and not _share_a_value(group, wanted):
            return False
    return not joined or _can_apart(joined, set(groups), wanted)


def _can_apart(joined: list[Expr], seen: set[str], wanted: bool) -> bool:
    """Tell the same of operands of several terms: each by itself, if no two share a property."""
    for operand in joined:
        names = properties_of(operand)
        if names & seen or not _can_be(operand, wanted):
            return False
        seen |= names
    return True


def _share_a_value(group: list[Term], wanted: bool) -> bool:
    """Tell whether one of a few likely values makes all comparisons of one property come out as wanted."""
    found = [constant for term in group for constant in constants(term)]
    kind = found[0].type
    for constant in found:
        if constant.type != kind:
            return False
    for constant in found[:_MOST_TRIED]:
        for value in _near(constant):
            for term in group:
                if _outcome(term, value) is not wanted:
                    break
            else:
                return True
    return False


def _near(constant: Constant) -> tuple[Scalar, ...]:
    value = constant.value
    if isinstance(value, str):
        return value, f"{value}~"
    if isinstance(value, bool) or not isinstance(value, int) or value in {EARLIEST, LATEST}:
        return (value,)
    return value, value + 1, value - 1


def _outcome(term: Term, value: Scalar) -> bool | None:
    if isinstance(term, In):
        return any(constant.value == value for constant in term.constants)
    return matches(term, str(value)) if isinstance(term, Match) else compare(value, term.operator, term.constant)
