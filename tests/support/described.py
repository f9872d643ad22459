"""Check exchanges with a backend against the vendor's own description: what was asked, and what was answered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import parse_qsl

import httpx

from tests.sandbox import conformance as appcenter
from tests.sandbox.appizer import conformance as appizer
from tests.sandbox.mobileengagement import description as azure
from tests.sandbox.mobileengagement.conftest import check_reply
from tests.support.stage import Exchange, Stage

_APPIZER = {("GET", "/v1/audiences"): {"app_id", "limit", "offset"}, ("POST", "/v1/audiences"): set[str]()}
_AUDIENCE = {"app_id", "name", "criteria", "description"}


def check_exchanges(stage: Stage) -> None:
    """Fail if a request or a reply of the stage is not as the vendor describes it; skips what no specs folder tells."""
    ours = {
        (each.method, each.path, each.query, each.body, each.status, each.reply): each
        for each in stage.exchanges
        if not each.path.endswith("/oauth2/token")
    }.values()
    match stage.provider:
        case "mobileengagement" if azure.is_described():
            _check_azure(ours)
        case "appizer":
            _check_appizer(ours)
        case "appcenter" if appcenter.is_described():
            for each in ours:
                appcenter.check_reply(_response(each))


def _response(each: Exchange) -> httpx.Response:
    request = httpx.Request(each.method, f"http://127.0.0.1{each.path}?{each.query}", content=each.body)
    headers = {name: value for name, value in each.reply_headers.items() if name != "content-encoding"}
    return httpx.Response(each.status, content=each.reply, headers=headers, request=request)


def _check_azure(exchanges: Iterable[Exchange]) -> None:
    for each in exchanges:
        operation = azure.operation_of(each.method, each.path)
        assert operation is not None, f"{each.method} {each.path} is not described"
        known = {one["name"]: one for one in operation.parameters if one["in"] == "query"}
        asked = dict(parse_qsl(each.query, keep_blank_values=True))
        assert asked.keys() <= known.keys(), f"{operation.id}: {each.query}"
        assert {name for name, one in known.items() if one.get("required")} <= asked.keys()
        assert asked["api-version"] == "2014-12-01"
        assert each.headers["accept"] == "application/json"
        assert each.headers["authorization"].startswith("Bearer ")
        bodies = [one for one in operation.parameters if one["in"] == "body"]
        assert bool(each.body) == bool(bodies), operation.id
        if bodies:
            assert each.headers["content-type"] == "application/json"
            azure.check(json.loads(each.body), bodies[0]["schema"])
        check_reply(_response(each))


def _check_appizer(exchanges: Iterable[Exchange]) -> None:
    for each in exchanges:
        assert (each.method, each.path) in _APPIZER, f"{each.method} {each.path} is not documented"
        assert dict(parse_qsl(each.query)).keys() == _APPIZER[each.method, each.path]
        if each.method == "POST":
            body = json.loads(each.body)
            assert {"app_id", "name", "criteria"} <= body.keys() <= _AUDIENCE
            assert all(isinstance(value, str) for value in body.values())
        assert each.headers["authorization"].startswith("Bearer ")
        appizer.check_reply(_response(each))
