"""Make apps exist from their first use, and find the app of a request that names none."""

from __future__ import annotations

import json
import secrets

from reconciler.sandbox.appizer.authority import bearer_of
from reconciler.sandbox.appizer.bodies import Field, read_fields
from reconciler.sandbox.appizer.envelope import invalid, not_found
from reconciler.sandbox.clock import iso
from reconciler.sandbox.devices import app_id
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.tokens import digest_of
from reconciler.sandbox.wire import Json

VENDOR = "appizer"
_APP_ID = (Field("app_id"),)


def use_app(sandbox: Sandbox, coordinate: str) -> int:
    """The number of an app, which exists from now on if it did not before.

    Raises:
        Refusal: 400 if it cannot be the id of an app, 404 if the app was deleted.
    """
    known = sandbox.store.vendor_ids.get((VENDOR, coordinate))
    if known is not None:
        return known
    if "/" in coordinate or not coordinate.strip():
        raise invalid("app_id", "app_id must have at least one character, and no slash")
    app = app_id(sandbox.store, sandbox.seed, coordinate, sandbox.clock.now())
    _describe(sandbox, app, coordinate)
    found = sandbox.store.connection.execute("SELECT deleted FROM appizer_apps WHERE app_id = ?", (app,)).fetchone()
    if found[0]:
        raise not_found("App ID not found", {"app_id": coordinate})
    sandbox.store.vendor_ids[VENDOR, coordinate] = app
    return app


def app_of_body(sandbox: Sandbox, call: Call, body: dict[str, Json]) -> int:
    """The app of an event or a user: that of the optional `app_id`, else the one that the key belongs to.

    Raises:
        Refusal: as `use_app` does.
    """
    named = read_fields(body, _APP_ID)["app_id"]
    return use_app(sandbox, named if isinstance(named, str) else _app_of_key(sandbox, bearer_of(call.request)))


def moment(seconds: float) -> str:
    """Write an instant as Appizer does: `2024-01-15T10:30:00Z`."""
    return iso(seconds)[:19] + "Z"


def _app_of_key(sandbox: Sandbox, key: str) -> str:
    """The app that was made with this key; every other key has one of its own, always the same."""
    own = sandbox.store.connection.execute("SELECT id FROM appizer_apps WHERE api_key = ?", (key,)).fetchone()
    return f"app_{digest_of(key)[:12]}" if own is None else str(own[0])


def _describe(sandbox: Sandbox, app: int, coordinate: str) -> None:
    now, settings = sandbox.clock.now(), json.dumps({"name": coordinate[:100]})
    row = (app, coordinate, f"ak_{secrets.token_hex(16)}", f"as_{secrets.token_hex(16)}", settings, now, now)
    with transaction(sandbox.store) as connection:
        connection.execute(
            "INSERT OR IGNORE INTO appizer_apps(app_id, id, api_key, api_secret, settings, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )
