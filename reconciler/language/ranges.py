"""Check literals against the values, the pattern and the range a custom property declares."""

from __future__ import annotations

import re

from reconciler.language.evaluate import matches
from reconciler.language.literals import whole
from reconciler.language.nearest import nearest
from reconciler.language.problems import Problem
from reconciler.language.properties import Limits, Property, PropertyType
from reconciler.language.show import show_constant
from reconciler.language.syntax import EQUALITY, Compare, Constant, Expr, In, Match, Or, Term, constants

_KINDS: dict[PropertyType, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "date_time": (int,),
}
"""How the literals of each type are held."""


def declared_values(name: str, declared: Property) -> list[Expr]:
    """Return what is true of every device whose value is a declared one, or missing; the pattern is left out."""
    limits, missing = declared.limits, Compare(name, "eq", Constant("null", None))
    if limits is None:
        return []
    low, high = _constant(declared, limits.low), _constant(declared, limits.high)
    values = [_constant(declared, value) for value in limits.allowed or ()]
    listed = tuple(value for value in values if value)
    found: list[Term] = [Compare(name, "ge", low)] if low else []
    if high:
        found.append(Compare(name, "le", high))
    if listed and len(listed) == len(values):
        found.append(In(name, listed))
    return [Or((term, missing)) for term in found]


def _constant(declared: Property, value: object) -> Constant | None:
    """Return a declared value as the literal it equals, or None if it is of another type than the property."""
    if not isinstance(value, (str, int, float)) or type(value) not in _KINDS[declared.type]:
        return None
    literal = whole(value) if isinstance(value, float) else value
    return None if literal is None else Constant(declared.type, literal)


def check_values(term: Term, declared: Property, limits: Limits, found: list[Problem]) -> None:
    """Add a finding for every literal that no allowed value of the property can equal, contain or lie beyond."""
    if isinstance(term, Match):
        if limits.allowed is not None and not any(matches(term, str(value)) for value in limits.allowed):
            message = f"no declared value of `{term.name}` makes `{term.function}(…, '{term.constant.value}')` true"
            found.append(_problem(message, _listed(declared), term.constant))
    elif isinstance(term, Compare) and term.operator not in EQUALITY:
        if _is_beyond(term, limits):
            message = (
                f"no value in the declared range of `{term.name}` is `{term.operator}` {show_constant(term.constant)}"
            )
            found.append(_problem(message, _range(declared), term.constant))
    else:
        for constant in constants(term):
            if not _is_within(constant, limits):
                found.append(_outside(term.name, constant, declared, limits))


def _is_beyond(term: Compare, limits: Limits) -> bool:
    """Tell whether an ordering is one that no value in the declared range can satisfy."""
    value, low, high = term.constant.value, limits.low, limits.high
    if not isinstance(value, (int, float)):
        return False
    match term.operator:
        case "gt":
            return high is not None and value >= high
        case "ge":
            return high is not None and value > high
        case "lt":
            return low is not None and value <= low
        case _:
            return low is not None and value < low


def _is_within(constant: Constant, limits: Limits) -> bool:
    value = constant.value
    if value is None:
        return True
    if limits.allowed is not None and value not in limits.allowed:
        return False
    if isinstance(value, str):
        return not limits.pattern or _follows(limits.pattern, value)
    return (limits.low is None or value >= limits.low) and (limits.high is None or value <= limits.high)


def _follows(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True  # a broken pattern is a finding about the property, not about every definition that uses it


def _outside(name: str, constant: Constant, declared: Property, limits: Limits) -> Problem:
    value, shown = constant.value, show_constant(constant)
    if limits.allowed is not None and value not in limits.allowed:
        texts = [one for one in limits.allowed if isinstance(one, str)]
        meant = nearest(value, texts) if isinstance(value, str) else None
        hint = f"did you mean '{meant}'?" if meant else _listed(declared)
        return _problem(f"{shown} is not a declared value of `{name}`", hint, constant)
    if isinstance(value, str):
        return _problem(
            f"{shown} does not follow the pattern of `{name}`", f"the pattern is `{limits.pattern}`", constant
        )
    return _problem(f"{shown} is outside the declared range of `{name}`", _range(declared), constant)


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
