"""The syntax tree of an audience definition: a closed union of immutable values.

Names are canonical, numbers and date-times are values (`1.0` is `1`, a date-time is microseconds since 1970 UTC), and
the place a term was read from takes no part in equality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

Operator = Literal["eq", "ne", "lt", "gt", "le", "ge"]
Function = Literal["contains", "startswith", "endswith"]
ConstantType = Literal["string", "number", "boolean", "date_time", "null"]
Scalar: TypeAlias = str | int | float | bool | None
_Node = TypeVar("_Node", bound="tuple[Any, ...]")


def _compared_by(size: int) -> Callable[[type[_Node]], type[_Node]]:
    """Leave what follows the first fields of a node, its place in the text, out of equality."""

    def decorate(cls: type[_Node]) -> type[_Node]:
        def equal(self: _Node, other: object) -> bool:
            return type(other) is cls and self[:size] == other[:size]

        def unequal(self: _Node, other: object) -> bool:
            return not equal(self, other)

        def hashed(self: _Node) -> int:
            return hash((cls, self[:size]))

        for name, method in (("__eq__", equal), ("__ne__", unequal), ("__hash__", hashed)):
            setattr(cls, name, method)
        return cls

    return decorate


# Named tuples, because a parse makes two nodes for each term, and a frozen dataclass takes twice as long to make.
@_compared_by(2)
class Constant(NamedTuple):
    """A literal: its type and its value (for a date_time, microseconds since 1970 UTC)."""

    type: ConstantType
    value: Scalar
    offset: int = 0
    length: int = 0


@_compared_by(3)
class Compare(NamedTuple):
    """`name operator constant`; `null` stands only after `eq` and `ne`."""

    name: str
    operator: Operator
    constant: Constant
    offset: int = 0
    length: int = 0


@_compared_by(2)
class In(NamedTuple):
    """`name in (constant, …)`, at least one and none of them `null`."""

    name: str
    constants: tuple[Constant, ...]
    offset: int = 0
    length: int = 0


@_compared_by(3)
class Match(NamedTuple):
    """`function(name, 'text')`."""

    name: str
    function: Function
    constant: Constant
    offset: int = 0
    length: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class And:
    """`operand and operand …`, two or more."""

    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """`operand or operand …`, two or more."""

    operands: tuple[Expr, ...]


Term: TypeAlias = Compare | In | Match
Expr: TypeAlias = Compare | In | Match | Not | And | Or


def terms(expr: Expr) -> Iterator[Term]:
    """Yield the comparisons of a definition from left to right."""
    if isinstance(expr, (And, Or)):
        for operand in expr.operands:
            if isinstance(operand, (Compare, In, Match)):
                yield operand
            else:
                yield from terms(operand)
    elif isinstance(expr, Not):
        yield from terms(expr.operand)
    else:
        yield expr


def constants(term: Term) -> tuple[Constant, ...]:
    """Return the literals of one comparison."""
    return term.constants if isinstance(term, In) else (term.constant,)


def properties_of(expr: Expr) -> frozenset[str]:
    """Return the canonical names of all properties a definition asks about."""
    return frozenset(term.name for term in terms(expr))


def span(expr: Expr) -> tuple[int, int]:
    """Return the offset and length of the text an expression was read from, without the parentheses around it."""
    found = list(terms(expr))
    last = max(constants(found[-1]), key=lambda constant: constant.offset)
    start = found[0].offset
    return start, max(last.offset + last.length, found[-1].offset + found[-1].length) - start


def depth(expr: Expr) -> int:
    """Return how many operators lie within one another, the outermost and a `not` before a comparison left out."""
    match expr:
        case And(operands) | Or(operands):
            return max(depth(operand) + isinstance(operand, (And, Or)) for operand in operands)
        case Not(operand) if isinstance(operand, (And, Or, Not)):
            return depth(operand) + 1 + isinstance(operand, (And, Or))
        case _:
            return 0
