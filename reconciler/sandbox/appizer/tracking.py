"""Serve the operations by which an app tells of its users and their events."""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from reconciler.sandbox.appizer.bodies import Field, read_fields, read_object, text_of
from reconciler.sandbox.appizer.envelope import invalid
from reconciler.sandbox.appizer.seen import app_of_body
from reconciler.sandbox.appizer.users import post_user
from reconciler.sandbox.clock import iso
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Json, Reply, json_reply

MAX_BATCH = 100
_MAX_DEPTH = 20  # of a property's value; SQLite's JSON ends at 1,000
_EVENT = (
    Field("event_name", required=True), Field("user_id", required=True), Field("properties", "object"), Field("ip"),
    Field("ua"),
)  # fmt: skip
_BATCH = (Field("events", "array", required=True, bounds=(1, MAX_BATCH)),)
_USER = (
    Field("user_id", required=True), Field("email"), Field("phone"), Field("properties", "object"),
    Field("origin", "object"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Event:
    id: str
    name: str
    user_id: str
    properties: str  # JSON


def track_event(sandbox: Sandbox, call: Call) -> Reply:
    """POST /events: it happens at the moment of the request, and makes its user known."""
    body = read_object(call)
    event = _checked_event(body, "")
    _track(sandbox, app_of_body(sandbox, call, body), [event])
    return json_reply(200, {"success": True, "event_id": event.id, "message": "Event tracked successfully"})


def track_events(sandbox: Sandbox, call: Call) -> Reply:
    """POST /events/batch: all or none."""
    body = read_object(call)
    listed = cast("list[Json]", read_fields(body, _BATCH)["events"])
    events = [_checked_event(value, f"events[{index}].") for index, value in enumerate(listed)]
    _track(sandbox, app_of_body(sandbox, call, body), events)
    return json_reply(
        200, {"success": True, "processed_count": len(events), "message": "Events processed successfully"}
    )


def put_user(sandbox: Sandbox, call: Call) -> Reply:
    """POST /users: makes a user or puts properties over those there; `email` and `phone` are properties too."""
    body = read_object(call)
    fields = read_fields(body, _USER)
    user_id = text_of(fields, "user_id")
    contact = {name: fields[name] for name in ("email", "phone") if fields[name] is not None}
    properties = _checked_properties(fields["properties"], "properties") | contact
    app = app_of_body(sandbox, call, body)
    with transaction(sandbox.store) as connection:
        post_user(connection, app, user_id, properties)
    own = sha256(f"{app}/{user_id}".encode()).hexdigest()[:16]
    return json_reply(
        200,
        {
            "success": True,
            "user_id": f"usr_{own}",
            "external_id": user_id,
            "message": "User created or updated successfully",
        },
    )


def _checked_event(value: Json, where: str) -> _Event:
    if not isinstance(value, dict):
        raise invalid(where.rstrip("."), f"{where.rstrip('.')} must be of type object", "INVALID_TYPE")
    fields = read_fields(value, _EVENT, where)
    properties = json.dumps(_checked_properties(fields["properties"], f"{where}properties"), ensure_ascii=False)
    name, user_id = text_of(fields, "event_name"), text_of(fields, "user_id")
    return _Event(f"evt_{secrets.token_hex(8)}", name, user_id, properties)


def _checked_properties(value: Json, where: str) -> dict[str, Json]:
    if not _is_storable(value, _MAX_DEPTH):
        raise invalid(where, f"{where} must hold finite numbers, and be nested at most {_MAX_DEPTH} deep")
    return value if isinstance(value, dict) else {}


def _is_storable(value: Json, depth: int) -> bool:
    if isinstance(value, float):
        return value - value == 0
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth >= 0 and all(_is_storable(one, depth - 1) for one in inside)


def _track(sandbox: Sandbox, app: int, events: list[_Event]) -> None:
    now = sandbox.clock.now()
    rows = [(app, event.id, event.user_id, event.name, event.properties, int(now * 1_000_000)) for event in events]
    with transaction(sandbox.store) as connection:
        connection.executemany(
            "INSERT INTO appizer_events(app_id, id, user_id, name, properties, at) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
        _show_active(connection, app, events, now)


def _show_active(connection: sqlite3.Connection, app: int, events: list[_Event], now: float) -> None:
    """An event is activity: `last_active` follows it."""
    for user_id in dict.fromkeys(event.user_id for event in events):
        post_user(connection, app, user_id, {"last_active": iso(now)})
