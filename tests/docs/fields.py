"""The fields of a kind, read from its JSON Schema: one row each, nested fields by their path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.validate import schema

Schema = Mapping[str, Any]
Row = tuple[str, str, str]


def fields_table(kind: str) -> list[Row]:
    """The rows of `metadata` and `spec` of a kind: path, value, description."""
    root = schema(kind)
    return [
        row
        for name in ("metadata", "spec")
        for row in _rows(root, _resolved(root, root["properties"][name]), name, is_needed=True)
    ]


def _rows(root: Schema, here: Schema, path: str, *, is_needed: bool) -> Iterator[Row]:
    if path not in ("metadata", "spec"):
        needed = " **needed**" if is_needed else ""
        yield f"`{path}`", _value(root, here) + needed, " ".join(str(here.get("description", "")).split())
    if not _is_reference(here):
        yield from _inner_rows(root, here, path)


def _inner_rows(root: Schema, here: Schema, path: str) -> Iterator[Row]:
    """The rows of what a mapping holds, or each entry of a list or of a mapping with keys of one's own."""
    for name, inner in here.get("properties", {}).items():
        is_needed = name in here.get("required", ())
        yield from _rows(root, _resolved(root, inner), f"{path}.{name}", is_needed=is_needed)
    if "items" in here:
        yield from _inner_rows(root, _resolved(root, here["items"]), f"{path}[]")
    inner = here.get("additionalProperties")
    if isinstance(inner, Mapping) and path != "spec.environments.<alias>.apps":
        key = here.get("propertyNames", {}).get("$ref", "").rpartition("/")[2] or "key"
        yield from _inner_rows(root, _resolved(root, inner), f"{path}.<{key}>")


def _resolved(root: Schema, here: Schema) -> Schema:
    """A schema with what its `$ref` names beneath it."""
    while "$ref" in here:
        target: Any = root
        for step in str(here["$ref"]).removeprefix("#/").split("/"):
            target = target[step]
        here = {**target, **{name: value for name, value in here.items() if name != "$ref"}}
    return here


def _is_reference(here: Schema) -> bool:
    return set(here.get("properties", {})) == {"env"}


def _value(root: Schema, here: Schema) -> str:
    words = _words(root, here)
    if "default" in here:
        words += f", `{_shown(here['default'])}` if absent"
    return words


def _words(root: Schema, here: Schema) -> str:
    if "const" in here:
        return f"`{_shown(here['const'])}`"
    if "enum" in here:
        return "one of " + ", ".join(f"`{_shown(each)}`" for each in here["enum"])
    types = here["type"] if isinstance(here.get("type"), list) else [here.get("type", "")]
    return " or ".join(_type(root, here, each) for each in types)


def _type(root: Schema, here: Schema, name: str) -> str:
    if name == "array":
        return f"list of {_words(root, _resolved(root, here.get('items', {'type': 'string'})))}"
    if name == "object":
        inner = here.get("additionalProperties")
        if _is_reference(here):
            return "`{env: NAME}`"
        if isinstance(inner, Mapping):
            return (
                "mapping"
                if "properties" in _resolved(root, inner)
                else f"mapping to {_words(root, _resolved(root, inner))}"
            )
        return "mapping"
    return {"string": "text", "integer": "whole number", "boolean": "`true` or `false`"}.get(name, name) + _bounds(here)


def _bounds(here: Schema) -> str:
    least, most = here.get("minimum"), here.get("maximum")
    if least is not None and most is not None:
        return f" from {least} to {most}"
    return f" from {least}" if least is not None else ""


def _shown(value: object) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
