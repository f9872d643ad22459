"""Cut the values a property can have into cells that a set of comparisons cannot tell apart.

Cell 0 is "missing"; the cells after it are half-open intervals `[start, next start)` in the order of the type. Every
type is discrete here (texts by code point have a successor: the text with U+0000 after it; so have doubles, and
microseconds), so each cell is given by its smallest value, and none is empty. A set of cells is an `int`, bit by bit.
"""

from __future__ import annotations

import math
import sys
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reconciler.language.literals import EARLIEST, HIGHEST_INTEGER, LATEST, LOWEST_INTEGER
from reconciler.language.syntax import Compare, Constant, ConstantType, In, Match, Term, constants

MISSING = 1


@dataclass(frozen=True, slots=True)
class Domain:
    """The cells of one property: its type, and the smallest value of each cell after "missing"."""

    type: ConstantType
    starts: tuple[Any, ...]

    @property
    def present(self) -> int:
        """Return the cells of all values."""
        return ((1 << len(self.starts)) - 1) << 1

    def below(self, value: Any) -> int:
        """Return the cells of the values smaller than one that begins a cell; of all values for None."""
        return self.present if value is None else ((1 << bisect_left(self.starts, value)) - 1) << 1

    def between(self, low: Any, high: Any) -> int:
        """Return the cells of the values from `low` up to and without `high`."""
        return self.below(high) & ~self.below(low)

    def bounds(self, cell: int) -> tuple[Any, Any]:
        """Return the smallest value of a cell, and that of the next one or None."""
        return self.starts[cell - 1], self.starts[cell] if cell < len(self.starts) else None


def domain(kind: ConstantType, found: Iterable[Term]) -> Domain:
    """Return the coarsest domain of a property whose cells no comparison among `found` cuts."""
    if kind == "boolean":
        return Domain(kind, (False, True))
    lowest: Any = EARLIEST if kind == "date_time" else -sys.float_info.max if kind == "number" else ""
    cuts = {lowest}
    for term in found:
        for constant in constants(term):
            cuts.update(_cuts(term, constant))
    cuts.discard(None)
    return Domain(kind, tuple(sorted(cuts)))


def _cuts(term: Term, constant: Constant) -> tuple[Any, ...]:
    if constant.type == "null":
        return ()
    if isinstance(term, Match):
        text = str(constant.value)
        return (text, after_prefix(text)) if term.function == "startswith" else ()
    operator = "eq" if isinstance(term, In) else term.operator
    if operator in ("lt", "ge"):
        return (constant.value,)
    return (successor(constant),) if operator in ("gt", "le") else (constant.value, successor(constant))


def cells(domain: Domain, term: Term) -> int:
    """Return the cells that make a comparison true; `contains` and `endswith` are not made of cells."""
    if isinstance(term, In):
        found = 0
        for constant in term.constants:
            found |= _equal(domain, constant)
        return found
    if isinstance(term, Match):
        text = str(term.constant.value)
        return domain.between(text, after_prefix(text))
    return _compared(domain, term)


def _compared(domain: Domain, term: Compare) -> int:
    constant = term.constant
    if constant.type == "null":
        return MISSING if term.operator == "eq" else domain.present
    match term.operator:
        case "eq":
            return _equal(domain, constant)
        case "ne":
            return domain.present & ~_equal(domain, constant)
        case "lt":
            return domain.below(constant.value)
        case "ge":
            return domain.present & ~domain.below(constant.value)
        case "le":
            return domain.below(successor(constant))
        case "gt":
            return domain.present & ~domain.below(successor(constant))


def _equal(domain: Domain, constant: Constant) -> int:
    if domain.type == "boolean":
        return 4 if constant.value else 2
    return domain.between(constant.value, successor(constant))


def successor(constant: Constant) -> Any:
    """Return the smallest value greater than a literal, or None if there is none."""
    value: Any = constant.value
    if constant.type == "string":
        return f"{value}\0"
    if constant.type == "date_time":
        return value + 1 if value < LATEST else None
    return _next_number(value)


def _next_number(value: float) -> int | float | None:
    """Return the next integer of 64 bits or the next double, whichever comes first."""
    double = float(value)
    if not double > value:
        double = math.nextafter(double, math.inf)
    integer = math.floor(value) + 1
    if LOWEST_INTEGER <= integer <= HIGHEST_INTEGER and integer < double:
        return integer
    return double if math.isfinite(double) else None


def after_prefix(text: str) -> str | None:
    """Return the smallest text greater than all that begin with `text`, or None if there is none."""
    kept = text.rstrip("\U0010ffff")
    return kept[:-1] + chr(ord(kept[-1]) + 1) if kept else None
