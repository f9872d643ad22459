"""Say in words how a changed audience differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from reconciler.language.domains import MISSING
from reconciler.language.formula import Space, Within, holds, space
from reconciler.language.normalize import normalize
from reconciler.language.phrases import Vocabulary, phrase, vocabulary
from reconciler.language.properties import Property
from reconciler.language.relation import ANY_VALUES, missed, relation
from reconciler.language.show import show
from reconciler.language.solve import UndecidedError
from reconciler.language.syntax import And, Expr, Or, Term, terms
from reconciler.language.witness import Row

_MOST_PHRASES = 5
_MOST_PAIRS = 400


def describe_change(old: Expr, new: Expr, properties: Mapping[str, Property] = ANY_VALUES) -> str:
    """Return how the new audience stands to the old one: "broader: now also CarrierCountry 'CA'".

    Args:
        properties: the declared custom properties, as `relation` takes them.
    """
    found = relation(old, new, properties)
    match found:
        case "equivalent":
            return "equivalent: the same devices"
        case "disjoint":
            return "disjoint: nobody of the old audience is in the new one"
        case "unknown":
            return "unknown: too involved to compare"
        case "broader":
            return f"broader: now also {_gained(old, new, properties)}"
        case "narrower":
            return f"narrower: no longer {_gained(new, old, properties)}"
        case "overlapping":
            return f"overlapping: now also {_gained(old, new, properties)}; no longer {_gained(new, old, properties)}"
        case _:
            assert_never(found)


@dataclass(frozen=True, slots=True)
class _Alternative:
    """One way to be in an audience: the cells each property must lie in, and the texts of what is no set of cells."""

    expr: Expr
    sets: dict[int, int]
    others: tuple[str, ...]


def _gained(old: Expr, new: Expr, properties: Mapping[str, Property]) -> str:
    """Return who is in the new audience and not in the old one."""
    old, new = normalize(old), normalize(new)
    found = space((old, new))
    assert found is not None, "definitions that `relation` compares have one type for each property"
    asked: dict[str, list[Term]] = {name: [] for name in found.names}
    for expr in (old, new):
        for term in terms(expr):
            asked[term.name].append(term)
    words = [vocabulary(name, found.domains[place], asked[name]) for name, place in found.names.items()]
    before, after = _alternatives(old, found), _alternatives(new, found)
    kept = before.keys() & after.keys()
    gone = [one for text, one in before.items() if text not in kept]
    fresh = [one for text, one in after.items() if text not in kept]
    phrases: list[str] = []
    if len(gone) * len(fresh) <= _MOST_PAIRS:
        for one in fresh:
            if _reaches_beyond(one.expr, old, properties):
                phrases.extend(_difference(one, gone, len(after) > 1, words))
    phrases = list(dict.fromkeys(phrases)) or [_example(missed(old, new, properties), found)]
    more = len(phrases) - _MOST_PHRASES
    return " or ".join(phrases[:_MOST_PHRASES]) + (f" or {more} more" if more > 0 else "")


def _alternatives(expr: Expr, found: Space) -> dict[str, _Alternative]:
    """Return the operands of the outermost `or`, by their text."""
    return {show(one): _alternative(one, found) for one in (expr.operands if isinstance(expr, Or) else (expr,))}


def _alternative(expr: Expr, found: Space) -> _Alternative:
    sets: dict[int, int] = {}
    others: list[str] = []
    for operand in expr.operands if isinstance(expr, And) else (expr,):
        formula = holds(operand, found)
        if isinstance(formula, Within):
            sets[formula.variable] = sets.get(formula.variable, -1) & formula.cells
        else:
            others.append(show(operand))
    return _Alternative(expr, sets, tuple(others))


def _reaches_beyond(expr: Expr, old: Expr, properties: Mapping[str, Property]) -> bool:
    try:
        return missed(old, expr, properties) is not None
    except UndecidedError:
        return True


def _difference(
    one: _Alternative, before: list[_Alternative], among_others: bool, words: list[Vocabulary]
) -> list[str]:
    """Return what is new in an alternative, against the most similar one of the old audience."""
    similar = max(before, key=lambda each: _likeness(one, each), default=None)
    if similar is None or not _likeness(one, similar):
        return [_whole(one, words)]
    shared = [
        phrase(words[variable], cells) for variable, cells in one.sets.items() if similar.sets.get(variable) == cells
    ]
    context = f" with {' and '.join(shared)}" if shared and among_others else ""
    return [piece + context for piece in _widened(one, similar, words)]


def _likeness(one: _Alternative, other: _Alternative) -> int:
    """Count what two alternatives have in common; the same property with other values counts little, but counts."""
    same = sum(10 for variable, cells in one.sets.items() if other.sets.get(variable) == cells)
    return same + len(one.sets.keys() & other.sets.keys()) + 10 * len(set(one.others) & set(other.others))


def _widened(one: _Alternative, similar: _Alternative, words: list[Vocabulary]) -> list[str]:
    pieces = []
    for variable, cells in similar.sets.items():
        everything = words[variable].domain.present | MISSING
        beyond = one.sets.get(variable, everything) & ~cells
        if beyond:
            pieces.append(phrase(words[variable], beyond))
    pieces.extend(f"those for whom `{text}` is not true" for text in similar.others if text not in one.others)
    return pieces


def _whole(one: _Alternative, words: list[Vocabulary]) -> str:
    return " and ".join(
        [phrase(words[variable], cells) for variable, cells in one.sets.items()] + [f"`{text}`" for text in one.others]
    )


def _example(row: Row | None, found: Space) -> str:
    """Return one device in words, where the difference cannot be put into words."""
    if row is None:
        return "nobody"
    shown = [f"{name} unknown" if name not in row else f"{name} {row[name]!r}" for name in found.names]
    return f"others, such as {', '.join(shown)}"
