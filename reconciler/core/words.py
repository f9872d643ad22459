"""Words for the parts of a document and for the types of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reconciler.core.quote import quote
from reconciler.model.document import Path

_TYPES: Final = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def subject(path: Path) -> str:
    """A value by its way from the root, without `spec`: `target.devices[3]`."""
    if not path:
        return "the document"
    steps = path[1:] if path[0] == "spec" and len(path) > 1 else path
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return quote(text.removeprefix("."))


def wanted_words(types: str | list[str]) -> str:
    """What a schema's `type` asks for: "text or a number"."""
    words = [_TYPES[each] for each in ([types] if isinstance(types, str) else types)]
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


def found_words(value: Any, is_secret: bool = False) -> str:
    """What a value is: "the number `5`"; a secret's value is not shown."""
    match value:
        case None:
            return "null"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _ if is_secret:
            return "text" if isinstance(value, str) else "a number"
        case bool():
            return quote(value)
        case str():
            return f"the text {quote(value)}"
        case _:
            return f"the number {quote(value)}"


def type_hint(error: Any, is_secret: bool) -> str:
    """How to mend a value of the wrong type, where that is plain."""
    value, types = error.instance, error.validator_value
    if is_secret or isinstance(value, (list, dict)):
        return ""
    if "string" in types and not isinstance(value, str):
        return f"quote it: {quote(chr(34) + _written(value) + chr(34))}"
    if "array" in types:
        return f"make it a list: {quote(f'[{_written(value)}]')}"
    if isinstance(value, str) and types in ("integer", "number") and value.strip("+-").isdecimal():
        return f"leave the quotes out: {quote(value)}"
    if isinstance(value, str) and types == "boolean" and value in ("true", "false"):
        return f"leave the quotes out: {quote(value)}"
    return ""


def pattern_hint(schema: Mapping[str, Any]) -> str:
    """What a text must look like: the schema's description after its colon, and its first example."""
    wanted = str(schema.get("description", "")).partition(": ")[2].rstrip(".")
    examples = schema.get("examples") or ()
    example = examples[0].get("env") if examples and isinstance(examples[0], dict) else next(iter(examples), None)
    return f"write {wanted}" + (f", such as {quote(example)}" if example else "")


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
