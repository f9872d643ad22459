"""Compare whom two definitions reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from reconciler.language.evaluate import evaluate
from reconciler.language.formula import Formula, Space, holds, opposite, space
from reconciler.language.normalize import normalize
from reconciler.language.solve import UndecidedError
from reconciler.language.syntax import Expr
from reconciler.language.witness import Row, witness

Relation = Literal["equivalent", "narrower", "broader", "disjoint", "overlapping", "unknown"]


def relation(a: Expr, b: Expr) -> Relation:
    """Return how the audience `b` (new) stands to `a` (old).

    Never wrong, over all devices whose properties have the types of the literals they are compared with: a difference
    is claimed only with a device that shows it, the absence of one only when proved. "unknown" past `solve.MAX_WORK`
    atoms, where a property is compared with literals of two types, and for some contrived mixtures of `contains` and
    `endswith`.
    """
    old, new = normalize(a), normalize(b)
    if old == new:
        return "equivalent"
    try:
        lost, gained = missed(new, old), missed(old, new)
        if lost is None:
            return "equivalent" if gained is None else "broader"
        if gained is None:
            return "narrower"
        return "disjoint" if _shared(old, new) is None else "overlapping"
    except UndecidedError:
        return "unknown"


def missed(by: Expr, of: Expr) -> Row | None:
    """Return a device of the audience `of` that is not in `by`, or None if there is none.

    Raises:
        UndecidedError: if neither a device nor a proof is found within bounds.
    """

    def parts(found: Space) -> list[Formula]:
        return [holds(of, found), opposite(holds(by, found), found.all_cells())]

    return _search(by, of, parts, lambda row: evaluate(of, row) is True and evaluate(by, row) is not True)


def _shared(a: Expr, b: Expr) -> Row | None:
    def both(row: Row) -> bool:
        return evaluate(a, row) is True and evaluate(b, row) is True

    return _search(a, b, lambda found: [holds(a, found), holds(b, found)], both)


def _search(a: Expr, b: Expr, parts: Callable[[Space], list[Formula]], shows: Callable[[Row], bool]) -> Row | None:
    found = space((a, b))
    if found is None:
        raise UndecidedError
    return witness(parts(found), found, shows)
