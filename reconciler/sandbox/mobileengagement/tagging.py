"""Write tags to devices, some time after they were asked for (facts §11)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

USER_ID = "userid"  # the reserved tag: it becomes the custom user id, and is no tag of the device


def remember_tags(
    connection: sqlite3.Connection, app: int, install_id: str, tags: Mapping[str, str | None], due: float
) -> None:
    """Have a device's tags changed at `due`, inside a transaction; None takes a tag away."""
    connection.execute(
        "INSERT INTO mobileengagement_tags(app_id, install_id, tags, due) VALUES (?, ?, ?, ?)",
        (app, install_id, json.dumps(tags), due),
    )


def apply_tags(connection: sqlite3.Connection, app: int, moment: float) -> bool:
    """Make the changes that are due, in the order in which they were asked for; True if there were any."""
    waiting = connection.execute(
        "SELECT install_id, tags, due FROM mobileengagement_tags WHERE app_id = ? AND due <= ? ORDER BY due, seq",
        (app, moment),
    ).fetchall()
    for install_id, tags, due in waiting:
        _apply(connection, app, install_id, json.loads(tags), due)
    connection.execute("DELETE FROM mobileengagement_tags WHERE app_id = ? AND due <= ?", (app, moment))
    return bool(waiting)


def _apply(connection: sqlite3.Connection, app: int, install_id: str, tags: dict[str, str | None], due: float) -> None:
    device = (app, install_id)
    if USER_ID in tags:
        user = tags.pop(USER_ID)
        connection.execute("UPDATE devices SET user_id = ? WHERE app_id = ? AND install_id = ?", (user, *device))
    found = connection.execute(
        "SELECT custom_properties FROM devices WHERE app_id = ? AND install_id = ?", device
    ).fetchone()
    if found is None or not tags:
        return
    held = {name: value for name, value in {**json.loads(found[0]), **tags}.items() if value is not None}
    written = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    connection.execute(
        "UPDATE devices SET custom_properties = ? WHERE app_id = ? AND install_id = ?", (written, *device)
    )
    connection.executemany(
        "INSERT OR REPLACE INTO mobileengagement_changes VALUES (?, ?, ?, ?)", [(*device, tag, due) for tag in tags]
    )
