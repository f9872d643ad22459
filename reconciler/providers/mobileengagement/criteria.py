"""Compile an audience definition into the expression and criteria of Mobile Engagement.

Source: MSDN "Audience format" (mt683743) and the `*Criterion` of the official Swagger description, as the fact sheet
`mobile-engagement.md` tells it in §6 and §11. What a criterion says of a device without the information is not
documented; here it is false, and only JSON null in place of a text asks for such devices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, assert_never

from reconciler.language import (
    DEVICE_PROPERTIES,
    And,
    Compare,
    Constant,
    Expr,
    In,
    Match,
    Not,
    Or,
    Problem,
    Term,
    constants,
    ill_typed,
    instant_text,
    normalize,
    show_constant,
    span,
    terms,
    type_of,
    unsayable,
)

Criterion: TypeAlias = dict[str, Any]
"""`{"type": …}` with the properties of its type."""

DEVICE_CRITERIA: Mapping[str, str] = MappingProxyType(
    {
        "AppVersion": "application-version",
        "CarrierCountry": "carrier-country",
        "CarrierName": "carrier-name",
        "Language": "language",
        "Model": "device-model",
        "OemName": "device-manufacturer",
        "OsVersion": "firmware-version",
        "ScreenSize": "screen-size",
    }
)
"""The criterion of each device property: `{"type", "name": text | null}`."""

TAG_CRITERIA: Mapping[str, str] = MappingProxyType(
    {"string": "string-tag", "boolean": "boolean-tag", "number": "integer-tag", "date_time": "date-tag"}
)
"""The criterion of a custom property of each type: `{"type", "name", "value"}`, and `op` where it has an order."""

TAG_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,63}")
MAX_TAG_VALUE = 1_024
MAX_BYTES = 65_535

_PATTERNS = {"contains": "*{}*", "startswith": "{}*", "endswith": "*{}"}
_DAY = 86_400 * 1_000_000
_ZEROS = {"number": Constant("number", 0), "date_time": Constant("date_time", 0)}


def compile_audience(expression: Expr, types: Mapping[str, str]) -> tuple[dict[str, Any] | None, tuple[Problem, ...]]:
    """Return `{"expression": text, "criteria": {name: criterion}}`, or None and all that cannot be said.

    Both depend on the definition's normal form only. An audience without an expression would be everybody, so there is
    never one.

    Args:
        types: the declared types of the custom properties.
    """
    found = [problem for term in terms(expression) for problem in _problems(term, types)]
    if found:
        return None, tuple(found)
    compiling = _Compiling(types)
    audience = {"expression": compiling.expression(normalize(expression)).text(), "criteria": compiling.criteria}
    size = len(json.dumps(audience, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        message = f"the audience takes {size:,} bytes, and Mobile Engagement takes {MAX_BYTES:,}"
        return None, (Problem("RC234", "error", message, "split the audience", *span(expression)),)
    return audience, ()


def _problems(term: Term, types: Mapping[str, str]) -> Iterator[Problem]:
    ill = list(ill_typed(term, types))
    if ill:
        yield from ill
        return
    if term.name not in DEVICE_PROPERTIES and not TAG_NAME.fullmatch(term.name):
        hint = "name it with at most 64 letters, digits and `_`, a letter first"
        yield unsayable(term, f"`{term.name}` cannot be the name of a tag of Mobile Engagement", hint)
    text = type_of(term.name, types) == "string"
    if text and isinstance(term, Compare) and term.operator not in {"eq", "ne"}:
        hint = "list the texts with `in`, or pick them with `startswith`"
        yield unsayable(term.constant, "Mobile Engagement has no order of texts", hint)
    for constant in constants(term):
        reason = _text_problem(constant, term) if text else _value_problem(constant)
        if reason:
            yield unsayable(constant, *reason)


def _text_problem(constant: Constant, term: Term) -> tuple[str, str] | None:
    text = str(constant.value or "")
    if "*" in text or "?" in text:
        return "`*` and `?` are wildcards to Mobile Engagement, and cannot be escaped", "leave them out of the text"
    if len(text) > MAX_TAG_VALUE and term.name not in DEVICE_PROPERTIES:
        return f"a tag has at most {MAX_TAG_VALUE:,} characters, and this text {len(text):,}", "shorten the text"
    return None


def _value_problem(constant: Constant) -> tuple[str, str] | None:
    value = constant.value
    if constant.type == "number" and not isinstance(value, int):
        return f"a number of Mobile Engagement is whole and has 64 bits, not {value!r}", "compare with a whole number"
    if constant.type == "date_time" and isinstance(value, int) and value % _DAY:
        reason = f"Mobile Engagement knows days, not times of day such as {show_constant(constant)}"
        return reason, f"compare with a midnight of UTC, such as {instant_text(value - value % _DAY)}"
    return None


class _Said(NamedTuple):
    """An expression: its pieces, and the word between them."""

    joint: str
    pieces: tuple[str, ...]

    def text(self) -> str:
        return f" {self.joint} ".join(self.pieces)


def _joined(joint: str, parts: Iterable[_Said]) -> _Said:
    pieces: dict[str, None] = {}
    for part in parts:
        flat = part.joint == joint or len(part.pieces) == 1
        pieces.update(dict.fromkeys(part.pieces if flat else (f"({part.text()})",)))
    return _Said(joint, tuple(pieces))


class _Compiling:
    """The criteria named so far, and one method for each kind of thing said with them."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self.types = types
        self.criteria: dict[str, Criterion] = {}
        self.names: dict[tuple[object, ...], str] = {}
        self.numbered: dict[str, int] = {}

    def expression(self, expr: Expr) -> _Said:
        """Say a normal form, which has its negations at the comparisons."""
        match expr:
            case And(operands):
                return _joined("and", map(self.expression, operands))
            case Or(operands):
                return _joined("or", map(self.expression, operands))
            case Not(In(name, listed)):
                return _joined("and", [self.comparison(Compare(name, "ne", each)) for each in listed])
            case Not(Match() as operand):
                return self.present_and_not(operand.name, self.match(operand))
            case In(name, listed):
                return _joined("or", [self.comparison(Compare(name, "eq", each)) for each in listed])
            case Match():
                return self.match(expr)
            case Compare():
                return self.comparison(expr)
            case Not():
                raise AssertionError("a normal form negates nothing else")
            case _:
                assert_never(expr)

    def comparison(self, term: Compare) -> _Said:
        name, operator, constant = term[:3]
        kind = type_of(name, self.types)
        if constant.type == "null":
            return self.missing(name) if operator == "eq" else self.present(name)
        if kind == "string":
            equal = self.text(name, "", str(constant.value), str(constant.value))
            return equal if operator == "eq" else self.present_and_not(name, equal)
        if kind == "boolean":
            return self.boolean(name, constant.value is (operator == "eq"))
        if operator == "ne":
            return _joined("or", [self.ordered(name, "LT", constant), self.ordered(name, "GT", constant)])
        return self.ordered(name, operator.upper(), constant)

    def match(self, term: Match) -> _Said:
        text = str(term.constant.value)
        # The empty text is in every text: one `*`, where two might not be understood.
        return self.text(term.name, f"_{term.function}", text, _PATTERNS[term.function].format(text) if text else "*")

    def present_and_not(self, name: str, said: _Said) -> _Said:
        """A criterion is false where the information is missing, and so would its opposite be true there."""
        return _joined("and", [self.present(name), _Said("", (f"not {said.text()}",))])

    def missing(self, name: str) -> _Said:
        if type_of(name, self.types) == "string":
            return self.text(name, "_missing", "", None)
        return _Said("", (f"not ({self.present(name).text()})",))

    def present(self, name: str) -> _Said:
        kind = type_of(name, self.types)
        if kind == "string":
            return _Said("", (f"not {self.missing(name).text()}",))
        if kind == "boolean":
            return _joined("or", [self.boolean(name, True), self.boolean(name, False)])
        zero = _ZEROS[str(kind)]
        return _joined("or", [self.ordered(name, "LT", zero), self.ordered(name, "GE", zero)])

    def text(self, name: str, middle: str, ending: str, value: str | None) -> _Said:
        device = DEVICE_CRITERIA.get(name)
        criterion = {"type": device, "name": value} if device else {"type": "string-tag", "name": name, "value": value}
        return self.criterion(f"{name}{middle}_{ending}", criterion)

    def boolean(self, name: str, value: bool) -> _Said:
        return self.criterion(f"{name}_{str(value).lower()}", {"type": "boolean-tag", "name": name, "value": value})

    def ordered(self, name: str, op: str, constant: Constant) -> _Said:
        value = constant.value if constant.type == "number" else show_constant(constant)[:10]
        ending = str(value).replace("-", "minus", 1) if constant.type == "number" else value
        kind = TAG_CRITERIA[constant.type]
        return self.criterion(f"{name}_{op}_{ending}", {"type": kind, "name": name, "value": value, "op": op})

    def criterion(self, wanted: str, criterion: Criterion) -> _Said:
        """Return the criterion's name: `Plan_premium`, `Age_GE_18`; with a number where that is another's already."""
        key = tuple(criterion.values())
        if key not in self.names:
            stem = re.sub("[^a-zA-Z0-9]+", "_", wanted)[:100].strip("_")
            stem = name = stem[0].upper() + stem[1:]
            while name in self.criteria:
                self.numbered[stem] = self.numbered.get(stem, 1) + 1
                name = f"{stem}_{self.numbered[stem]}"
            self.names[key], self.criteria[name] = name, criterion
        return _Said("", (self.names[key],))
