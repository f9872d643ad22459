"""Hold what the account API tells about one app."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.sandbox.appcenter.seen import is_user, stable_id
from reconciler.sandbox.appcenter.users import display_name, permission
from reconciler.sandbox.clock import iso
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import Store, forget_cached, transaction
from reconciler.sandbox.tokens import Caller
from reconciler.sandbox.wire import Refusal

_COLUMNS = (
    "owner, name, id, secret, display_name, description, release_type, icon_url, os, platform, created_at, updated_at"
)
_TABLES = ("appcenter_apps", "appcenter_blocked", "appcenter_audiences", "appcenter_notifications", "appcenter_configs",
           "appcenter_exports", "custom_properties", "devices")  # fmt: skip


@dataclass(frozen=True, slots=True)
class App:
    """A row of the apps; times are seconds since the epoch."""

    owner: str
    name: str
    id: str
    secret: str
    display_name: str
    description: str | None
    release_type: str | None
    icon_url: str | None
    os: str
    platform: str
    created_at: float
    updated_at: float


def app_of(store: Store, app: int) -> App:
    """The app of that number."""
    return App(*store.connection.execute(f"SELECT {_COLUMNS} FROM appcenter_apps WHERE app_id = ?", (app,)).fetchone())


def apps_of(store: Store, owner: str | None, order: str) -> list[App]:
    """The apps of an owner, or all, sorted by a column."""
    rows = store.connection.execute(
        f"SELECT {_COLUMNS} FROM appcenter_apps WHERE ? IS NULL OR owner = ? ORDER BY {order}", (owner, owner)
    )
    return [App(*row) for row in rows]


def rename_app(sandbox: Sandbox, app: int, coordinate: str) -> None:
    """Give an app a new address.

    Raises:
        Refusal: 409 if another app has it.
    """
    with transaction(sandbox.store) as connection:
        taken = connection.execute("SELECT id FROM apps WHERE coordinate = ?", (coordinate,)).fetchone()
        if taken is not None and taken[0] != app:
            raise Refusal(409, "Conflict", f"The app '{coordinate}' already exists")
        connection.execute("UPDATE apps SET coordinate = ? WHERE id = ?", (coordinate, app))
        connection.execute("UPDATE appcenter_apps SET name = ? WHERE app_id = ?", (coordinate.partition("/")[2], app))
    forget_cached(sandbox.store)


def delete_app(sandbox: Sandbox, app: int) -> None:
    """Remove an app and all that hangs on it but the record of what was delivered."""
    with transaction(sandbox.store) as connection:
        for table in _TABLES:
            connection.execute(f"DELETE FROM {table} WHERE app_id = ?", (app,))
        connection.execute("DELETE FROM apps WHERE id = ?", (app,))
    forget_cached(sandbox.store)


def write_app(sandbox: Sandbox, caller: Caller, app: App) -> dict[str, object]:
    """An `AppResponse`; what is unset is left out."""
    optional = {"description": app.description, "release_type": app.release_type, "icon_url": app.icon_url}
    told: dict[str, object] = {
        "id": app.id,
        "name": app.name,
        "display_name": app.display_name,
        "os": app.os,
        "platform": app.platform,
        "owner": _owner(sandbox, app.owner),
        "app_secret": app.secret,
        "origin": "appcenter",
        "created_at": iso(app.created_at),
        "updated_at": iso(app.updated_at),
        "member_permissions": [permission(caller)],
    }
    return told | {name: held for name, held in optional.items() if held is not None}


def _owner(sandbox: Sandbox, owner: str) -> dict[str, object]:
    if is_user(sandbox, owner):
        name = display_name(sandbox, owner)
        email = f"{owner}@sandbox.invalid"
        return {"id": stable_id("user", owner), "name": owner, "display_name": name, "email": email, "type": "user"}
    row = sandbox.store.connection.execute(
        "SELECT display_name FROM appcenter_orgs WHERE name = ?", (owner,)
    ).fetchone()
    name = owner if row is None else row[0]
    return {"id": stable_id("org", owner), "name": owner, "display_name": name, "type": "org"}
