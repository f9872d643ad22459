"""Turn "this definition is true" into a two-valued formula over sets of cells.

Kleene's logic falls apart into two formulas without negation, "is true" and "is false", whose atoms say in which
cells a property's value lies. `contains` and `endswith` are no sets of cells: each gets a two-valued variable of its
own, tied to the others by rules that hold for all texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard, assert_never

from reconciler.language.domains import MISSING, Domain, cells, domain
from reconciler.language.properties import DEVICE_PROPERTIES
from reconciler.language.syntax import And, Compare, ConstantType, Expr, In, Match, Not, Or, Term, constants, terms

NO, YES = 1, 2
"""The two cells of a variable that stands for `contains` or `endswith`."""


@dataclass(frozen=True, slots=True)
class Within:
    """The variable's value lies in one of the cells."""

    variable: int
    cells: int


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; without parts, always."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One part holds at least; without parts, never."""

    parts: tuple[Formula, ...]


Formula: TypeAlias = Within | Every | Some


@dataclass(frozen=True, slots=True)
class Space:
    """The variables of a formula: first the properties with their domains, then the substring tests."""

    names: dict[str, int]
    domains: tuple[Domain, ...]
    tests: dict[tuple[str, str, str], int]

    def all_cells(self) -> list[int]:
        """Return, by variable, the set of all its cells."""
        return [each.present | MISSING for each in self.domains] + [NO | YES] * len(self.tests)


def space(exprs: Iterable[Expr]) -> Space | None:
    """Return the variables of some definitions, or None if a property is compared with literals of two types."""
    asked: dict[str, list[Term]] = {}
    tests: dict[tuple[str, str, str], int] = {}
    for expr in exprs:
        for term in terms(expr):
            asked.setdefault(term.name, []).append(term)
            if is_test(term):
                tests.setdefault((term.name, term.function, str(term.constant.value)), 0)
    domains = []
    for name, found in asked.items():
        kinds = {constant.type for term in found for constant in constants(term) if constant.type != "null"}
        kind: ConstantType = kinds.pop() if kinds else "string"
        if kinds or (name in DEVICE_PROPERTIES and kind != "string"):
            return None
        domains.append(domain(kind, found))
    numbered = {test: len(asked) + place for place, test in enumerate(tests)}
    return Space({name: place for place, name in enumerate(asked)}, tuple(domains), numbered)


def is_test(term: Term) -> TypeGuard[Match]:
    """Tell whether a comparison is a substring test that no cells express; the empty text is in every text."""
    return isinstance(term, Match) and term.function != "startswith" and term.constant.value != ""


def holds(expr: Expr, space: Space) -> Formula:
    """Return the formula of "`expr` is true"."""
    return _formula(expr, space, True)


def fails(expr: Expr, space: Space) -> Formula:
    """Return the formula of "`expr` is false"."""
    return _formula(expr, space, False)


def _formula(expr: Expr, space: Space, wanted: bool) -> Formula:
    match expr:
        case Compare() | In() | Match():
            return _atom(expr, space, wanted)
        case Not(operand):
            return _formula(operand, space, not wanted)
        case And(operands):
            parts = [_formula(operand, space, wanted) for operand in operands]
            return every(parts) if wanted else some(parts)
        case Or(operands):
            parts = [_formula(operand, space, wanted) for operand in operands]
            return some(parts) if wanted else every(parts)
        case _:
            assert_never(expr)


def _atom(term: Term, space: Space, wanted: bool) -> Formula:
    variable = space.names[term.name]
    found = space.domains[variable]
    if is_test(term):
        test = space.tests[term.name, term.function, str(term.constant.value)]
        return Every((Within(variable, found.present), Within(test, YES if wanted else NO)))
    if isinstance(term, Compare) and found.type == "boolean" and term.operator not in ("eq", "ne"):
        return Some(())  # a boolean has no order: never true, never false
    true = cells(found, term)
    if wanted:
        return Within(variable, true)
    null = isinstance(term, Compare) and term.constant.type == "null"
    return Within(variable, (found.present | MISSING if null else found.present) & ~true)


def every(parts: Iterable[Formula]) -> Formula:
    """Return the conjunction, with what is said about one variable said once."""
    sets: dict[int, int] = {}
    others: list[Formula] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Every) else (part,):
            if isinstance(piece, Within):
                sets[piece.variable] = sets.get(piece.variable, piece.cells) & piece.cells
            else:
                others.append(piece)
    if not all(sets.values()):
        return Some(())
    found = (*(Within(variable, cells) for variable, cells in sets.items()), *others)
    return found[0] if len(found) == 1 else Every(found)


def some(parts: Iterable[Formula]) -> Formula:
    """Return the disjunction, with what is said about one variable said once."""
    sets: dict[int, int] = {}
    others: list[Formula] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Some) else (part,):
            if isinstance(piece, Within):
                sets[piece.variable] = sets.get(piece.variable, 0) | piece.cells
            else:
                others.append(piece)
    found = (*(Within(variable, cells) for variable, cells in sets.items() if cells), *others)
    return found[0] if len(found) == 1 else Some(found)


def opposite(formula: Formula, full: list[int]) -> Formula:
    """Return the formula that holds exactly where this one does not."""
    match formula:
        case Within(variable, cells):
            return Within(variable, full[variable] & ~cells)
        case Every(parts):
            return some([opposite(part, full) for part in parts])
        case Some(parts):
            return every([opposite(part, full) for part in parts])
        case _:
            assert_never(formula)
