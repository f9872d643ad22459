"""Rewrite a definition into its normal form: one text for all the ways to write the same.

Negations are pushed down to the comparisons, nested `and` and `or` are flattened, operands are sorted and said once,
`or` of `eq` becomes `in` (and `and` of `ne` becomes `not … in`), and what another operand implies by itself is
dropped. Each step holds in Kleene's logic, so `evaluate` gives the same for both forms, unknown included.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from reconciler.language.parse import parse
from reconciler.language.show import show
from reconciler.language.syntax import And, Compare, Constant, Expr, In, Match, Not, Operator, Or

_Found: TypeAlias = dict[tuple[Any, ...], Expr]
"""Operands by what tells them apart."""

_OPPOSITE: dict[Operator, Operator] = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}


def normalize(expr: Expr) -> Expr:
    """Return the normal form of a definition; normalising it again changes nothing."""
    return _normal(expr, False)


def normal_text(text: str) -> str:
    """Return the text of the normal form of a text.

    Raises:
        DefinitionError: if the text is no definition.
    """
    return show(normalize(parse(text)))


def _normal(expr: Expr, negated: bool) -> Expr:
    # `isinstance` in place of `match`, which looks every field up by name: this runs for every part of every audience.
    if isinstance(expr, Compare):
        return Compare(expr.name, _OPPOSITE[expr.operator], expr.constant) if negated else expr
    if isinstance(expr, (And, Or)):
        return _joined(expr.operands, isinstance(expr, Or) is not negated, negated)
    if isinstance(expr, Not):
        return _normal(expr.operand, not negated)
    if isinstance(expr, In):
        return _list(expr.name, expr.constants, negated)
    return Not(expr) if negated else expr


def _joined(operands: tuple[Expr, ...], either: bool, negated: bool) -> Expr:
    """Return the normal `or` (`either`) or `and` of operands."""
    found: _Found = {}
    nested = False
    for operand in operands:
        if isinstance(operand, Compare) and not negated:
            found[operand[:2] + operand[2][:2]] = operand
        elif isinstance(operand, Match) and not negated:
            found[_key(operand)] = operand
        else:
            nested = True
            for piece in _pieces(_normal(operand, negated), either):
                found[_key(piece)] = piece
    if nested:
        _absorb(found, either)
    if len(found) > 1:
        _merge(found, "eq" if either else "ne")
    if len(found) == 1:
        return next(iter(found.values()))
    ordered = tuple(map(found.__getitem__, sorted(found)))
    return Or(ordered) if either else And(ordered)


def _key(expr: Expr) -> tuple[object, ...]:
    """Return what operands are told apart and sorted by: property, operator, value; several terms last."""
    if isinstance(expr, Compare):
        return expr[:2] + expr[2][:2]  # name, operator, type and value; as `_joined` writes it, too
    if isinstance(expr, Match):
        return expr.name, expr.function, "string", expr.constant.value
    if isinstance(expr, In):
        return expr.name, "in", tuple([constant[:2] for constant in expr.constants])
    if isinstance(expr, Not) and isinstance(expr.operand, (In, Match)):
        return expr.operand.name, "not", show(expr)
    return "~", show(expr)


def _pieces(expr: Expr, either: bool) -> list[Expr]:
    """Return what a normal expression is the `or` of (`either`), or the `and` of."""
    if isinstance(expr, Or if either else And):
        return [piece for operand in expr.operands for piece in _pieces(operand, either)]
    listed = expr if either else expr.operand if isinstance(expr, Not) else None
    if isinstance(listed, In):
        return [Compare(listed.name, "eq" if either else "ne", constant) for constant in listed.constants]
    return [expr]


def _absorb(found: _Found, either: bool) -> None:
    """Drop `x and y` beside `x` in an `or`, and `x or y` beside `x` in an `and`.

    `x` may itself be spread over several operands: `(P in (1, 2) and y) or P eq 1 or P eq 2` loses its first.
    """
    opposites = [(key, expr) for key, expr in found.items() if isinstance(expr, (And, Or))]
    for key, expr in opposites:
        for operand in expr.operands:
            if all(_key(piece) in found for piece in _pieces(operand, either)):
                del found[key]
                break


def _merge(found: _Found, operator: Operator) -> None:
    """Replace several `eq` on a property by one `in`, or several `ne` by one `not … in`."""
    names = [key[0] for key in found if key[1] == operator]
    if len(set(names)) == len(names):
        return
    listed: dict[str, list[Compare]] = {}
    for expr in found.values():
        if isinstance(expr, Compare) and expr.operator == operator and expr.constant.type != "null":
            listed.setdefault(expr.name, []).append(expr)
    for name, several in listed.items():
        if len(several) > 1:
            for expr in several:
                del found[_key(expr)]
            merged = _list(name, tuple(expr.constant for expr in several), operator == "ne")
            found[_key(merged)] = merged


def _list(name: str, listed: tuple[Constant, ...], negated: bool) -> Expr:
    """Return the normal form of a list: sorted, each literal once, a single one as a comparison."""
    distinct = {constant[:2]: constant for constant in listed}
    if len(distinct) == 1:
        return Compare(name, "ne" if negated else "eq", listed[0])
    term = In(name, tuple([distinct[key] for key in sorted(distinct)]))
    return Not(term) if negated else term
