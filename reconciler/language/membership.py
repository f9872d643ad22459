"""Join and negate definitions as sets of devices: what counts is who is *in*, not who is out and who unknown.

`complement` has no counterpart in the language, whose `not` leaves out whoever is unknown; so what is built here has
its negations at the comparisons only. Then a definition is true if and only if its parts are, and each rewriting need
only keep what is true. The results are as short as a person would write them where that is easy.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.language.normalize import normalize
from reconciler.language.syntax import And, Compare, Constant, Expr, In, Match, Not, Or

_NULL = Constant("null", None)


def _pieces(parts: Iterable[Expr], joint: type[And] | type[Or]) -> dict[Expr, None]:
    return dict.fromkeys(piece for part in parts for piece in (part.operands if isinstance(part, joint) else (part,)))


def union(parts: Iterable[Expr]) -> Expr:
    """Return the `or` of parts: `lt 5 or gt 5` is `ne 5`, and `lt 5 or ge 5` is `ne null`."""
    found = _pieces(parts, Or)
    pending = list(found)
    for piece in pending:
        if isinstance(piece, Compare) and piece in found:
            for partner, together in _completions(piece):
                if partner in found:
                    del found[piece], found[partner]
                    found[together] = None
                    pending.append(together)
                    break
    operands = tuple(found)
    return operands[0] if len(operands) == 1 else Or(operands)


def _completions(term: Compare) -> list[tuple[Compare, Compare]]:
    """Return what makes a comparison true of (nearly) all values, and what both are together."""
    name, operator, constant = term[:3]
    known = Compare(name, "ne", _NULL)
    if operator == "lt":
        unequal = Compare(name, "ne", constant)
        return [(Compare(name, "gt", constant), unequal), (Compare(name, "ge", constant), known)]
    if operator == "le":
        return [(Compare(name, "gt", constant), known), (Compare(name, "ge", constant), known)]
    if operator == "ne" and constant.type != "null":
        return [(Compare(name, "eq", constant), known)]
    if operator == "eq" and constant.value is True:
        return [(Compare(name, "eq", Constant("boolean", False)), known)]
    return []


def intersection(parts: Iterable[Expr]) -> Expr:
    """Return the `and` of parts, without the alternative that a property is missing where another part needs it."""
    found = _pieces(parts, And)
    needed = {piece: _needs(piece) for piece in found}
    known = set(needed.values()) - {None}
    kept = _pieces((_without(piece, known) for piece in found), And)
    needing = {_needs(piece) for piece in kept if not _is_known(piece)}
    operands = tuple(piece for piece in kept if not (_is_known(piece) and _needs(piece) in needing))
    return operands[0] if len(operands) == 1 else And(operands)


def _needs(piece: Expr) -> str | None:
    """Return the property without which a comparison is not true."""
    term = piece.operand if isinstance(piece, Not) else piece
    return term.name if isinstance(term, (Compare, In, Match)) and not _is_missing(term) else None


def _without(piece: Expr, known: set[str | None]) -> Expr:
    """Return alternatives without those that one of these properties is missing; one of the others must be true."""
    if not isinstance(piece, Or):
        return piece
    possible = [
        each for each in piece.operands if not (isinstance(each, Compare) and _is_missing(each) and each.name in known)
    ]
    return union(possible) if possible else piece


def _is_missing(expr: Expr) -> bool:
    return isinstance(expr, Compare) and expr.operator == "eq" and expr.constant == _NULL


def _is_known(expr: Expr) -> bool:
    return isinstance(expr, Compare) and expr.operator == "ne" and expr.constant == _NULL


def complement(expr: Expr) -> Expr:
    """Return what is true exactly where a well-typed definition is not: false or unknown."""
    if isinstance(expr, And):
        return union(map(complement, expr.operands))
    if isinstance(expr, Or):
        return intersection(map(complement, expr.operands))
    false = normalize(Not(expr))
    if _is_missing(expr) or _is_known(expr):
        return false
    term = expr.operand if isinstance(expr, Not) else expr
    assert isinstance(term, (Compare, In, Match))
    return union([false, Compare(term.name, "eq", _NULL)])
