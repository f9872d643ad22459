"""Read an audience of Mobile Engagement back into our language: the way back of `criteria.py`.

The source is the same. A criterion is two-valued, so its opposite is true where the information is missing: `not Us`
is read as `CarrierCountry ne 'US' or CarrierCountry eq null`, and put together as a set of devices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from reconciler.language import (
    Compare,
    Constant,
    DefinitionError,
    Expr,
    Match,
    canonical_name,
    complement,
    instant,
    intersection,
    normalize,
    parse,
    show,
    union,
)
from reconciler.language.literals import whole
from reconciler.language.syntax import Function, Operator
from reconciler.providers.mobileengagement.criteria import DEVICE_CRITERIA, TAG_CRITERIA

_DEVICE_PROPERTIES = {criterion: name for name, criterion in DEVICE_CRITERIA.items()}
_TAG_TYPES = {criterion: type for type, criterion in TAG_CRITERIA.items()}
_OPERATORS: dict[str, Operator] = {"EQ": "eq", "LT": "lt", "GT": "gt", "LE": "le", "GE": "ge"}
_FUNCTIONS: dict[tuple[bool, bool], Function] = {
    (True, True): "contains",
    (False, True): "startswith",
    (True, False): "endswith",
}
_TOKEN = re.compile(r"[A-Za-z_0-9]+|\S")
_NAME = re.compile(r"[A-Z][A-Za-z_0-9]*")
_MAX_DEPTH = 64
_NULL = Constant("null", None)


class Definition(NamedTuple):
    """An audience in our language, in normal form, and the types of its custom properties."""

    expr: Expr
    types: Mapping[str, str]


class _UnsayableError(ValueError):
    """An audience that does not follow the grammar, or asks what our language cannot."""


def read_definition(audience: Mapping[str, Any]) -> Definition | None:
    """Return the definition that reaches the same devices as an `{"expression", "criteria"}`, whatever its filters.

    None where there is no such definition: places, feedback, segments, days relative to today, wildcards within a text,
    the network's type, tags whose names we cannot write. That a device is in the audience is kept; of one that is not,
    `evaluate` may say false or unknown.
    """
    expression, criteria = audience.get("expression"), audience.get("criteria")
    if not isinstance(expression, str) or not isinstance(criteria, Mapping):
        return None
    reading = _Reading(expression, criteria)
    try:
        expr = normalize(reading.whole())
        if parse(show(expr)) != expr:
            return None
    except (_UnsayableError, DefinitionError):
        return None
    return Definition(expr, reading.types)


def _refuse() -> NoReturn:
    raise _UnsayableError


class _Reading:
    """The place in the expression, and one method for each rule of its grammar."""

    def __init__(self, expression: str, criteria: Mapping[str, Any]) -> None:
        self.tokens = [*_TOKEN.findall(expression), ""]
        self.at = 0
        self.depth = 0
        self.criteria = criteria
        self.types: dict[str, str] = {}

    def whole(self) -> Expr:
        expr = self.either()
        return expr if not self.tokens[self.at] else _refuse()

    def take(self, token: str) -> bool:
        if self.tokens[self.at] != token:
            return False
        self.at += 1
        return True

    def either(self) -> Expr:
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return union(parts)

    def both(self) -> Expr:
        parts = [self.single()]
        while self.take("and"):
            parts.append(self.single())
        return intersection(parts)

    def single(self) -> Expr:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            _refuse()
        if self.take("not"):
            expr = complement(self.single())
        elif self.take("("):
            expr = self.either()
            if not self.take(")"):
                _refuse()
        else:
            expr = self.criterion(self.tokens[self.at])
            self.at += 1
        self.depth -= 1
        return expr

    def criterion(self, called: str) -> Expr:
        criterion = self.criteria.get(called)
        if not _NAME.fullmatch(called) or not isinstance(criterion, Mapping):
            _refuse()
        device = _DEVICE_PROPERTIES.get(str(criterion.get("type")))
        if device:
            return _text(device, criterion.get("name", _UnsayableError))
        kind, name = _TAG_TYPES.get(str(criterion.get("type"))), criterion.get("name")
        if kind is None or not isinstance(name, str) or canonical_name(name) in DEVICE_CRITERIA:
            _refuse()
        if self.types.setdefault(name, kind) != kind:
            _refuse()
        value = criterion.get("value", _UnsayableError)
        if kind == "string":
            return _text(name, value)
        if kind == "boolean":
            return Compare(name, "eq", Constant("boolean", value if isinstance(value, bool) else _refuse()))
        operator = _OPERATORS.get(str(criterion.get("op")))
        return Compare(name, operator or _refuse(), _whole_number(value) if kind == "number" else _day(value))


def _text(name: str, value: object) -> Expr:
    """Return the comparison of a text, in which a `*` may stand at either end."""
    if value is None:
        return Compare(name, "eq", _NULL)
    if not isinstance(value, str) or "?" in value:
        _refuse()
    if value == "*":
        return Compare(name, "ne", _NULL)
    before, after = value.startswith("*"), value.endswith("*")
    text = Constant("string", value[before : len(value) - after])
    if "*" in str(text.value):
        _refuse()
    return Match(name, _FUNCTIONS[before, after], text) if before or after else Compare(name, "eq", text)


def _whole_number(value: object) -> Constant:
    if not isinstance(value, int) or isinstance(value, bool) or not isinstance(whole(value), int):
        _refuse()
    return Constant("number", value)


def _day(value: object) -> Constant:
    moment = instant(f"{value}T00:00:00Z") if isinstance(value, str) else None
    return Constant("date_time", _refuse() if moment is None else moment)
