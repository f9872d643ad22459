"""Compare whom two definitions reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from reconciler.language.evaluate import evaluate
from reconciler.language.formula import Formula, Space, holds, opposite, space
from reconciler.language.normalize import normalize
from reconciler.language.properties import Property
from reconciler.language.ranges import declared_values
from reconciler.language.solve import UndecidedError
from reconciler.language.syntax import Expr, properties_of
from reconciler.language.witness import Row, witness

Relation = Literal["equivalent", "narrower", "broader", "disjoint", "overlapping", "unknown"]


ANY_VALUES: Mapping[str, Property] = MappingProxyType({})
"""Nothing is declared: a property may have every value of its type."""


def relation(a: Expr, b: Expr, properties: Mapping[str, Property] = ANY_VALUES) -> Relation:
    """Return how the audience `b` (new) stands to `a` (old).

    Never wrong, over all devices whose properties have the types of the literals they are compared with, and, of those
    in `properties`, one of the declared `values` within the declared range, or none: a difference is claimed only with
    a device that shows it, the absence of one only when proved. "unknown" past `solve.MAX_WORK`
    atoms, where a property is compared with literals of two types, and for some contrived mixtures of `contains` and
    `endswith`.
    """
    old, new = normalize(a), normalize(b)
    if old == new:
        return "equivalent"
    try:
        lost, gained = missed(new, old, properties), missed(old, new, properties)
        if lost is None:
            return "equivalent" if gained is None else "broader"
        if gained is None:
            return "narrower"
        return "disjoint" if _shared(old, new, properties) is None else "overlapping"
    except UndecidedError:
        return "unknown"


def missed(by: Expr, of: Expr, properties: Mapping[str, Property] = ANY_VALUES) -> Row | None:
    """Return a device of the audience `of` that is not in `by`, or None if there is none.

    Raises:
        UndecidedError: if neither a device nor a proof is found within bounds.
    """

    def parts(found: Space) -> list[Formula]:
        return [holds(of, found), opposite(holds(by, found), found.all_cells())]

    def shows(row: Row) -> bool:
        return evaluate(of, row) is True and evaluate(by, row) is not True

    return _search((by, of), properties, parts, shows)


def _shared(a: Expr, b: Expr, properties: Mapping[str, Property]) -> Row | None:
    def both(row: Row) -> bool:
        return evaluate(a, row) is True and evaluate(b, row) is True

    return _search((a, b), properties, lambda found: [holds(a, found), holds(b, found)], both)


def _search(
    pair: tuple[Expr, Expr],
    properties: Mapping[str, Property],
    parts: Callable[[Space], list[Formula]],
    shows: Callable[[Row], bool],
) -> Row | None:
    names = sorted(properties_of(pair[0]) | properties_of(pair[1]))
    declared = [each for name in names if name in properties for each in declared_values(name, properties[name])]
    found = space((*pair, *declared))
    if found is None:
        raise UndecidedError
    return witness(
        [*parts(found), *(holds(each, found) for each in declared)],
        found,
        lambda row: shows(row) and all(evaluate(each, row) is True for each in declared),
    )
