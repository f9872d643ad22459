"""Serve the operations that tag devices and users (facts §11)."""

from __future__ import annotations

import sqlite3
from typing import cast

from reconciler.sandbox.mobileengagement.seen import seen_app
from reconciler.sandbox.mobileengagement.shapes import bad_request, fields, flag, mapped, or_null, read_object, text
from reconciler.sandbox.mobileengagement.tag_columns import is_tag_name
from reconciler.sandbox.mobileengagement.tagging import remember_tags
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Json, Refusal, Reply, json_reply

MAX_IDS = 1_000
_BODY = fields({"tags": mapped(mapped(or_null(text(1_024)))), "deleteOnNull": flag}, required=("tags",))


def tag_devices(sandbox: Sandbox, call: Call) -> Reply:
    """Devices_TagByDeviceId."""
    return _tag(sandbox, call, "install_id")


def tag_users(sandbox: Sandbox, call: Call) -> Reply:
    """Devices_TagByUserId: every device of the user."""
    return _tag(sandbox, call, "user_id")


def _tag(sandbox: Sandbox, call: Call, column: str) -> Reply:
    app = seen_app(sandbox, call)
    body = cast("dict[str, Json]", _BODY(read_object(call.request), ""))
    tags = cast("dict[str, dict[str, str | None]]", body["tags"])
    if len(tags) > MAX_IDS:
        raise Refusal(413, "RequestEntityTooLarge", f"Too many identifiers (current limit is {MAX_IDS})")
    for name in {name for one in tags.values() for name in one}:
        if not is_tag_name(name):
            raise bad_request(f"`{name}` cannot be the name of a tag: letters, digits and `_`, at most 64")
    due = sandbox.clock.now() + sandbox.options.settle
    invalid = []
    with transaction(sandbox.store) as connection:
        for key, given in tags.items():
            kept = {name: held for name, held in given.items() if held is not None or body.get("deleteOnNull")}
            devices = _devices(connection, app, column, key)
            for install_id in devices:
                remember_tags(connection, app, install_id, kept, due)
            if not devices:
                invalid.append(key)
    return json_reply(200, {"invalidIds": invalid})


def _devices(connection: sqlite3.Connection, app: int, column: str, key: str) -> list[str]:
    found = connection.execute(f"SELECT install_id FROM devices WHERE app_id = ? AND {column} = ?", (app, key))
    return [install_id for (install_id,) in found]
