"""Find what is wrong with a definition that parses: names, types, values, and whom it reaches."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.language.codes import check_code
from reconciler.language.literals import instant, number
from reconciler.language.nearest import nearest
from reconciler.language.problems import Problem
from reconciler.language.properties import ALIASES, DEVICE_PROPERTIES, Property
from reconciler.language.ranges import check_values
from reconciler.language.reach import check_reach
from reconciler.language.show import show_constant
from reconciler.language.syntax import Compare, Constant, Expr, Match, Term, constants, terms

_TYPES = {"string": "a text", "number": "a number", "boolean": "a boolean", "date_time": "a date-time", "null": "null"}
_SPELLED = {
    "string": "put it in single quotes: {quoted}",
    "number": "write a number, without quotes",
    "boolean": "write `true` or `false`",
    "date_time": "write a date-time without quotes, such as 2026-01-31T00:00:00Z",
}

_VERSION = re.compile(r"[vV]?[0-9]+(?:[._-][0-9]+)*")


def check(expr: Expr, properties: Mapping[str, Property]) -> tuple[Problem, ...]:
    """Return the findings about a definition, by their place in its text.

    Args:
        properties: the declared custom properties; the device properties need not be among them, and cannot be
        redefined.
    """
    found: list[Problem] = []
    for term in terms(expr):
        device = DEVICE_PROPERTIES.get(term.name)
        declared = device or properties.get(term.name)
        if declared is None:
            found.append(_unknown(term, properties))
        else:
            _check_term(term, declared, device is not None, found)
    if not any(problem.severity == "error" for problem in found):
        found.extend(check_reach(expr))
    return tuple(sorted(found, key=lambda problem: problem.offset)) if found else ()


def _check_term(term: Term, declared: Property, device: bool, found: list[Problem]) -> None:
    fitting = True
    for constant in constants(term):
        if constant.type not in {declared.type, "null"}:
            found.append(_wrong_type(term, constant, declared))
            fitting = False
    if not fitting:
        return
    if device:
        check_code(term, found)
    elif (
        declared.values is not None or declared.pattern or declared.minimum is not None or declared.maximum is not None
    ):
        check_values(term, declared, found)
    if isinstance(term, Compare) and term.operator not in ("eq", "ne"):
        _check_order(term, declared, found)


def _unknown(term: Term, properties: Mapping[str, Property]) -> Problem:
    meant = nearest(term.name, [*properties, *DEVICE_PROPERTIES, *ALIASES])
    hint = f"did you mean `{meant}`?" if meant else "declare it as a `CustomProperty`"
    message = f"`{term.name}` is neither a device property nor a declared custom property"
    return Problem("RC221", "error", message, hint, term.offset, term.length)


def _wrong_type(term: Term, constant: Constant, declared: Property) -> Problem:
    shown = show_constant(constant)
    if isinstance(term, Match):
        message = f"`{term.function}` works on texts, and `{term.name}` is {_TYPES[declared.type]}"
        return Problem(
            "RC222",
            "error",
            message,
            "compare it with `eq`, or with `lt`, `gt`, `le` or `ge`",
            term.offset,
            term.length,
        )
    message = f"`{term.name}` is {_TYPES[declared.type]}, and {shown} is {_TYPES[constant.type]}"
    unquoted = str(constant.value)
    hint = _SPELLED[declared.type].format(quoted=f"'{shown}'")
    if constant.type == "string" and unquoted and _reads_as(declared.type, unquoted):
        hint = f"write it without quotes: {unquoted.strip()}"
    return Problem("RC222", "error", message, hint, constant.offset, constant.length)


def _reads_as(wanted: str, text: str) -> bool:
    if wanted == "number":
        return number(text) is not None
    return (
        instant(text) is not None
        if wanted == "date_time"
        else wanted == "boolean" and text.lower() in ("true", "false")
    )


def _check_order(term: Compare, declared: Property, found: list[Problem]) -> None:
    if declared.type == "boolean":
        message = f"`{term.name}` is a boolean, which `{term.operator}` cannot order"
        found.append(
            Problem(
                "RC223", "error", message, "compare it with `eq` or `ne`", term.constant.offset, term.constant.length
            )
        )
    elif declared.type == "string" and _VERSION.fullmatch(text := str(term.constant.value)):
        found.append(_as_text(term, text))


def _as_text(term: Compare, text: str) -> Problem:
    message = f"`{term.name} {term.operator} '{text}'` compares text by character, so that '1.9' comes after '1.10'"
    hint = "list the versions with `in`, pick them with `startswith`, or declare a custom property of type `number`"
    return Problem("RC228", "warning", message, hint, term.constant.offset, term.constant.length)
