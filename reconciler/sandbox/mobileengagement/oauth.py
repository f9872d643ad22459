"""Serve Azure Active Directory's token endpoint, as far as a service principal needs it (facts §2)."""

from __future__ import annotations

import hmac
import secrets
from typing import Literal
from urllib.parse import parse_qs

from reconciler.sandbox.mobileengagement.authority import issue
from reconciler.sandbox.options import SandboxOptions
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.wire import Reply, json_reply

_FIELDS = ("grant_type", "client_id", "client_secret", "resource")


def give_token(sandbox: Sandbox, call: Call) -> Reply:
    """`POST /{tenant}/oauth2/token`: a token for client credentials; its numbers are strings."""
    form = {name: held[0] for name, held in parse_qs(call.request.body.decode("utf-8", "replace")).items()}
    for name in _FIELDS:
        if not form.get(name):
            if name == "client_secret":
                return _error(401, "invalid_client", 70002, "The request body must contain: 'client_secret'")
            return _error(400, "invalid_request", 900144, f"The request body must contain: '{name}'")
    if form["grant_type"] != "client_credentials":
        return _error(400, "unsupported_grant_type", 70003, f"The grant type '{form['grant_type']}' is not supported")
    access = _access(sandbox.options, form["client_secret"])
    if access is None:
        return _error(401, "invalid_client", 7000215, "Invalid client secret is provided")
    token, now = secrets.token_urlsafe(48), int(sandbox.clock.now())
    expires_at = int(issue(sandbox, token, access))
    return json_reply(200, {
        "token_type": "Bearer",
        "expires_in": str(sandbox.options.token_seconds),
        "ext_expires_in": str(sandbox.options.token_seconds),
        "expires_on": str(expires_at),
        "not_before": str(now),
        "resource": form["resource"],
        "access_token": token,
    }, (("cache-control", "no-store"),))  # fmt: skip


def _access(options: SandboxOptions, secret: str) -> Literal["full", "viewer"] | None:
    """What a secret opens: with `--token` only that token does, and `--read-only-token` opens reading."""
    if options.read_only_token is not None and hmac.compare_digest(secret.encode(), options.read_only_token.encode()):
        return "viewer"
    is_open = options.token is None or hmac.compare_digest(secret.encode(), options.token.encode())
    return "full" if is_open else None


def _error(status: int, code: str, number: int, told: str) -> Reply:
    described = {"error": code, "error_description": f"AADSTS{number}: {told}", "error_codes": [number]}
    return json_reply(status, described)
