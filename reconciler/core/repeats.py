"""Find equal values in a list, in linear time."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any


def repeats(values: list[Any]) -> list[tuple[int, int]]:
    """The (first, later) indices of values that are equal as JSON has it: `1` equals `1.0`, but not `true`."""
    first: dict[Hashable, int] = {}
    found: list[tuple[int, int]] = []
    for index, value in enumerate(values):
        before = first.setdefault(_key(value), index)
        if before != index:
            found.append((before, index))
    return found


def _key(value: Any) -> Hashable:
    if isinstance(value, list):
        return ("list", *map(_key, value))
    if isinstance(value, dict):
        return ("mapping", frozenset((name, _key(each)) for name, each in value.items()))
    return (isinstance(value, bool), value)
