"""Read the fields of a request body by rows that state type and limits; what does not fit is a 400."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from reconciler.sandbox.appizer.envelope import INVALID_REQUEST, DetailedRefusal, invalid
from reconciler.sandbox.routing import Call
from reconciler.sandbox.wire import Json, json_of

_TYPES: Mapping[str, type] = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its JSON type, whether it must be there, and within which bounds.

    `bounds` are the least and the most: of a string's characters, an array's entries, a number's value. An optional
    field that is null counts as left out, and so does an empty string where one is required.
    """

    name: str
    type: str = "string"
    required: bool = False
    bounds: tuple[int, int] | None = None
    choices: tuple[str, ...] = ()


def read_object(call: Call) -> dict[str, Json]:
    """The request's body, which must be a JSON object.

    Raises:
        Refusal: 400.
    """
    try:
        value = json_of(call.request.body)
    except ValueError as error:
        raise DetailedRefusal(400, INVALID_REQUEST, f"The body is not valid JSON: {error}", {}) from error
    if not isinstance(value, dict):
        raise DetailedRefusal(400, INVALID_REQUEST, "The body is not a JSON object", {})
    return value


def read_fields(value: Mapping[str, Json], fields: tuple[Field, ...], where: str = "") -> dict[str, Json]:
    """The given fields of an object, checked; those left out are None. Fields it does not know are ignored.

    Raises:
        Refusal: 400, naming the field after `where`.
    """
    return {field.name: _checked(field, value.get(field.name), where + field.name) for field in fields}


def text_of(fields: Mapping[str, Json], name: str) -> str:
    """A required string among checked fields."""
    return cast(str, fields[name])


def query_number(call: Call, name: str, default: int, bounds: tuple[int, int]) -> int:
    """A whole number of the query.

    Raises:
        Refusal: 400.
    """
    text = call.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and bounds[0] <= int(text) <= bounds[1]):
        raise invalid(name, f"{name} must be a whole number from {bounds[0]} to {bounds[1]}")
    return int(text)


def _checked(field: Field, held: Json, path: str) -> Json:
    if held is None or (field.required and isinstance(held, str) and not held.strip()):
        if field.required:
            raise invalid(path, f"Missing required field: {path}", "MISSING_FIELD")
        return None
    # A boolean is a number to Python.
    if not isinstance(held, _TYPES[field.type]) or (field.type == "integer" and isinstance(held, bool)):
        raise invalid(path, f"{path} must be of type {field.type}", "INVALID_TYPE")
    if field.bounds is not None and not field.bounds[0] <= _size(held) <= field.bounds[1]:
        told = {"string": "have {} to {} characters", "array": "have {} to {} entries"}.get(field.type, "be {} to {}")
        raise invalid(path, f"{path} must {told.format(*field.bounds)}")
    if field.choices and held not in field.choices:
        raise invalid(path, f"{path} must be one of {', '.join(field.choices)}")
    return held


def _size(held: Json) -> int:
    return held if isinstance(held, int) else len(cast("str | list[Json]", held))
