"""Check who calls Appizer: an app's key as `Bearer`, the organization's as `X-API-Key` where apps are managed."""

from __future__ import annotations

from reconciler.sandbox.appizer.envelope import DetailedRefusal
from reconciler.sandbox.routing import Route
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.tokens import DEFAULT_USER, Caller, caller_of
from reconciler.sandbox.wire import Request

ORGANIZATION = "organization"


def authorize(sandbox: Sandbox, request: Request, route: Route) -> Caller:
    """The caller behind a request's key.

    Raises:
        Refusal: 401 without a key that is accepted, 403 where a read-only one would write.
    """
    if route.security == ORGANIZATION:
        key = request.headers.get("x-api-key", "").strip()
        caller = caller_of(sandbox.store, sandbox.options, key) if key else None
        if caller is None:
            raise DetailedRefusal(401, "INVALID_API_KEY", "Invalid or revoked API key", {})
    else:
        caller = _app_caller(sandbox, bearer_of(request))
    if route.writes and caller.access == "viewer":
        raise DetailedRefusal(403, "INSUFFICIENT_PERMISSIONS", "This API key may read and not write", {})
    return caller


def bearer_of(request: Request) -> str:
    """The key in the Authorization header, empty if there is none."""
    scheme, _, key = request.headers.get("authorization", "").strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _app_caller(sandbox: Sandbox, key: str) -> Caller:
    if not key:
        raise DetailedRefusal(401, "MISSING_AUTH", "Missing API key: send Authorization: Bearer YOUR_API_KEY", {})
    own = sandbox.store.connection.execute("SELECT deleted FROM appizer_apps WHERE api_key = ?", (key,)).fetchone()
    if own is not None:
        if own[0]:
            raise DetailedRefusal(401, "REVOKED_API_KEY", "This API key has been revoked", {})
        return Caller(DEFAULT_USER, "full")
    caller = caller_of(sandbox.store, sandbox.options, key)
    if caller is None:
        raise DetailedRefusal(401, "INVALID_API_KEY", "Invalid API key", {})
    return caller
