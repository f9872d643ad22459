"""Keep the users of an app: a user is a `user_id`, with the properties of its devices and those posted of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from reconciler.sandbox.appizer.condition import Condition
from reconciler.sandbox.appizer.forms import NotUnderstood
from reconciler.sandbox.device import DEVICE_PROPERTIES
from reconciler.sandbox.devices import version_of
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import Store, transaction
from reconciler.sandbox.wire import Json

_REPORTED = "json_object(" + ", ".join(f"'{name}', {name}" for name in DEVICE_PROPERTIES) + ")"
# Without a property `country` of its own a device's country is its carrier's. json_patch drops what is NULL.
_OF_DEVICE = f"json_patch(json_patch(json_object('country', CarrierCountry), custom_properties), {_REPORTED})"
_FROM_DEVICES = f"""
INSERT INTO appizer_users(app_id, user_id, devices)
SELECT app_id, user_id, {_OF_DEVICE} FROM devices WHERE app_id = ? AND user_id IS NOT NULL ORDER BY last_seen, seq
ON CONFLICT(app_id, user_id) DO UPDATE SET devices = json_patch(devices, excluded.devices)"""
_POSTED = """
INSERT INTO appizer_users(app_id, user_id, posted) VALUES (?, ?, json_patch('{}', ?))
ON CONFLICT(app_id, user_id) DO UPDATE SET posted = json_patch(coalesce(posted, '{}'), ?)"""


def post_user(connection: sqlite3.Connection, app: int, user_id: str, properties: Mapping[str, Json]) -> None:
    """Put properties over those a user has, inside a transaction; null takes one away."""
    text = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
    connection.execute(_POSTED, (app, user_id, text, text))
    _change(connection, app)


def settled_changes(store: Store, app: int) -> int:
    """How often the app's users and events have changed, after its devices of this moment are taken in."""
    version = version_of(store, app)
    taken, changes = store.connection.execute(
        "SELECT devices_version, changes FROM appizer_apps WHERE app_id = ?", (app,)
    ).fetchone()
    if taken == version:
        return int(changes)
    with transaction(store) as connection:
        connection.execute("DELETE FROM appizer_users WHERE app_id = ? AND posted IS NULL", (app,))
        connection.execute("UPDATE appizer_users SET devices = '{}' WHERE app_id = ? AND devices <> '{}'", (app,))
        connection.execute(_FROM_DEVICES, (app,))
        connection.execute("UPDATE appizer_apps SET devices_version = ? WHERE app_id = ?", (version, app))
        _change(connection, app)
    return int(changes) + 1


def user_count(sandbox: Sandbox, app: int, condition: Condition) -> int:
    """How many users meet a condition now.

    Raises:
        NotUnderstood: SQLite cannot take it.
    """
    now = int(sandbox.clock.now() * 1_000_000)
    try:
        found = sandbox.store.connection.execute(
            f"SELECT count(*) FROM (SELECT ? AS now), appizer_users WHERE app_id = ? AND {condition.sql}",
            (now, app, *condition.parameters),
        )
        return int(found.fetchone()[0])
    except (sqlite3.OperationalError, sqlite3.DataError) as error:  # its parser's stack holds 100 symbols
        if "overflow" in str(error) or "too large" in str(error):
            raise NotUnderstood("NOT and parentheses are nested too deeply") from error
        raise


def _change(connection: sqlite3.Connection, app: int) -> None:
    connection.execute("UPDATE appizer_apps SET changes = changes + 1 WHERE app_id = ?", (app,))
