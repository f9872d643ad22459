"""Words for the parts of a document and for the types of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from reconciler.core.quote import listing, quote
from reconciler.model.document import Path

_TYPES: Final = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
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
    return ", or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


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


def number_hint(text: str, types: str | list[str]) -> str:
    """How to write what was quoted but is no text."""
    is_number = types in ("integer", "number") and text.strip("+-").isdecimal()
    is_truth = types == "boolean" and text in ("true", "false")
    return f"leave the quotes out: {quote(text)}" if is_number or is_truth else ""


def alternatives(groups: Sequence[Sequence[str]]) -> str:
    """Groups of fields of which one is wanted: "`token`, or `tenant` and `client_id`"."""
    if all(len(group) == 1 for group in groups):
        return listing(chain.from_iterable(groups), "or")
    return ", or ".join(listing(group) for group in groups)


def form_words(schema: Mapping[str, Any]) -> str:
    """What a text must look like: what the schema's description says after its colon."""
    return str(schema.get("description", "")).partition(": ")[2].rstrip(".") or "another text"


def example_words(schema: Mapping[str, Any]) -> str:
    """The first example that a schema gives, if that is a text: ", such as `premium-us`"."""
    example = next(iter(schema.get("examples") or ()), None)
    return f", such as {quote(example)}" if isinstance(example, str) else ""


def written(value: Any) -> str:
    """A scalar as YAML has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
