"""Put a set of a property's values into words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.language.domains import MISSING, Domain, after_prefix, successor
from reconciler.language.show import show_constant
from reconciler.language.syntax import Constant, Match, Term, constants

_MOST_VALUES = 6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A property's domain and the literals it is compared with, by which its cells are named."""

    name: str
    domain: Domain
    literals: dict[Any, Constant]
    just_after: dict[Any, Constant]
    prefixes: dict[tuple[str, str | None], str]


def vocabulary(name: str, domain: Domain, found: Iterable[Term]) -> Vocabulary:
    """Return the words for the cells of a property, from the comparisons that cut them."""
    literals: dict[Any, Constant] = {}
    prefixes: dict[tuple[str, str | None], str] = {}
    for term in found:
        for constant in constants(term):
            if isinstance(term, Match):
                text = str(constant.value)
                prefixes[text, after_prefix(text)] = text
            elif constant.type != "null":
                literals[constant.value] = constant
    just_after = {} if domain.type == "boolean" else {successor(each): each for each in literals.values()}
    return Vocabulary(name, domain, literals, just_after, prefixes)


def phrase(words: Vocabulary, cells: int) -> str:
    """Return a set of values in words, such as `plan other than 'free'` or `age from 18 to below 21`."""
    present = cells & words.domain.present
    pieces: list[str] = []
    if present == words.domain.present:
        pieces = ["known"]
    elif present and (listed := _points(words, present)):
        pieces = [_listed(listed)]
    elif present and (excepted := _points(words, words.domain.present & ~present)):
        pieces = [f"other than {_listed(excepted)}"]
    elif present:
        pieces = [_run(words, first, last) for first, last in _runs(present)]
    if cells & MISSING:
        pieces.append("unknown")
    return f"{words.name} {' or '.join(pieces)}"


def _points(words: Vocabulary, cells: int) -> list[str]:
    """Return the values of a set of cells that hold one value each; nothing if one holds more."""
    found = []
    for first, last in _runs(cells):
        for cell in range(first, last + 1):
            low, high = words.domain.bounds(cell)
            if words.domain.type != "boolean" and (
                low not in words.literals or words.just_after.get(high) != words.literals[low]
            ):
                return []
            found.append(_shown(words, low))
    return found


def _shown(words: Vocabulary, value: Any) -> str:
    return show_constant(Constant(words.domain.type, value))


def _listed(values: list[str]) -> str:
    if len(values) > _MOST_VALUES:
        return f"{', '.join(values[: _MOST_VALUES - 1])} or {len(values) - _MOST_VALUES + 1} more"
    return " or ".join(filter(None, (", ".join(values[:-1]), values[-1])))


def _runs(cells: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each row of neighbouring cells."""
    cell = 1
    while cells >> cell:
        if cells >> cell & 1:
            first = cell
            while cells >> cell & 1:
                cell += 1
            yield first, cell - 1
        cell += 1


def _run(words: Vocabulary, first: int, last: int) -> str:
    low, high = words.domain.bounds(first)[0], words.domain.bounds(last)[1]
    if (low, high) in words.prefixes:
        return f"starting with {_shown(words, words.prefixes[low, high])}"
    if first == last and low in words.literals and words.just_after.get(high) == words.literals[low]:
        return _shown(words, low)
    start, inclusive = ("", True) if first == 1 else _start(words, low)
    end = "" if high is None else _end(words, high)
    if not (start and end):
        return start or end
    if inclusive:
        return f"{start} to {end.removeprefix('up to ')}"
    return f"{start} {end}" if end.startswith("up to ") else f"{start} and {end}"


def _start(words: Vocabulary, value: Any) -> tuple[str, bool]:
    if value in words.just_after and value not in words.literals:
        return f"above {_shown(words, words.just_after[value].value)}", False
    return f"from {_shown(words, value)}", True


def _end(words: Vocabulary, value: Any) -> str:
    if value in words.just_after and value not in words.literals:
        return f"up to {_shown(words, words.just_after[value].value)}"
    return f"below {_shown(words, value)}"
