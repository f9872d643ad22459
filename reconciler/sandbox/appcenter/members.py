"""Count and find the devices that belong to audiences; only those registered for push and enabled can."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from reconciler.sandbox.appcenter.definitions import Condition

MAX_RECIPIENTS = 1_000  # of one send; the rest is skipped silently (facts §3, §6)


def population_size(connection: sqlite3.Connection, app: int) -> int:
    """How many devices of the app can be reached at all."""
    return int(
        connection.execute("SELECT count(*) FROM devices WHERE app_id = ? AND push_enabled", (app,)).fetchone()[0]
    )


def member_count(connection: sqlite3.Connection, app: int, condition: Condition) -> int:
    """How many devices meet a condition."""
    found = connection.execute(
        f"SELECT count(*) FROM devices WHERE app_id = ? AND push_enabled AND {condition.sql}",
        (app, *condition.parameters),
    )
    return int(found.fetchone()[0])


def members(
    connection: sqlite3.Connection, app: int, conditions: Sequence[Condition], limit: int
) -> list[tuple[str, str | None]]:
    """The first devices, in order of appearance, that meet any of the conditions: `(install_id, push_failure)`."""
    sql = " OR ".join(f"({condition.sql})" for condition in conditions)
    parameters = [value for condition in conditions for value in condition.parameters]
    return connection.execute(
        "SELECT install_id, push_failure FROM devices"
        f" WHERE app_id = ? AND push_enabled AND ({sql}) ORDER BY seq LIMIT ?",
        (app, *parameters, limit),
    ).fetchall()


def audience_conditions(
    connection: sqlite3.Connection, app: int, names: Sequence[str]
) -> dict[str, tuple[str, str | None, bool]]:
    """The definitions of the named audiences that exist: name → definition, declared types as JSON text, enabled."""
    marks = ", ".join("?" * len(names))
    found = connection.execute(
        "SELECT name, definition, custom_properties, enabled FROM appcenter_audiences"
        f" WHERE app_id = ? AND name IN ({marks})",
        (app, *names),
    )
    return {name: (definition, types, bool(enabled)) for name, definition, types, enabled in found}
