"""List the forms that one condition of criteria can have, each a pattern and what it becomes.

Values have no declared type: a literal is compared with properties of its own type, and one of another type counts as
missing. A comparison with a missing property is unknown; what asks whether there is something is never unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from reconciler.language import Compare, Constant, In, Match, Term, instant, instant_sql, json_column, where
from reconciler.language.literals import number
from reconciler.language.syntax import Function, Operator
from reconciler.sandbox.appizer.condition import Condition, joined

Form: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str]], Condition]]

_FLAGS = re.IGNORECASE | re.ASCII
_KEYWORD = r"(?!(?:and|or|not)(?![\w-]))"
_NAME = rf"(?P<name>{_KEYWORD}[A-Z_][\w-]*+)"
_TEXT = r"""'(?:[^']|'')*+'|"(?:[^"]|"")*+\""""
_VALUE = rf"""(?:{_TEXT}|{_KEYWORD}[^\s()'",=<>!]++)"""
_SPAN = r"(?P<number>\d{1,6}) (?P<unit>minute|hour|day|week)s?"
_WINDOW = rf"(?:(?:in|within|during) the (?:last|past)|within) {_SPAN}"
_END = r"(?=\s*+(?:\)|\Z|(?:and|or)(?![\w-])))"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_OPERATORS: Mapping[str, Operator] = {"=": "eq", "!=": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge"}
_FUNCTIONS: Mapping[str, Function] = {"contains": "contains", "starts": "startswith", "ends": "endswith"}
_BOUNDS = {
    "more than": ">", "at least": ">=", "exactly": "=", "at most": "<=", "less than": "<", "fewer than": "<",
}  # fmt: skip
_MICROSECONDS = {"minute": 60_000_000, "hour": 3_600_000_000, "day": 86_400_000_000, "week": 604_800_000_000}


class NotUnderstood(ValueError):
    """A part of criteria that is no condition; the message tells why, after the part itself."""


def _compared(found: re.Match[str]) -> Condition:
    operator, constant = _OPERATORS[found["operator"]], _constant(found["value"])
    if constant.type == "boolean" and operator not in ("eq", "ne"):
        raise NotUnderstood("puts true and false in an order, which they have not")
    return _term(Compare(found["name"], operator, constant))


def _listed(found: re.Match[str]) -> Condition:
    by_type: dict[str, list[Constant]] = {}
    for text in re.findall(_VALUE, found["values"], _FLAGS):
        constant = _constant(text)
        by_type.setdefault(constant.type, []).append(constant)
    return joined("OR", [_term(In(found["name"], tuple(constants))) for constants in by_type.values()])


def _matched(found: re.Match[str]) -> Condition:
    function = _FUNCTIONS[found["function"].lower().split()[0]]
    return _term(Match(found["name"], function, Constant("string", _text(found["value"]))))


def _known(found: re.Match[str]) -> Condition:
    """A property of whatever type is there; alone in its name's place, `email` asks the same as `email is set`."""
    is_missing = (found.groupdict().get("state") or "set").lower() == "missing"
    return Condition(f"(json_type(properties, '$.\"{found['name']}\"') IS {'' if is_missing else 'NOT '}NULL)", ())


def _dated(found: re.Match[str]) -> Condition:
    moment = _moment(_text(found["value"]))
    if moment is None:
        raise NotUnderstood("needs a date such as 2024-01-01, or a date-time such as 2024-01-01T00:00:00Z")
    operator: Operator = "lt" if found["side"].lower() == "before" else "gt"
    return _term(Compare(found["name"], operator, Constant("date_time", moment)))


def _recent(found: re.Match[str]) -> Condition:
    column = _column(found["name"], "date_time")
    return Condition(f"({column} BETWEEN now - ? AND now)", (_span(found),), is_timeless=False)


def _subscribed(found: re.Match[str]) -> Condition:
    """A flag; who has none is not subscribed."""
    return Condition(f"(coalesce({_column(found['name'], 'boolean')}, 0))", ())


def _tracked(found: re.Match[str]) -> Condition:
    """So many events of a name, at least one unless told otherwise, of all times unless told otherwise."""
    sign = _BOUNDS[" ".join((found["bound"] or "at least").lower().split())]
    times = int(found["times"] or 1)
    since, moment = ("", ()) if found["number"] is None else (" AND event.at >= now - ?", (_span(found),))
    counted = (
        "SELECT count(*) FROM appizer_events AS event WHERE event.app_id = appizer_users.app_id"
        f" AND event.user_id = appizer_users.user_id AND event.name = ?{since}"
    )
    return Condition(f"(({counted}) {sign} ?)", (_text(found["event"]), *moment, times), is_timeless=not since)


def _form(pattern: str, build: Callable[[re.Match[str]], Condition]) -> Form:
    """A blank in a pattern is one or more in the text."""
    return re.compile(r"\s*+" + pattern.replace(" ", r"\s++") + _END, _FLAGS), build


COMPARISONS: Sequence[Form] = (
    _form(rf"{_NAME}\s*+(?P<operator>[!<>]=|[=<>])\s*+(?P<value>{_VALUE})", _compared),
    _form(rf"{_NAME} in\s*+\(\s*+(?P<values>{_VALUE}(?:\s*+,\s*+{_VALUE})*+)\s*+\)", _listed),
    _form(rf"{_NAME} (?P<function>contains|starts with|ends with) (?P<value>{_VALUE})", _matched),
    _form(rf"{_NAME} is (?P<state>missing|set)", _known),
    _form(rf"{_NAME} (?P<side>before|after) (?P<value>{_VALUE})", _dated),
    _form(rf"{_NAME} {_WINDOW}", _recent),
)
"""What begins with the name of a property, whatever word that is."""

PHRASES: Sequence[Form] = (
    _form(rf"subscribed to {_NAME}", _subscribed),
    _form(
        rf"(?:completed|triggered|performed) (?:event(?:\s*+=\s*+| ))?(?P<event>{_VALUE})"
        rf"(?: (?P<bound>{'|'.join(_BOUNDS)}) (?P<times>\d{{1,9}}) times?)?(?: {_WINDOW})?",
        _tracked,
    ),
    _form(_NAME, _known),
)
"""What begins with a word of the language, and last the bare name of a property."""


def _term(term: Term) -> Condition:
    """A comparison, as `reconciler.language` means it."""
    constant = term.constants[0] if isinstance(term, In) else term.constant
    sql, parameters = where(term, {term.name: constant.type}, lambda name: _column(name, constant.type))
    return Condition(sql, parameters)


def _column(name: str, type: str) -> str:
    if type != "date_time":
        return json_column("properties", name, type)
    text = json_column("properties", name, "string")
    day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
    return instant_sql(f"(CASE WHEN {text} GLOB '{day}' THEN {text} || 'T00:00:00Z' ELSE {text} END)")


def _constant(text: str) -> Constant:
    if text[0] in "'\"":
        return Constant("string", _text(text))
    if text.lower() in ("true", "false"):
        return Constant("boolean", text.lower() == "true")
    figure, moment = number(text), _moment(text)
    if figure is not None:
        return Constant("number", figure)
    if moment is None and _DATE.match(text):
        raise NotUnderstood("has no such date, or a time without its zone")
    return Constant("string", text) if moment is None else Constant("date_time", moment)


def _text(value: str) -> str:
    quote = value[0]
    return value[1:-1].replace(quote * 2, quote) if quote in "'\"" else value


def _moment(text: str) -> int | None:
    return instant(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text)


def _span(found: re.Match[str]) -> int:
    return int(found["number"]) * _MICROSECONDS[cast(str, found["unit"]).lower()]
