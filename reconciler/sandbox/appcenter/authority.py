"""Check who calls App Center, and write its refusals (facts §1, §2)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

from reconciler.sandbox.appcenter.ingestion import app_of_secret
from reconciler.sandbox.routing import Route
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.tokens import Caller, caller_of
from reconciler.sandbox.wire import Refusal, Reply, Request, json_reply


def authorize(sandbox: Sandbox, request: Request, route: Route) -> Caller:
    """The caller behind `X-API-Token`; behind HTTP Basic for the operations on tokens; behind `App-Secret` for logs.

    Raises:
        Refusal: 401 without a token that is accepted, 403 where a read-only one would write.
    """
    caller = _CALLERS[route.security](sandbox, request)
    if caller is None:
        raise Refusal(401, "Unauthorized", "Unauthorized")
    if route.writes and caller.access == "viewer":
        raise Refusal(403, "Forbidden", "Forbidden")
    return caller


def refuse(refusal: Refusal) -> Reply:
    """Write a refusal: nested, but for the gateway's flat 403 (seen in the wild, appcenter-docs#499)."""
    told = {"code": refusal.code, "message": refusal.message}
    if refusal.status == 403:
        return json_reply(403, {"message": refusal.message, "code": refusal.code}, refusal.headers)
    return json_reply(refusal.status, {"error": told}, refusal.headers)


def _token(sandbox: Sandbox, request: Request) -> Caller | None:
    token = request.headers.get("x-api-token", "").strip()
    return caller_of(sandbox.store, sandbox.options, token) if token else None


def _secret(sandbox: Sandbox, request: Request) -> Caller | None:
    """An app speaks for itself; its number stands for a user's name."""
    app = app_of_secret(sandbox.store, request.headers.get("app-secret", ""))
    return None if app is None else Caller(str(app), "full")


def _basic(sandbox: Sandbox, request: Request) -> Caller | None:
    """A user's name and password: any password, or with `--token` that token."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    try:
        user, colon, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:
        return None
    if scheme.lower() != "basic" or not (user and colon and password) or "/" in user:
        return None
    if sandbox.options.token is None:
        return Caller(user, "full")
    caller = caller_of(sandbox.store, sandbox.options, password)
    return None if caller is None else Caller(user, caller.access)


_CALLERS: Mapping[str, Callable[[Sandbox, Request], Caller | None]] = {
    "token": _token,
    "basic": _basic,
    "secret": _secret,
}
