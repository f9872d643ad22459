"""Read the fields of a request body by rows that state type and limits; what does not fit is a 400."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.sandbox.wire import Json, Refusal, Request, json_of

_TYPES: Mapping[str, type] = {"string": str, "boolean": bool, "object": dict, "array": list}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its JSON type, whether it must be there, its length.

    The length counts characters of strings, entries of arrays and objects. `items` is the JSON type of every entry of
    an array or object. An optional field that is null counts as left out.
    """

    name: str
    type: str = "string"
    required: bool = False
    length: tuple[int, int] = (0, 1_000_000)
    items: str | None = None
    choices: tuple[str, ...] = ()
    check: Callable[[str], bool] | None = None


def bad_request(message: str) -> Refusal:
    """A 400, with the code the swagger has for it."""
    return Refusal(400, "BadRequest", message)


def read_object(request: Request) -> dict[str, Json]:
    """The request's body, which must be a JSON object.

    Raises:
        Refusal: 400.
    """
    try:
        value = json_of(request.body)
    except ValueError as error:
        raise bad_request(f"The body is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_request("The body is not a JSON object")
    return value


def read_fields(value: Mapping[str, Json], fields: tuple[Field, ...], where: str = "") -> dict[str, Json]:
    """The given fields of an object, checked; those left out, or null, are None. Fields it does not know are ignored.

    Raises:
        Refusal: 400, naming the field after `where`.
    """
    return {field.name: _checked(field, value.get(field.name), where + field.name) for field in fields}


def _checked(field: Field, held: Json, path: str) -> Json:
    if held is None:
        if field.required:
            raise bad_request(f"The {path} field is required")
        return None
    if not isinstance(held, _TYPES[field.type]):
        raise bad_request(f"The {path} field must be of type {field.type}")
    if isinstance(held, str | list | dict) and not field.length[0] <= len(held) <= field.length[1]:
        raise bad_request(_length_message(field, path, len(held)))
    if isinstance(held, str) and field.choices and held not in field.choices:
        raise bad_request(f"The {path} field must be one of {', '.join(field.choices)}")
    if isinstance(held, str) and field.check is not None and not field.check(held):
        raise bad_request(f"The {path} field has a wrong format")
    if field.items is not None:
        _check_items(field, held, path)
    return held


def _check_items(field: Field, held: Json, path: str) -> None:
    entries = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    if not all(isinstance(entry, _TYPES[field.items or "string"]) for entry in entries):
        raise bad_request(f"Every entry of {path} must be of type {field.items}")


def _length_message(field: Field, path: str, length: int) -> str:
    unit = "characters" if field.type == "string" else "entries"
    low, high = field.length
    return f"The {path} field must have {f'at least {low}' if length < low else f'at most {high}'} {unit}, not {length}"
