"""Hold what criteria ask of a user as an SQL expression over `appizer_users`, and join several into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# SQLite refuses expressions deeper than 1,000, and reads `a AND b AND c` as one level for each operand.
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression that is true, false or NULL (unknown) of a user, with its parameters; only true users belong.

    It may speak of `now`, in microseconds since 1970 UTC, and then is not `is_timeless`. `depth` counts the joints
    that lie within one another.
    """

    sql: str
    parameters: tuple[object, ...]
    is_timeless: bool = True
    depth: int = 0


def joined(word: str, parts: Sequence[Condition]) -> Condition:
    """All the parts joined by AND or by OR; one part stays as it is."""
    while len(parts) > _WIDTH:
        parts = [_level(word, parts[start : start + _WIDTH]) for start in range(0, len(parts), _WIDTH)]
    return parts[0] if len(parts) == 1 else _level(word, parts)


def negated(part: Condition) -> Condition:
    """The opposite; unknown stays unknown."""
    return Condition(f"(NOT {part.sql})", part.parameters, part.is_timeless, part.depth + 1)


def _level(word: str, parts: Sequence[Condition]) -> Condition:
    # SQLite's parser holds 100 symbols: a part in first place adds one to what is inside it, a later one three.
    ordered = sorted(parts, key=lambda part: part.depth, reverse=True)
    return Condition(
        f"({f' {word} '.join(part.sql for part in ordered)})",
        tuple(value for part in ordered for value in part.parameters),
        all(part.is_timeless for part in parts),
        ordered[0].depth + 1,
    )
