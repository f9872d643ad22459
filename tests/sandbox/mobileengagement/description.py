"""Read the vendor's own description: its operations, and its schemas as JSON Schema without references."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

_ROOT = Path(__file__).resolve().parents[3]
_SPEC = Path(os.environ.get("RECONCILER_SPECS", _ROOT.parent / "shared" / "specs")) / "mobile-engagement.swagger.json"

described = pytest.mark.skipif(not _SPEC.is_file(), reason="the specs folder is not present")

_FORMATS = jsonschema.FormatChecker([])


@_FORMATS.checks("date-time", ValueError)
def _is_date_time(text: object) -> bool:
    return not isinstance(text, str) or bool(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


@dataclass(frozen=True)
class Operation:
    """One operation: the parameters of its path are those of all its methods, too."""

    id: str
    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    responses: dict[str, Any]


def is_described() -> bool:
    return _SPEC.is_file()


@lru_cache
def operations() -> dict[str, Operation]:
    """Every operation by its id."""
    found = {}
    for path, item in _swagger()["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                parameters = tuple(
                    _resolved(one) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))
                )
                name = operation["operationId"]
                found[name] = Operation(name, method.upper(), path, parameters, operation["responses"])
    return found


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that a request is for; fixed segments count more, and are the same in any case."""
    parts = [unquote(part).lower() for part in path.split("/")]
    fits = [
        operation
        for operation in operations().values()
        if operation.method == method and _is_match(operation.path.lower().split("/"), parts)
    ]
    return min(fits, key=lambda operation: operation.path.count("{")) if fits else None


def check(value: Any, schema: dict[str, Any]) -> None:
    """Fail if a value is not what a schema of the description says; an object has no fields but those described."""
    jsonschema.validate(value, _closed(json.dumps(schema)), format_checker=_FORMATS)


def response_schema(operation: Operation, status: int) -> dict[str, Any] | None:
    """The schema of a reply; a status below 400 must be described."""
    if str(status) in operation.responses:
        return operation.responses[str(status)].get("schema")
    assert status >= 400, f"{operation.id} answered {status}, which is not described"
    return operation.responses["default"]["schema"]


@lru_cache
def _swagger() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(_SPEC.read_text())
    # The documentation has what the swagger's types leave out: null for what is not known, days as a number.
    for name, definition in loaded["definitions"].items():
        for part in definition.get("allOf", ()) if name.endswith("Criterion") else ():
            for field in ("name", "value") if "properties" in part else ():
                part["properties"].get(field, {}).pop("type", None)
    return loaded


def _is_match(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(
        part[:1] == "{" or part == given for part, given in zip(template, parts, strict=True)
    )


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        _, kind, name = schema["$ref"].split("/")
        schema = _swagger()[kind][name]
    return schema


@lru_cache
def _closed(written: str) -> dict[str, Any]:
    schema = json.loads(written)
    name = schema.get("$ref", "").rpartition("/")[2]
    found = _resolved(schema)
    if "discriminator" in found:
        return {"anyOf": [_closed(json.dumps(kind)) for kind in _kinds(name)]}
    merged = {key: held for key, held in found.items() if key not in ("allOf", "readOnly", "required")}
    properties, required = _properties(found)
    if properties:
        closed = {key: _closed(json.dumps(held)) for key, held in properties.items()}
        merged |= {"type": "object", "properties": closed, "additionalProperties": False, "required": required}
    for key in ("items", "additionalProperties"):
        if isinstance(merged.get(key), dict):
            merged[key] = _closed(json.dumps(merged[key]))
    return merged


def _properties(schema: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    properties, required = dict(schema.get("properties", {})), list(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        more, needed = _properties(_resolved(part))
        properties, required = more | properties, [*required, *needed]
    return properties, required


def _kinds(name: str) -> list[dict[str, Any]]:
    """What a discriminator chooses from: each with its own word for `type`."""
    return [
        {
            "allOf": found["allOf"][1:],
            "properties": {"type": {"enum": [found["x-ms-discriminator-value"]]}},
            "required": ["type"],
        }
        for found in _swagger()["definitions"].values()
        if {"$ref": f"#/definitions/{name}"} in found.get("allOf", ())
    ]
