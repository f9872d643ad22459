"""Find the name a misspelled one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name at the smallest edit distance, if that is near enough to be meant; case counts for little."""
    lowered = word.lower()[:64]
    best, chosen = len(lowered) // 3 + 1.5, None
    for name in names:
        if abs(len(name) - len(lowered)) < best:
            distance = _distance(lowered, name.lower()) + 0.1 * (name != word)
            if distance < best:
                best, chosen = distance, name
    return chosen


def _distance(one: str, other: str) -> int:
    """Count the insertions, deletions, replacements and swaps of neighbours that turn one word into the other."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, opposite in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != opposite))
            if row > 1 < column and letter == other[column - 2] and one[row - 2] == opposite:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        before_last, last = last, current
    return last[-1]
