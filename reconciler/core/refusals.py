"""Say what a schema refuses of a single value: a code, a message and a hint for each keyword."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from reconciler.core.quote import listing, nearest, quote
from reconciler.core.words import example_words, form_words, found_words, number_hint, subject, wanted_words, written

Refusal = tuple[str, str, str]
"""Code, message, hint."""


def refusal(error: Any, name: str) -> Refusal:
    """Tell one of jsonschema's errors on a value that messages call `name`; a `writeOnly` value is never shown."""
    return _REFUSALS.get(error.validator, _unfit)(error, name)


def _type(error: Any, name: str) -> Refusal:
    schema, value = error.schema, error.instance
    is_secret, wanted = bool(schema.get("writeOnly")), wanted_words(error.validator_value)
    if schema.get("title") == "secret" and isinstance(value, str | int | float):
        hint = "put it into an environment variable and name that, `{env: NAME}`; then replace it, for it has been seen"
        return "RC114", f"{name} holds a secret in the open", hint
    if value is None:
        return "RC106", f"{name} is null", f"omit the field, or give {wanted}"
    hint = "" if is_secret else _type_hint(value, error.validator_value)
    return "RC105", f"{name} is {found_words(value, is_secret)}, but {wanted} is wanted", hint


def _type_hint(value: Any, types: str | list[str]) -> str:
    if isinstance(value, list | dict):
        return ""
    if "string" in types and not isinstance(value, str):
        return f"quote it: {quote(chr(34) + written(value) + chr(34))}"
    if "array" in types:
        return f"make it a list: {quote(f'[{written(value)}]')}"
    return number_hint(value, types) if isinstance(value, str) else ""


def _constant(error: Any, name: str) -> Refusal:
    wanted, value = error.validator_value, error.instance
    if name == "`apiVersion`":
        message = f"`apiVersion` is {quote(value)}, but this version reads {quote(wanted)}"
        return "RC101", message, f"write `apiVersion: {wanted}`"
    if name == "`kind`":
        return "RC102", f"the kind is {quote(value)}, but {quote(wanted)} is wanted here", f"write `kind: {wanted}`"
    return "RC107", f"{name} can only be {quote(wanted)}, not {quote(value)}", "write that, or leave the field out"


def _enumeration(error: Any, name: str) -> Refusal:
    allowed, value = [written(each) for each in error.validator_value], error.instance
    if name == "the key":
        where, other = subject(tuple(error.absolute_path)), error.schema["description"]
        message = f"{quote(value)} in {where} does not go with {other}"
        return "RC116", message, f"remove it: with that go {listing(allowed)}"
    near = nearest(value, allowed) if isinstance(value, str) else ""
    return "RC107", f"{name} cannot be {quote(value)}", near or f"write {listing(allowed, 'or')}"


def _length(error: Any, name: str) -> Refusal:
    limit = error.validator_value
    if not error.instance:
        return "RC108", f"{name} is empty", "give a text, or omit the field"
    side = "at most" if error.validator == "maxLength" else "at least"
    return "RC108", f"{name} is {len(error.instance)} characters long, but {side} {limit} are wanted", "mend its length"


def _pattern(error: Any, name: str) -> Refusal:
    schema: Mapping[str, Any] = error.schema
    value = "" if schema.get("writeOnly") else f"{quote(error.instance)}, which is "
    return "RC109", f"{name} is {value}not of the form it needs", f"write {form_words(schema)}{example_words(schema)}"


def _range(error: Any, name: str) -> Refusal:
    side = "less than the minimum" if error.validator == "minimum" else "more than the maximum"
    hint = f"give {error.validator_value} or {'more' if error.validator == 'minimum' else 'less'}"
    return "RC110", f"{name} is {quote(error.instance)}, {side} of {error.validator_value}", hint


def _empty(_error: Any, name: str) -> Refusal:
    return "RC111", f"{name} is empty", "give at least one entry"


def _unfit(_error: Any, name: str) -> Refusal:
    return "RC116", f"{name} does not go with this type", "remove it, or change the type"


_REFUSALS: Final[Mapping[str, Callable[[Any, str], Refusal]]] = {
    "type": _type,
    "const": _constant,
    "enum": _enumeration,
    "minLength": _length,
    "maxLength": _length,
    "pattern": _pattern,
    "minimum": _range,
    "maximum": _range,
    "minItems": _empty,
    "minProperties": _empty,
}
