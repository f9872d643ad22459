"""Rows of the report: what was asked, what was measured, and whether it was met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One measure. `met` is None where nothing was promised."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None
    value: float = 0.0

    @property
    def verdict(self) -> str:
        return "" if self.met is None else "ok" if self.met else "MISS"


HEADINGS = ("measure", "target", "measured", "")


def text(lines: Sequence[Line]) -> str:
    """The lines as a table whose columns are as wide as they need to be."""
    rows = [HEADINGS, *((line.what, line.target, line.measured, line.verdict) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([shown[0], "  ".join("-" * width for width in widths if width), *shown[1:]])


def at_most(what: str, value: float, limit: float, shown: str, unit: str) -> Line:
    """A measure that should not exceed a limit."""
    return Line(what, shown, f"≤ {limit:g} {unit}", value <= limit, value)


def at_least(what: str, value: float, limit: float, shown: str, unit: str) -> Line:
    """A measure that should reach a limit."""
    return Line(what, shown, f"≥ {limit:g} {unit}", value >= limit, value)
