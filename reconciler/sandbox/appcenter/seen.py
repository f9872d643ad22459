"""Make apps, and the orgs that own them, exist from their first use."""

from __future__ import annotations

import uuid
from hashlib import sha256

from reconciler.sandbox.appcenter.bodies import bad_request
from reconciler.sandbox.devices import app_id
from reconciler.sandbox.population import os_of
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.tokens import DEFAULT_USER

VENDOR = "appcenter"
_PLATFORMS = {"Android": "Java", "iOS": "Objective-C-Swift"}


def seen_app(sandbox: Sandbox, call: Call) -> int:
    """The number of the app in the path.

    Raises:
        Refusal: 400 if owner or app is empty, or holds a slash.
    """
    return use_app(sandbox, call.parameters["owner_name"], call.parameters["app_name"])


def use_app(sandbox: Sandbox, owner: str, name: str) -> int:
    """The number of an app, which exists from now on if it did not before, as does the org that owns it."""
    coordinate = f"{owner}/{name}"
    known = sandbox.store.vendor_ids.get((VENDOR, coordinate))
    if known is not None:
        return known
    if not owner or not name or coordinate.count("/") != 1:
        raise bad_request("Owner and app names have at least one character, and no slash")
    app = app_id(sandbox.store, sandbox.seed, coordinate, sandbox.clock.now())
    _describe(sandbox, app, owner, name)
    sandbox.store.vendor_ids[VENDOR, coordinate] = app
    return app


def is_user(sandbox: Sandbox, owner: str) -> bool:
    """True if the owner is a person; every other owner is an org."""
    found = sandbox.store.connection.execute("SELECT 1 FROM appcenter_users WHERE name = ?", (owner,)).fetchone()
    return owner == DEFAULT_USER or found is not None


def _describe(sandbox: Sandbox, app: int, owner: str, name: str) -> None:
    now, os = sandbox.clock.now(), os_of(f"{owner}/{name}")
    row = (app, owner, name, stable_id("app", f"{owner}/{name}"), str(uuid.uuid4()), name, os, _PLATFORMS[os], now, now)
    with transaction(sandbox.store) as connection:
        connection.execute(
            "INSERT OR IGNORE INTO appcenter_apps"
            "(app_id, owner, name, id, secret, display_name, os, platform, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        if not is_user(sandbox, owner):
            org = (owner, stable_id("org", owner), owner, now, now)
            connection.execute("INSERT OR IGNORE INTO appcenter_orgs VALUES (?, ?, ?, ?, ?)", org)


def stable_id(kind: str, name: str) -> str:
    """A UUID that is the same for the same name, in every sandbox."""
    return str(uuid.UUID(bytes=sha256(f"{kind}/{name}".encode()).digest()[:16], version=4))
