"""Check who calls Mobile Engagement and which version is meant, and write its refusals (facts §2, §4)."""

from __future__ import annotations

import json
from typing import Literal, cast

from reconciler.sandbox.routing import Route
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.tokens import DEFAULT_USER, Caller, caller_of, digest_of
from reconciler.sandbox.wire import Refusal, Reply, Request, json_reply, query_of

API_VERSION = "2014-12-01"
_JSON = ("*/*", "application/*", "application/json")


def authorize(sandbox: Sandbox, request: Request, route: Route) -> Caller:
    """The caller behind the Bearer token; whoever asks for a token needs none.

    Raises:
        Refusal: 401 without a token that is accepted, 403 where a read-only one would write, 400 for the version.
    """
    if route.security == "none":
        return Caller(DEFAULT_USER, "full")
    caller = _caller(sandbox, request)
    if route.writes and caller.access == "viewer":
        raise Refusal(403, "AuthorizationFailed", "The client does not have authorization to perform the action")
    version = query_of(request).get("api-version")
    if version is None:
        raise Refusal(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required")
    if version != API_VERSION:
        raise Refusal(400, "InvalidApiVersionParameter", f"The api-version '{version}' is not '{API_VERSION}'")
    return caller


def issue(sandbox: Sandbox, token: str, access: Literal["full", "viewer"]) -> float:
    """Accept a new token for a while; the moment at which it expires."""
    expires_at = sandbox.clock.now() + sandbox.options.token_seconds
    with transaction(sandbox.store) as connection:
        connection.execute(
            "INSERT INTO mobileengagement_tokens VALUES (?, ?, ?)", (digest_of(token), access, expires_at)
        )
    return expires_at


def refuse(refusal: Refusal) -> Reply:
    """Write a refusal as JSON."""
    told = {"error": {"code": refusal.code, "message": refusal.message}}
    return json_reply(refusal.status, told, refusal.headers)


def negotiate(request: Request, reply: Reply) -> Reply:
    """Errors are plain text unless the client says that it takes JSON (facts §2); the token endpoint's are JSON."""
    taken = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    if any(part in _JSON for part in taken):
        return reply
    message = str(json.loads(reply.body)["error"]["message"])
    kept = tuple(header for header in reply.headers if header[0] != "content-type")
    return Reply(reply.status, message.encode(), (("content-type", "text/plain; charset=utf-8"), *kept))


def _caller(sandbox: Sandbox, request: Request) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Refusal(401, "AuthenticationFailed", "The 'Authorization' header is missing, or has no Bearer token")
    row = sandbox.store.connection.execute(
        "SELECT access, expires_at FROM mobileengagement_tokens WHERE digest = ?", (digest_of(token),)
    ).fetchone()
    if row is not None and sandbox.clock.now() >= row[1]:
        raise Refusal(
            401, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time"
        )
    issued = None if row is None else Caller(DEFAULT_USER, cast('Literal["full", "viewer"]', row[0]))
    caller = issued or caller_of(sandbox.store, sandbox.options, token)
    if caller is None:
        raise Refusal(401, "InvalidAuthenticationToken", "The access token is invalid")
    return caller
