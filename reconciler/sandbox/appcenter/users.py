"""Serve the profile of the user behind a token (facts §7)."""

from __future__ import annotations

from reconciler.sandbox.appcenter.bodies import Field, read_fields, read_object
from reconciler.sandbox.appcenter.seen import stable_id
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.tokens import Caller
from reconciler.sandbox.wire import Reply, json_reply

_DISPLAY_NAME = Field("display_name", length=(1, 200))


def read_user(sandbox: Sandbox, call: Call) -> Reply:
    """users_get."""
    return json_reply(200, _profile(sandbox, call.caller))


def update_user(sandbox: Sandbox, call: Call) -> Reply:
    """users_update: the display name is all that can be changed."""
    name = read_fields(read_object(call.request), (_DISPLAY_NAME,))["display_name"]
    if name is not None:
        with transaction(sandbox.store) as connection:
            connection.execute(
                "INSERT INTO appcenter_users VALUES (?, ?, ?)"
                " ON CONFLICT(name) DO UPDATE SET display_name = excluded.display_name",
                (call.caller.user, stable_id("user", call.caller.user), name),
            )
    return json_reply(200, _profile(sandbox, call.caller))


def display_name(sandbox: Sandbox, user: str) -> str:
    """What a user is called; the name itself until it is changed."""
    row = sandbox.store.connection.execute(
        "SELECT display_name FROM appcenter_users WHERE name = ?", (user,)
    ).fetchone()
    return user if row is None else str(row[0])


def permission(caller: Caller) -> str:
    """The role a caller has on every app: manager, or viewer with a read-only token."""
    return "manager" if caller.access == "full" else "viewer"


def _profile(sandbox: Sandbox, caller: Caller) -> dict[str, object]:
    return {
        "id": stable_id("user", caller.user),
        "name": caller.user,
        "display_name": display_name(sandbox, caller.user),
        "email": f"{caller.user}@sandbox.invalid",
        "can_change_password": False,
        "permissions": [permission(caller)],
        "origin": "appcenter",
    }
