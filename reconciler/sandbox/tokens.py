"""Say who a token speaks for, and what it may do; only digests of tokens are stored."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from reconciler.sandbox.options import SandboxOptions
from reconciler.sandbox.store import Store

DEFAULT_USER = "sandbox"


@dataclass(frozen=True, slots=True)
class Caller:
    """The user behind a request, and whether they may change things."""

    user: str
    access: Literal["full", "viewer"]


def digest_of(token: str) -> str:
    """What is stored of a token."""
    return sha256(token.encode()).hexdigest()


def caller_of(store: Store, options: SandboxOptions, token: str) -> Caller | None:
    """The caller whose token this is, or None if it is not accepted.

    Without `options.token` every token is, but for one that was made here and deleted since.
    """
    if _same(token, options.read_only_token):
        return Caller(DEFAULT_USER, "viewer")
    if _same(token, options.token):
        return Caller(DEFAULT_USER, "full")
    found = store.connection.execute(
        "SELECT user, scope, revoked FROM tokens WHERE digest = ?", (digest_of(token),)
    ).fetchone()
    if found is None:
        return Caller(DEFAULT_USER, "full") if options.token is None else None
    user, scope, revoked = found
    return None if revoked else Caller(user, "full" if scope == "all" else "viewer")


def _same(token: str, expected: str | None) -> bool:
    return expected is not None and hmac.compare_digest(token.encode(), expected.encode())
