"""Find a device that shows a claim about definitions, or prove that there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from reconciler.language.domains import Domain
from reconciler.language.formula import NO, YES, Formula, Space
from reconciler.language.literals import HIGHEST_INTEGER, instant_text
from reconciler.language.rules import rules
from reconciler.language.solve import UndecidedError, solve

Row: TypeAlias = dict[str, object]
_Wanted: TypeAlias = list[tuple[str, str, bool]]

_FILLERS = ("", " ", "0", "a", "~", "\x01", "\x00")
_MOST_CELLS = 16


def witness(parts: Iterable[Formula], space: Space, shows: Callable[[Row], bool]) -> Row | None:
    """Return a row that fulfils all parts, or None if no row does.

    Whoever says "none" relies on the search, whoever says "one" on the row itself: `shows` is asked whether it does
    what is claimed.

    Raises:
        UndecidedError: if neither is found within bounds.
    """
    sets = solve([*parts, *rules(space)], space.all_cells())
    if sets is None:
        return None
    row: Row = {}
    for name, variable in space.names.items():
        wanted = [
            (function, text, sets[number] == YES)
            for (owner, function, text), number in space.tests.items()
            if owner == name and sets[number] in (NO, YES)
        ]
        _fill(row, name, space.domains[variable], sets[variable], wanted)
    if not shows(row):
        raise UndecidedError
    return row


def _fill(row: Row, name: str, domain: Domain, allowed: int, wanted: _Wanted) -> None:
    """Put a value from the allowed cells that passes the wanted tests into the row, or leave it missing."""
    cell, tried = 1, 0
    while allowed >> cell and tried < _MOST_CELLS:
        if allowed >> cell & 1:
            tried += 1
            low, high = domain.bounds(cell)
            for value in _values(domain.type, low, high, wanted):
                row[name] = value
                return
        cell += 1
    if not allowed & 1:
        raise UndecidedError


def _values(kind: str, low: object, high: object, wanted: _Wanted) -> Iterator[object]:
    if kind == "date_time":
        assert isinstance(low, int)
        yield instant_text(low)
    elif isinstance(low, str):
        assert high is None or isinstance(high, str)
        yield from (text for text in _texts(low, wanted) if _lies_within(text, low, high) and _passes(text, wanted))
    else:
        yield _round(low, high) if kind == "number" else low


def _lies_within(text: str, low: str, high: str | None) -> bool:
    return low <= text and (high is None or text < high)


def _round(low: Any, high: Any) -> object:
    """Return a plain number from the lower end of a cell."""
    whole = math.ceil(low) if abs(low) < HIGHEST_INTEGER else low
    return whole if high is None or whole < high else low


def _texts(low: str, wanted: _Wanted) -> Iterator[str]:
    """Yield texts that begin like a cell and contain what is wanted, the plainest first."""
    inside = _longest([text for function, text, passes in wanted if passes and function == "contains"])
    end = max((text for function, text, passes in wanted if passes and function == "endswith"), key=len, default="")
    for head in dict.fromkeys((low.rstrip("\0"), low)):
        yield head
        for filler in _FILLERS:
            body = filler.join([head, *inside])
            yield body + end
            yield body + filler + end
            yield filler.join([head, *reversed(inside)]) + end


def _longest(texts: list[str]) -> list[str]:
    kept: list[str] = []
    for text in sorted(texts, key=len, reverse=True):
        if not any(text in other for other in kept):
            kept.append(text)
    return kept


def _passes(text: str, wanted: _Wanted) -> bool:
    return all(
        (part in text if function == "contains" else text.endswith(part)) is passes for function, part, passes in wanted
    )
