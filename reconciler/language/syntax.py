"""The syntax tree of an audience definition: a closed union of immutable values.

Names are canonical, numbers and date-times are values (`1.0` is `1`, a date-time is microseconds since 1970 UTC), and
the place a term was read from takes no part in equality.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

Operator = Literal["eq", "ne", "lt", "gt", "le", "ge"]
Function = Literal["contains", "startswith", "endswith"]
ConstantType = Literal["string", "number", "boolean", "date_time", "null"]
Scalar: TypeAlias = str | int | float | bool | None
_Node = TypeVar("_Node", bound="tuple[Any, ...]")


def _compared_by(size: int) -> Callable[[type[_Node]], type[_Node]]:
    """Let nodes be equal if they are of one kind and equal in their first fields; the rest is their place."""

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
# As they stand, tuples of all kinds would be equal to each other.
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


@_compared_by(1)
class Not(NamedTuple):
    """`not operand`."""

    operand: Expr


@_compared_by(1)
class And(NamedTuple):
    """`operand and operand …`, two or more."""

    operands: tuple[Expr, ...]


@_compared_by(1)
class Or(NamedTuple):
    """`operand or operand …`, two or more."""

    operands: tuple[Expr, ...]


EQUALITY = frozenset(("eq", "ne"))
"""The operators that every type has."""

Term: TypeAlias = Compare | In | Match
Expr: TypeAlias = Compare | In | Match | Not | And | Or


def terms(expr: Expr) -> list[Term]:
    """Return the comparisons of a definition from left to right."""
    if isinstance(expr, (And, Or)):
        found: list[Term] = []
        for operand in expr.operands:
            if isinstance(operand, (Compare, In, Match)):
                found.append(operand)
            else:
                found.extend(terms(operand))
        return found
    return terms(expr.operand) if isinstance(expr, Not) else [expr]


def constants(term: Term) -> tuple[Constant, ...]:
    """Return the literals of one comparison."""
    return term.constants if isinstance(term, In) else (term.constant,)


def properties_of(expr: Expr) -> frozenset[str]:
    """Return the canonical names of all properties a definition asks about."""
    return frozenset(term.name for term in terms(expr))


def span(expr: Expr) -> tuple[int, int]:
    """Return the offset and length of the text an expression was read from, without the parentheses around it."""
    found = terms(expr)
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
