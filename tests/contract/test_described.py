"""Every request that our provider makes is one that the vendor's own description knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import jsonschema
import pytest

from reconciler.cli.main import run
from tests.sandbox import conformance
from tests.support.project import audience, custom_property, notification, phone
from tests.support.shop import Shop

pytestmark = pytest.mark.skipif(not conformance.is_described(), reason="the vendor's description is not here")


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[httpx.Request]]:
    """The requests that this process makes meanwhile."""
    made: list[httpx.Request] = []
    original = httpx.HTTPTransport.handle_request

    def handle(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        made.append(request)
        return original(self, request)

    with monkeypatch.context() as patched:
        patched.setattr(httpx.HTTPTransport, "handle_request", handle)
        yield made


def parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    swagger = conformance._swagger()
    return [
        swagger["parameters"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for each in operation.get("parameters", ())
    ]


def check(request: httpx.Request) -> str:
    """Fail if a request is not as described; its method and the end of its path."""
    raw, _, query = request.url.raw_path.decode().partition("?")
    path = raw.removeprefix("/api")
    operation = conformance._operation(request.method, path)
    assert operation is not None, f"{request.method} {path} is not described"
    described = parameters(operation)
    known = {each["name"] for each in described if each["in"] == "query"}
    asked = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    # A link to the next page is followed as the backend gave it, under whatever name.
    assert asked - {"$token", "$skiptoken"} <= known, f"{request.method} {path}?{query}"
    assert {each["name"] for each in described if each["in"] == "query" and each.get("required")} <= asked
    bodies = [each for each in described if each["in"] == "body"]
    content = request.read()
    if content:
        assert bodies, f"{request.method} {path} takes no body"
        jsonschema.validate(json.loads(content), conformance._closed(bodies[0]["schema"]))
        assert request.headers["Content-Type"] == "application/json"
    else:
        assert not any(each.get("required") for each in bodies)
    assert request.headers["X-API-Token"] == "test"
    return f"{request.method} {operation['operationId']}"


WALK = [
    [],
    [audience("a b", description="x"), audience("c", enabled=False)],
    [audience("a b", "AppVersion eq '1'"), audience("c", "plan eq 'x' and age gt 3")],
    [audience("a b")],
]


def test_every_request_is_as_the_vendor_describes_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("APPCENTER_TOKEN", "test")
    monkeypatch.setenv("RECONCILER_LOCAL_LEDGER", "accept")
    monkeypatch.chdir(tmp_path)
    shop.seed("US")
    properties = [custom_property("plan"), custom_property("age", "number")]
    targets: list[dict[str, Any]] = [
        {"everyone": True},
        {"audiences": ["a b"]},
        {"devices": [phone(number) for number in range(101)]},
        {"users": ["ann"]},
        {"accounts": ["x"]},
    ]
    sends = [notification(f"n{index}", target) for index, target in enumerate(targets)]
    sends[0]["spec"]["content"] = {"title": "t", "body": "b", "data": {"k": "v"}}
    command = ["-q", "--project", str(shop.folder)]
    with recorded(monkeypatch) as made:
        for documents in WALK:
            shop.declare(*properties, *documents)
            assert run([*command, "apply", "--auto-approve", "--allow-deletes"]) == 0
        shop.declare(*properties, audience("a b"), *sends)
        shop.break_("POST", "/push/notifications", "drop-after", nth=2)
        assert run([*command, "apply", "--auto-approve"]) == 0
        assert run([*command, "sends", "rebuild"]) == 0
        assert run([*command, "doctor"]) == 0
    ours = [request for request in made if "/_sandbox/" not in request.url.path]
    kinds = {check(request) for request in ours}
    assert len([kind for kind in kinds if kind.startswith("POST")]) == 2
    assert len(kinds) >= 10, kinds
