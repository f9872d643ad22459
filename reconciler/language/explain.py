"""Lay a definition out as a tree of words for a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

from reconciler.language.properties import DEVICE_PROPERTIES, Property
from reconciler.language.show import show
from reconciler.language.syntax import And, Compare, Expr, In, Match, Not, Or


@dataclass(frozen=True, slots=True)
class Explained:
    """One line of the tree: an operator with its parts, or a comparison with its property's type.

    `origin` tells whether the property is the device's, declared by the project, or unknown; it is None for an
    operator.
    """

    kind: Literal["and", "or", "not", "term"]
    text: str
    parts: tuple[Explained, ...] = ()
    property: str | None = None
    type: str | None = None
    origin: Literal["device", "custom", "unknown"] | None = None


def explain_tree(expr: Expr, properties: Mapping[str, Property]) -> Explained:
    """Return the tree of a definition, with the types of its properties."""
    match expr:
        case Compare() | In() | Match():
            return _term(expr.name, show(expr), properties)
        case Not(operand):
            return Explained("not", show(expr), (explain_tree(operand, properties),))
        case And(operands):
            return Explained("and", show(expr), tuple(explain_tree(operand, properties) for operand in operands))
        case Or(operands):
            return Explained("or", show(expr), tuple(explain_tree(operand, properties) for operand in operands))
        case _:
            assert_never(expr)


def _term(name: str, text: str, properties: Mapping[str, Property]) -> Explained:
    if name in DEVICE_PROPERTIES:
        return Explained("term", text, (), name, DEVICE_PROPERTIES[name].type, "device")
    declared = properties.get(name)
    if declared is None:
        return Explained("term", text, (), name, None, "unknown")
    return Explained("term", text, (), name, declared.type, "custom")
