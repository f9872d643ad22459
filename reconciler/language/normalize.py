"""Rewrite a definition into its normal form: one text for all the ways to write the same.

Negations are pushed down to the comparisons, nested `and` and `or` are flattened, operands are sorted and said once,
`or` of `eq` becomes `in` (and `and` of `ne` becomes `not … in`), and what another operand implies by itself is
dropped. Each step holds in Kleene's logic, so `evaluate` gives the same for both forms, unknown included.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from reconciler.language.parse import parse
from reconciler.language.show import show, show_constant, show_term
from reconciler.language.syntax import And, Compare, Constant, Expr, In, Match, Not, Operator, Or

_Named: TypeAlias = tuple[str, Expr]
"""An expression and its text: the text is what operands are sorted and told apart by."""

_OPPOSITE: dict[Operator, Operator] = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}


def normalize(expr: Expr) -> Expr:
    """Return the normal form of a definition; normalising it again changes nothing."""
    return _normal(expr, False)[1]


def normal_text(text: str) -> str:
    """Return the text of the normal form of a text.

    Raises:
        DefinitionError: if the text is no definition.
    """
    return _normal(parse(text), False)[0]


def show_normal(expr: Expr) -> tuple[Expr, str]:
    """Return the normal form of a definition, and its text."""
    text, normal = _normal(expr, False)
    return normal, text


def _normal(expr: Expr, negated: bool) -> _Named:
    match expr:
        case Compare(name, operator, constant):
            if negated:
                expr = Compare(name, _OPPOSITE[operator], constant)
            return show_term(expr), expr
        case In(name, listed):
            return _list(name, listed, negated)
        case Match():
            text = show_term(expr)
            return (f"not {text}", Not(expr)) if negated else (text, expr)
        case Not(operand):
            return _normal(operand, not negated)
        case And(operands):
            return _joined([_normal(operand, negated) for operand in operands], negated)
        case Or(operands):
            return _joined([_normal(operand, negated) for operand in operands], not negated)
        case _:
            assert_never(expr)


def _joined(parts: list[_Named], either: bool) -> _Named:
    """Return the `or` (`either`) or `and` of normal operands."""
    mergeable: Operator = "eq" if either else "ne"
    found: dict[str, Expr] = {}
    for named in parts:
        if isinstance(named[1], Compare):
            found[named[0]] = named[1]
        else:
            found.update(_pieces(named, either))
    if len(found) > 1:
        _absorb(found, either)
        _merge(found, mergeable)
    if len(found) == 1:
        return next(iter(found.items()))
    order = sorted(found)
    operands = tuple([found[text] for text in order])
    shown = [f"({text})" if isinstance(found[text], (And, Or)) else text for text in order]
    return (" or ".join(shown), Or(operands)) if either else (" and ".join(shown), And(operands))


def _pieces(named: _Named, either: bool) -> list[_Named]:
    """Return what a normal expression is the `or` of (`either`), or the `and` of."""
    expr = named[1]
    if isinstance(expr, Or if either else And):
        return [piece for operand in expr.operands for piece in _pieces((show(operand), operand), either)]
    listed = expr if either else expr.operand if isinstance(expr, Not) else None
    if isinstance(listed, In):
        operator: Operator = "eq" if either else "ne"
        each = [Compare(listed.name, operator, constant) for constant in listed.constants]
        return [(show_term(one), one) for one in each]
    return [named]


def _absorb(found: dict[str, Expr], either: bool) -> None:
    """Drop `x and y` beside `x` in an `or`, and `x or y` beside `x` in an `and`.

    `x` may itself be spread over several operands: `(P in (1, 2) and y) or P eq 1 or P eq 2` loses its first.
    """
    opposites = [text for text, expr in found.items() if isinstance(expr, And if either else Or)]
    for text in opposites:
        expr = found[text]
        assert isinstance(expr, (And, Or))
        for operand in expr.operands:
            pieces = _pieces((show(operand), operand), either)
            if all(piece in found and piece != text for piece, _ in pieces):
                del found[text]
                break


def _merge(found: dict[str, Expr], operator: Operator) -> None:
    """Replace several `eq` on a property by one `in`, or several `ne` by one `not … in`."""
    values: dict[str, dict[str, Constant]] = {}
    for text, expr in found.items():
        if isinstance(expr, Compare) and expr.operator == operator and expr.constant.type != "null":
            values.setdefault(expr.name, {})[text] = expr.constant
    if len(values) == len(found):
        return
    for name, by_text in values.items():
        if len(by_text) > 1:
            for text in by_text:
                del found[text]
            text, expr = _list(name, tuple(by_text.values()), operator == "ne")
            found[text] = expr


def _list(name: str, listed: tuple[Constant, ...], negated: bool) -> _Named:
    """Return the normal form of a list: sorted, each literal once, a single one as a comparison."""
    distinct = {show_constant(constant): constant for constant in listed}
    if len(distinct) == 1:
        single = Compare(name, "ne" if negated else "eq", listed[0])
        return show_term(single), single
    term = In(name, tuple(sorted(distinct.values(), key=_order)))
    text = show_term(term)
    return (f"not {text}", Not(term)) if negated else (text, term)


def _order(constant: Constant) -> tuple[str, object]:
    return constant.type, constant.value
