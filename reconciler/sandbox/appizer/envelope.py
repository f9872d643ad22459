"""Write Appizer's refusals: `error`, `message`, `code` and `details`; the operations on apps write `error` alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from http.client import responses

from reconciler.sandbox.wire import Headers, Json, Refusal, Reply, Request, json_reply

INVALID_REQUEST = "INVALID_REQUEST"
# What is refused outside of this folder (no such operation, faults, a limit of the command line) has other codes.
_CODES = {401: "INVALID_API_KEY", 403: "INSUFFICIENT_PERMISSIONS", 429: "RATE_LIMIT_EXCEEDED"}


class DetailedRefusal(Refusal):
    """A refusal with one of Appizer's own codes, and its `details`."""

    def __init__(
        self, status: int, code: str, message: str, details: Mapping[str, Json], headers: Headers = ()
    ) -> None:
        super().__init__(status, code, message, headers)
        self.details = dict(details)


def refuse(refusal: Refusal) -> Reply:
    """Write a refusal, whoever raised it."""
    error = responses.get(refusal.status, "Internal Server Error")  # a fault may have a status without a name
    told: dict[str, Json] = {"error": error, "message": refusal.message}
    if isinstance(refusal, DetailedRefusal):
        return json_reply(refusal.status, told | {"code": refusal.code, "details": refusal.details}, refusal.headers)
    code = _CODES.get(refusal.status, INVALID_REQUEST if refusal.status < 500 else "INTERNAL_ERROR")
    waits = [int(value) for name, value in refusal.headers if name == "retry-after"]
    details: dict[str, Json] = {"retry_after": waits[0]} if waits else {}
    return json_reply(refusal.status, told | {"code": code, "details": details}, refusal.headers)


def invalid(field: str, message: str, code: str = INVALID_REQUEST) -> DetailedRefusal:
    """A 400 that names the field."""
    return DetailedRefusal(400, code, message, {"field": field})


def not_found(message: str, details: Mapping[str, Json]) -> DetailedRefusal:
    """A 404; none of the documented codes is for it, so it has the widest."""
    return DetailedRefusal(404, INVALID_REQUEST, message, details)


def negotiate(request: Request, reply: Reply) -> Reply:
    """Make a refusal of an operation on apps, by whomever, `{error}` alone; the others stay as they are."""
    if request.path.partition("/v1/")[2].partition("/")[0] != "apps":
        return reply
    return replace(reply, body=json_reply(reply.status, {"error": json.loads(reply.body)["message"]}).body)
