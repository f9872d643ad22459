"""Serve the operations on notifications (facts §6)."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import cast

from reconciler.sandbox.appcenter.bodies import Field, bad_request, read_fields, read_object
from reconciler.sandbox.appcenter.content import checked_content
from reconciler.sandbox.appcenter.notification import (
    COLUMNS,
    Sent,
    ordering,
    sent_from,
    write_details,
    write_overview,
)
from reconciler.sandbox.appcenter.paging import flag, next_link, origin, page_start
from reconciler.sandbox.appcenter.seen import seen_app
from reconciler.sandbox.appcenter.targets import checked_target, recipients
from reconciler.sandbox.deliveries import Delivery, deliver
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Json, Refusal, Reply, json_reply

DEFAULT_TOP, MAX_TOP = 30, 2_000
_CONTENT = Field("notification_content", "object", required=True)
_INSERT = (
    "INSERT INTO appcenter_notifications"
    "(app_id, id, name, content, target, accepted_at, settled_at, success, failures, failure)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def send(sandbox: Sandbox, call: Call) -> Reply:
    """Push_Send: 202 with an id; who gets it is settled now, that they have it is seen once the state is final."""
    app, body = seen_app(sandbox, call), read_object(call.request)
    content = checked_content(cast("dict[str, Json]", read_fields(body, (_CONTENT,))["notification_content"]))
    target = checked_target(body.get("notification_target"))
    number, now = str(uuid.uuid4()), sandbox.clock.now()
    settled = now + sandbox.options.settle
    with transaction(sandbox.store) as connection:
        devices = recipients(connection, app, target)
        failures = Counter(failure for _, failure in devices if failure is not None)
        reached = [install_id for install_id, failure in devices if failure is None]
        shown = json.dumps(target.written())
        outcome = (len(reached), json.dumps(failures), failures.total())
        name = str(content["name"])
        connection.execute(_INSERT, (app, number, name, json.dumps(content), shown, now, settled, *outcome))
        if reached:
            coordinate = f"{call.parameters['owner_name']}/{call.parameters['app_name']}"
            deliver(connection, Delivery(coordinate, number, name, settled, len(reached), reached))
    location = f"{origin(call)}{call.request.path}/{number}"
    return json_reply(202, {"notification_id": number}, (("location", location),))


def list_notifications(sandbox: Sandbox, call: Call) -> Reply:
    """Push_List: `count desc` by default, the newest first among equals; what is sent meanwhile moves no page."""
    app, connection = seen_app(sandbox, call), sandbox.store.connection
    top, everything = _top(call), flag(call, "include_archived")
    order, counted = ordering(call.query.get("$orderby", "count desc")), _inline_count(call)
    newest, offset = _position(page_start(call))
    if newest is None:
        newest = connection.execute("SELECT coalesce(max(seq), 0) FROM appcenter_notifications").fetchone()[0]
    source = "FROM appcenter_notifications WHERE app_id = ? AND (NOT archived OR ?) AND seq <= ?"
    given = (app, everything, newest)
    rows = connection.execute(
        f"SELECT {COLUMNS} {source} ORDER BY {order} LIMIT ? OFFSET ?", (*given, top + 1 if top else -1, offset)
    ).fetchall()
    page = rows[:top] if top else rows
    now = sandbox.clock.now()
    body: dict[str, object] = {"values": [write_overview(sent_from(row), now) for row in page]}
    if counted:
        body["total"] = connection.execute(f"SELECT count(*) {source}", given).fetchone()[0]
    if len(rows) > len(page):
        body["nextLink"] = next_link(sandbox, call, f"{newest}:{offset + top}", "$skiptoken")
    return json_reply(200, body)


def read_notification(sandbox: Sandbox, call: Call) -> Reply:
    """Push_Get: archived ones too."""
    number = call.parameters["notification_id"]
    sent = _find(sandbox, seen_app(sandbox, call), number)
    if sent is None:
        raise Refusal(404, "NotFound", f"Notification '{number}' does not exist")
    return json_reply(200, write_details(sent, sandbox.clock.now()))


def delete_notifications(sandbox: Sandbox, call: Call) -> Reply:
    """Push_Delete: archives the records; nothing is recalled, and ids that are not known are passed over."""
    app = seen_app(sandbox, call)
    field = Field("values", "array", required=True, length=(0, 10_000), items="string")
    listed = cast("list[str]", read_fields(read_object(call.request), (field,))["values"])
    with transaction(sandbox.store) as connection:
        connection.executemany(
            "UPDATE appcenter_notifications SET archived = 1 WHERE app_id = ? AND id = ?",
            [(app, number) for number in listed],
        )
    return Reply(200)


def _find(sandbox: Sandbox, app: int, number: str) -> Sent | None:
    row = sandbox.store.connection.execute(
        f"SELECT {COLUMNS} FROM appcenter_notifications WHERE app_id = ? AND id = ?", (app, number)
    ).fetchone()
    return None if row is None else sent_from(row)


def _top(call: Call) -> int:
    text = call.query.get("$top", str(DEFAULT_TOP))
    if not (_is_whole(text) and int(text) <= MAX_TOP):
        raise bad_request(f"The $top parameter must be a whole number from 0 to {MAX_TOP}")
    return int(text)


def _inline_count(call: Call) -> bool:
    text = call.query.get("$inlinecount", "none")
    if text not in ("allpages", "none"):
        raise bad_request("The $inlinecount parameter must be allpages or none")
    return text == "allpages"


def _position(start: str) -> tuple[int | None, int]:
    """The newest notification that the first page saw, and how many of them were shown."""
    if not start:
        return None, 0
    newest, colon, offset = start.partition(":")
    if not (colon and _is_whole(newest) and _is_whole(offset)):
        raise bad_request("The page token is not valid")
    return int(newest), int(offset)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
