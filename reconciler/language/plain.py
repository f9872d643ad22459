"""See at a glance that a definition is true of some device and false of another, as nearly every one is.

It spares the search of `solve` on the hot path. "No" means only that it was not seen.
"""

from __future__ import annotations

from reconciler.language.evaluate import compare, matches
from reconciler.language.literals import EARLIEST, LATEST
from reconciler.language.syntax import (
    And,
    Compare,
    Expr,
    In,
    Match,
    Not,
    Or,
    Scalar,
    Term,
    constants,
    properties_of,
    terms,
)


def is_plain(expr: Expr) -> bool:
    """Tell whether it is seen that a definition is true of some device, and false of another with known properties."""
    names = set()
    count = 0
    for term in terms(expr):
        if not _is_open(term):
            return False
        names.add(term.name)
        count += 1
    # Terms about different properties come out in any combination.
    return len(names) == count or (_can_be(expr, True) and _can_be(expr, False))


def _is_open(term: Term) -> bool:
    """Tell whether a comparison is true for some value and false for another, the ends of the domains left out."""
    if isinstance(term, In):
        return term.constants[0].type != "boolean"
    kind, value = term.constant.type, term.constant.value
    if isinstance(term, Match):
        return value != ""
    if term.operator in {"eq", "ne"}:
        return kind != "null"
    if kind == "number":
        return isinstance(value, int)
    return value not in {"", EARLIEST, LATEST} and kind != "boolean"


def _can_be(expr: Expr, wanted: bool) -> bool:
    """Tell whether it is seen that some device makes an expression of open terms come out as wanted."""
    if isinstance(expr, Not):
        return _can_be(expr.operand, not wanted)
    if not isinstance(expr, (And, Or)):
        return True
    if isinstance(expr, Or) is wanted:
        return any(_can_be(operand, wanted) for operand in expr.operands)
    return _can_all_be(expr.operands, wanted)


def _can_all_be(operands: tuple[Expr, ...], wanted: bool) -> bool:
    """Tell whether it is seen that some device makes all operands come out as wanted."""
    groups: dict[str, list[Term]] = {}
    joined: list[Expr] = []
    for operand in operands:
        if isinstance(operand, (Compare, In, Match)):
            groups.setdefault(operand.name, []).append(operand)
        else:
            joined.append(operand)
    seen = set(groups)
    for operand in joined:
        names = properties_of(operand)
        if names & seen or not _can_be(operand, wanted):
            return False
        seen |= names
    return all(len(group) == 1 or _share_a_value(group, wanted) for group in groups.values())


def _share_a_value(group: list[Term], wanted: bool) -> bool:
    """Tell whether one of a few likely values makes all comparisons of one property come out as wanted."""
    found = [constant for term in group for constant in constants(term)[:4]]
    kind = found[0].type
    if any(constant.type != kind for term in group for constant in constants(term)):
        return False
    for constant in found[:8]:
        for value in _near(constant.value):
            if all(_outcome(term, value) is wanted for term in group):
                return True
    return False


def _near(value: Scalar) -> tuple[Scalar, ...]:
    if isinstance(value, str):
        return value, f"{value}~"
    return (value, value + 1, value - 1) if isinstance(value, int) and not isinstance(value, bool) else (value,)


def _outcome(term: Term, value: Scalar) -> bool | None:
    if isinstance(term, In):
        return any(constant.value == value for constant in term.constants)
    return matches(term, str(value)) if isinstance(term, Match) else compare(value, term.operator, term.constant)
