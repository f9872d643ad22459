"""Tell whether a definition reaches nobody, or everyone."""

from __future__ import annotations

from reconciler.language.evaluate import evaluate
from reconciler.language.formula import Space, fails, holds, opposite, space
from reconciler.language.plain import is_plain
from reconciler.language.problems import Problem
from reconciler.language.solve import UndecidedError
from reconciler.language.syntax import And, Expr, Or, Term, constants, span, terms
from reconciler.language.witness import witness


def is_empty(expr: Expr) -> bool:
    """Tell whether it is proved that no device can be in the audience; False where the proof is past its bound."""
    if is_plain(expr, terms(expr)):
        return False
    found = space((expr,))
    return found is not None and _never_holds(expr, found)


def is_everyone(expr: Expr) -> bool:
    """Tell whether it is proved that every device is in the audience, also one without any properties."""
    if evaluate(expr, {}) is not True:
        return False
    found = space((expr,))
    return found is not None and _always_holds(expr, found)


def check_reach(expr: Expr, asked: list[Term]) -> list[Problem]:
    """Return the finding about an audience that reaches nobody, or everyone; `asked` are its terms."""
    if is_plain(expr, asked):
        return []
    found = space((expr,))
    if found is None:
        return []
    if _never_holds(expr, found):
        return [_nobody(expr, found)]
    offset, length = span(expr)
    if evaluate(expr, {}) is True and _always_holds(expr, found):
        hint = "write the condition that was meant; to send to all, a `Notification` says `everyone: true`"
        return [Problem("RC230", "warning", "the definition is true of every device", hint, offset, length)]
    if not _asks_null(expr) and _never_fails(expr, found):
        names = ", ".join(f"`{name}`" for name in sorted(found.names))
        message = f"the definition is true of every device that has {names}"
        return [Problem("RC233", "warning", message, "an `and` may be meant instead of an `or`", offset, length)]
    return []


def _nobody(expr: Expr, found: Space) -> Problem:
    blamed = _smallest_empty(expr, found)
    offset, length = span(blamed)
    hint = "an `or` or `in` may be meant instead of an `and`" if isinstance(blamed, And) else None
    return Problem("RC229", "error", "the definition can match nobody", hint, offset, length)


def _smallest_empty(expr: Expr, found: Space) -> Expr:
    if isinstance(expr, (And, Or)):
        for operand in expr.operands:
            if _never_holds(operand, found):
                return _smallest_empty(operand, found)
    return expr


def _asks_null(expr: Expr) -> bool:
    return any(constant.type == "null" for term in terms(expr) for constant in constants(term))


def _never_holds(expr: Expr, found: Space) -> bool:
    try:
        return witness([holds(expr, found)], found, lambda row: True) is None
    except UndecidedError:
        return False


def _never_fails(expr: Expr, found: Space) -> bool:
    try:
        return witness([fails(expr, found)], found, lambda row: True) is None
    except UndecidedError:
        return False


def _always_holds(expr: Expr, found: Space) -> bool:
    try:
        return witness([opposite(holds(expr, found), found.all_cells())], found, lambda row: True) is None
    except UndecidedError:
        return False
