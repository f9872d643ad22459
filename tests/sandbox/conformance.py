"""Check replies of the sandbox against the vendor's own description, where the specs folder is present."""

from __future__ import annotations

import json
import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import jsonschema

_ROOT = Path(__file__).resolve().parents[2]
_SPEC = Path(os.environ.get("RECONCILER_SPECS", _ROOT.parent / "shared" / "specs")) / "appcenter.swagger.json"
_FORMATS = jsonschema.FormatChecker(["uuid"])


@_FORMATS.checks("date-time", ValueError)
def _is_date_time(text: object) -> bool:
    return bool(datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S.%fZ"))


_ERROR = {"$ref": "#/definitions/ErrorResponse"}


def is_described() -> bool:
    """True if the vendor's description is there."""
    return _SPEC.is_file()


def operations() -> set[tuple[str, str]]:
    """Every method and path of the description."""
    return {
        (method.upper(), path)
        for path, found in _swagger()["paths"].items()
        for method in found
        if method != "parameters"
    }


def check_reply(response: httpx.Response) -> None:
    """Fail if a reply is not what the description says for its operation and status."""
    response.read()
    path = response.request.url.raw_path.decode().partition("?")[0].removeprefix("/api")
    if not is_described() or path.startswith("/_sandbox") or path == "/logs":
        return
    if response.status_code == 403:
        assert response.json() == {"message": "Forbidden", "code": "Forbidden"}
        return
    schema = _response_schema(response.request.method, path, response.status_code)
    if schema is None or response.request.method == "HEAD":
        assert response.content == b""
    else:
        jsonschema.validate(response.json(), schema, format_checker=_FORMATS)


@lru_cache
def _swagger() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(_SPEC.read_text())
    return loaded


@lru_cache
def _response_schema(method: str, path: str, status: int) -> dict[str, Any] | None:
    operation = _operation(method, path)
    if operation is None:
        return _closed(_ERROR)
    responses = operation["responses"]
    if str(status) in responses and status == 404 and method != "HEAD":
        return _closed(_ERROR)  # described without a schema; a body that tells the error does no harm
    if str(status) in responses:
        schema = responses[str(status)].get("schema")
        return None if schema is None else _closed(schema)
    assert status >= 400, f"{method} {path} answered {status}, which is not described"
    return _closed(responses.get("default", {"schema": _ERROR})["schema"])


def _operation(method: str, path: str) -> dict[str, Any] | None:
    parts = [unquote(part) for part in path.split("/")]
    fits = [
        (template.count("{"), found[method.lower()])
        for template, found in _swagger()["paths"].items()
        if method.lower() in found and _is_match(template.split("/"), parts)
    ]
    return min(fits, key=lambda fit: fit[0])[1] if fits else None


def _is_match(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(
        part[:1] == "{" or part == given for part, given in zip(template, parts, strict=True)
    )


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its references resolved, in which an object has no fields but those described."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        found = _swagger()["definitions"][name]
        return {"oneOf": [_closed(kind) for kind in _kinds(name)]} if "discriminator" in found else _closed(found)
    merged = {key: held for key, held in schema.items() if key != "allOf"}
    properties = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        found = _swagger()["definitions"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        merged["required"] = sorted({*merged.get("required", ()), *found.get("required", ())})
        properties = dict(_merged(found)) | properties
    if properties:
        merged |= {"type": "object", "properties": {key: _closed(held) for key, held in properties.items()}}
        merged["additionalProperties"] = False
    if "items" in schema:
        merged["items"] = _closed(schema["items"])
    return merged


def _merged(schema: dict[str, Any]) -> dict[str, Any]:
    inherited: dict[str, Any] = {}
    for part in schema.get("allOf", ()):
        inherited |= _merged(_swagger()["definitions"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part)
    return {**inherited, **schema.get("properties", {})}


def _kinds(name: str) -> list[dict[str, Any]]:
    derived = []
    for found in _swagger()["definitions"].values():
        if {"$ref": f"#/definitions/{name}"} in found.get("allOf", ()):
            value = found["x-ms-discriminator-value"]
            derived.append(found | {"properties": found.get("properties", {}) | {"type": {"enum": [value]}}})
    return derived
