"""Check literals against the values, the pattern and the range a custom property declares."""

from __future__ import annotations

import re

from reconciler.language.literals import instant
from reconciler.language.nearest import nearest
from reconciler.language.problems import Problem
from reconciler.language.properties import Property
from reconciler.language.show import show_constant
from reconciler.language.syntax import Compare, Constant, Match, Scalar, Term, constants


def check_values(term: Term, declared: Property, found: list[Problem]) -> None:
    """Add a finding for every literal that no allowed value of the property can equal, contain or lie beyond."""
    if isinstance(term, Match):
        if declared.values is not None and not any(_fits(term, str(value)) for value in declared.values):
            message = f"no declared value of `{term.name}` makes `{term.function}(…, '{term.constant.value}')` true"
            found.append(_problem(message, _listed(declared), term.constant))
    elif isinstance(term, Compare) and term.operator not in ("eq", "ne"):
        _check_beyond(term, declared, found)
    else:
        for constant in constants(term):
            if constant.type != "null" and (finding := _outside(term.name, constant, declared)):
                found.append(finding)


def _fits(term: Match, value: str) -> bool:
    text = str(term.constant.value)
    if term.function == "contains":
        return text in value
    return value.startswith(text) if term.function == "startswith" else value.endswith(text)


def _outside(name: str, constant: Constant, declared: Property) -> Problem | None:
    value = constant.value
    if declared.values is not None and value not in [_value(one, declared) for one in declared.values]:
        texts = [one for one in declared.values if isinstance(one, str)]
        meant = nearest(value, texts) if isinstance(value, str) else None
        hint = f"did you mean '{meant}'?" if meant else _listed(declared)
        return _problem(f"{show_constant(constant)} is not a declared value of `{name}`", hint, constant)
    if declared.pattern and isinstance(value, str) and not _follows(declared.pattern, value):
        return _problem(
            f"{show_constant(constant)} does not follow the pattern of `{name}`",
            f"the pattern is `{declared.pattern}`",
            constant,
        )
    low, high = _bounds(declared)
    if isinstance(value, (int, float)) and ((low is not None and value < low) or (high is not None and value > high)):
        return _problem(
            f"{show_constant(constant)} is outside the declared range of `{name}`", _range(declared), constant
        )
    return None


def _check_beyond(term: Compare, declared: Property, found: list[Problem]) -> None:
    """Add a finding for an ordering that no value in the declared range can satisfy."""
    low, high = _bounds(declared)
    value = term.constant.value
    if not isinstance(value, (int, float)):
        return
    above = high is not None and (value >= high if term.operator == "gt" else term.operator == "ge" and value > high)
    below = low is not None and (value <= low if term.operator == "lt" else term.operator == "le" and value < low)
    if above or below:
        message = f"no value in the declared range of `{term.name}` is `{term.operator}` {show_constant(term.constant)}"
        found.append(_problem(message, _range(declared), term.constant))


def _follows(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True  # a broken pattern is a finding about the property, not about every definition that uses it


def _bounds(declared: Property) -> tuple[int | float | None, int | float | None]:
    return _bound(_value(declared.minimum, declared)), _bound(_value(declared.maximum, declared))


def _bound(value: Scalar) -> int | float | None:
    return value if isinstance(value, (int, float)) else None


def _value(declared: object, property: Property) -> Scalar:
    if property.type == "date_time":
        return instant(str(declared))
    return declared if isinstance(declared, (str, int, float, bool)) else None


def _listed(declared: Property) -> str:
    listed = [f"'{value}'" if isinstance(value, str) else str(value) for value in declared.values or ()]
    return f"the declared values are {', '.join(listed[:8])}{' …' if len(listed) > 8 else ''}"


def _range(declared: Property) -> str:
    if declared.minimum is None:
        return f"it is at most {declared.maximum}"
    return f"it is at least {declared.minimum}" + (
        "" if declared.maximum is None else f" and at most {declared.maximum}"
    )


def _problem(message: str, hint: str | None, constant: Constant) -> Problem:
    return Problem("RC224", "error", message, hint, constant.offset, constant.length)
