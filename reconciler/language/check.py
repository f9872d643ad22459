"""Find what is wrong with a definition that parses: names, types, values, and whom it reaches."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.language.codes import CODED, check_code
from reconciler.language.literals import instant, number
from reconciler.language.nearest import nearest
from reconciler.language.problems import Problem
from reconciler.language.properties import ALIASES, DEVICE_PROPERTIES, Property
from reconciler.language.ranges import check_values
from reconciler.language.reach import check_reach
from reconciler.language.show import show_constant
from reconciler.language.syntax import EQUALITY, Compare, Constant, Expr, Match, Term, constants, terms

_TYPES = {"string": "a text", "number": "a number", "boolean": "a boolean", "date_time": "a date-time", "null": "null"}
_SPELLED = {
    "string": "put it in single quotes: {quoted}",
    "number": "write a number, without quotes",
    "boolean": "write `true` or `false`",
    "date_time": "write a date-time without quotes, such as 2026-01-31T00:00:00Z",
}

_ORDERED = frozenset(("number", "date_time"))
"""The types whose order is what people expect of it."""

# A plain dictionary answers faster than the read-only view of it.
_DEVICE = dict(DEVICE_PROPERTIES)
_VERSION = re.compile(r"[vV]?[0-9]+(?:[._-][0-9]+)*")


def check(expr: Expr, properties: Mapping[str, Property]) -> tuple[Problem, ...]:
    """Return the findings about a definition, by their place in its text.

    Args:
        properties: the declared custom properties; the device properties need not be among them, and cannot be
        redefined.
    """
    found: list[Problem] = []
    asked = terms(expr)
    for term in asked:
        declared = _DEVICE.get(term.name) or properties.get(term.name)
        if declared is None:
            found.append(_unknown(term, properties))
        elif (
            isinstance(term, Compare)
            and term.constant.type == declared.type
            and (term.operator in EQUALITY or declared.type in _ORDERED)
        ):
            # The common case takes the short way.
            if declared.limits is not None or term.name in CODED:
                _check_allowed(term, declared, found)
        else:
            _check_term(term, declared, found)
    if not found:
        return tuple(check_reach(expr, asked))
    if all(problem.severity == "warning" for problem in found):
        found.extend(check_reach(expr, asked))
    return tuple(sorted(found, key=lambda problem: problem.offset))


def _check_term(term: Term, declared: Property, found: list[Problem]) -> None:
    wrong = [constant for constant in constants(term) if constant.type not in {declared.type, "null"}]
    if wrong:
        found.extend(_wrong_type(term, constant, declared) for constant in wrong)
        return
    _check_allowed(term, declared, found)
    if isinstance(term, Compare) and term.operator not in EQUALITY:
        _check_order(term, declared, found)


def _check_allowed(term: Term, declared: Property, found: list[Problem]) -> None:
    """Check the values of literals that have the property's type."""
    if term.name in CODED:
        check_code(term, found)
    elif declared.limits is not None:
        check_values(term, declared, declared.limits, found)


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
