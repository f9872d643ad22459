"""What holds for every text: which substring tests and cells imply or exclude one another."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.language.domains import MISSING, Domain, after_prefix
from reconciler.language.formula import NO, YES, Formula, Some, Space, Within

# Rules only sharpen an answer; past so many they are left out, and the answer may be "unknown" instead.
_MOST_PAIRS = 2_000


def rules(space: Space) -> list[Formula]:
    """Return formulas that every row fulfils."""
    found: list[Formula] = []
    if not space.tests:
        return found
    for name, variable in space.names.items():
        tests = [(function, text, number) for (owner, function, text), number in space.tests.items() if owner == name]
        domain = space.domains[variable]
        if len(tests) * max(len(tests), len(domain.starts)) > _MOST_PAIRS:
            continue
        found.extend(_between_tests(tests))
        for function, text, number in tests:
            surely, never = _decided(domain, function, text)
            full = domain.present | MISSING
            found.append(Some((Within(variable, full & ~surely), Within(number, YES))))
            found.append(Some((Within(variable, full & ~never), Within(number, NO))))
    return found


def _between_tests(tests: list[tuple[str, str, int]]) -> Iterator[Formula]:
    for function, text, number in tests:
        for other_function, other, other_number in tests:
            if number != other_number and _implies(function, text, other_function, other):
                yield Some((Within(number, NO), Within(other_number, YES)))
            ends = function == other_function == "endswith"
            if ends and number < other_number and not text.endswith(other) and not other.endswith(text):
                yield Some((Within(number, NO), Within(other_number, NO)))


def _implies(function: str, text: str, other_function: str, other: str) -> bool:
    if other_function == "contains":
        return other in text
    return function == "endswith" and text.endswith(other)


def _decided(domain: Domain, function: str, text: str) -> tuple[int, int]:
    """Return the cells all of whose texts pass a test, and those none of whose texts does."""
    surely = never = 0
    for cell in range(1, len(domain.starts) + 1):
        low, high = domain.bounds(cell)
        if high == f"{low}\0":
            passes = text in low if function == "contains" else low.endswith(text)
            surely, never = (surely | 1 << cell, never) if passes else (surely, never | 1 << cell)
        elif function == "contains" and text in shared_prefix(low, high):
            surely |= 1 << cell
    return surely, never


def shared_prefix(low: str, high: str | None) -> str:
    """Return the longest text that all texts from `low` up to and without `high` begin with."""
    for length in range(len(low), 0, -1):
        end = after_prefix(low[:length])
        if high is not None and (end is None or high <= end):
            return low[:length]
    return ""
