"""Check replies of the sandbox against the shapes in the fact sheet, where the specs folder is present."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import yaml

_ROOT = Path(__file__).resolve().parents[3]
_SPEC = Path(os.environ.get("RECONCILER_SPECS", _ROOT.parent / "shared" / "specs")) / "appizer.yaml"
_OPERATIONS = {
    ("POST", "audiences"): ("/audiences", "post", "2XX"),
    ("GET", "audiences"): ("/audiences", "get", "200"),
    ("POST", "events"): ("/events", "post", "200"),
    ("GET", "apps"): ("/apps", "get", None),
}
ENVELOPE = {"error", "message", "code", "details"}


def is_described() -> bool:
    return _SPEC.is_file()


@lru_cache
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_SPEC.read_text())
    return loaded


def check_reply(response: httpx.Response) -> None:
    """Fail if a reply has not exactly the fields that the sheet names for its operation."""
    response.read()
    path = response.request.url.path.removeprefix("/v1/")
    if path.startswith("/_sandbox"):
        return
    if response.status_code >= 400:
        check_refusal(response, path)
    elif is_described() and (response.request.method, path) in _OPERATIONS:
        where, method, status = _OPERATIONS[response.request.method, path]
        operation = spec()["paths"][where][method]
        told = (
            operation["description"]
            if status is None
            else operation["responses"][_key(operation, status)]["description"]
        )
        _check(response.json(), shape(told[told.index("{") :]))


def check_refusal(response: httpx.Response, path: str) -> None:
    body = response.json()
    if path.partition("/")[0] == "apps":
        assert set(body) == {"error"}
        return
    assert set(body) == ENVELOPE
    if is_described() and response.status_code < 500:
        assert body["code"] in spec()["x-errors"]["codes_seen"]
        assert response.status_code in {int(status) for status in spec()["x-errors"]["status"]}


def _key(operation: dict[str, Any], status: str) -> Any:
    return next(key for key in operation["responses"] if str(key) == status)


def shape(text: str) -> dict[str, Any]:
    """Read `{success, audiences:[{name}], pagination:{total}}`: names, each with the shape inside, or None."""
    words = re.findall(r"[a-z_]+|[{}]", text)
    found, end = _inside(words, 1)
    assert words[end - 1] == "}"
    return found


def _inside(words: list[str], at: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while words[at] != "}":
        if words[at] == "{":
            found[next(reversed(found))], at = _inside(words, at + 1)
        else:
            found[words[at]], at = None, at + 1
    return found, at + 1


def _check(value: Any, wanted: dict[str, Any]) -> None:
    for one in value if isinstance(value, list) else [value]:
        assert set(one) == set(wanted)
        for name, inside in wanted.items():
            if inside is not None:
                _check(one[name], inside)
