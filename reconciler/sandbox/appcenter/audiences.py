"""Serve the operations on audiences (facts §3)."""

from __future__ import annotations

import json

from reconciler.sandbox.appcenter.audience import (
    Saved,
    checked_definition,
    refresh,
    saved_audience,
    saved_audiences,
    write_details,
    write_summary,
)
from reconciler.sandbox.appcenter.bodies import bad_request, read_object
from reconciler.sandbox.appcenter.definitions import condition_of
from reconciler.sandbox.appcenter.members import member_count, population_size
from reconciler.sandbox.appcenter.paging import flag, next_link, page_start
from reconciler.sandbox.appcenter.seen import seen_app
from reconciler.sandbox.devices import TooManyProperties, learn_properties
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Refusal, Reply, json_reply

MAX_AUDIENCES = 200  # of an app (facts §3)
_UPSERT = """
INSERT INTO appcenter_audiences(app_id, name, definition, description, enabled, custom_properties, changed_at)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(app_id, name) DO UPDATE SET definition = excluded.definition,
description = excluded.description, enabled = excluded.enabled, custom_properties = excluded.custom_properties,
changed_at = excluded.changed_at, counted_version = NULL, counted_at = NULL, count = NULL, total = NULL"""


def list_audiences(sandbox: Sandbox, call: Call) -> Reply:
    """Analytics_ListAudiences: by name, `--page-size` to a page; disabled ones only with `include_disabled`."""
    app = seen_app(sandbox, call)
    everything = flag(call, "include_disabled")
    size = sandbox.options.page_size
    found = saved_audiences(sandbox.store, app, everything, page_start(call), size + 1)
    page = refresh(sandbox, app, found[:size])
    body: dict[str, object] = {"values": [write_summary(sandbox, saved) for saved in page]}
    if len(found) > size:
        body["nextLink"] = next_link(sandbox, call, page[-1].name)
    return json_reply(200, body)


def head_audience(sandbox: Sandbox, call: Call) -> Reply:
    """Analytics_AudienceNameExists: 204 or 404, without a body."""
    saved = saved_audience(sandbox.store, seen_app(sandbox, call), call.parameters["audience_name"])
    return Reply(404 if saved is None else 204)


def read_audience(sandbox: Sandbox, call: Call) -> Reply:
    """Analytics_GetAudience."""
    app = seen_app(sandbox, call)
    saved = saved_audience(sandbox.store, app, call.parameters["audience_name"])
    if saved is None:
        raise _unknown(call)
    return json_reply(200, write_details(sandbox, refresh(sandbox, app, [saved])[0]))


def put_audience(sandbox: Sandbox, call: Call) -> Reply:
    """Analytics_CreateOrUpdateAudience: 200 for both; the last writer wins."""
    app, name = seen_app(sandbox, call), call.parameters["audience_name"]
    if not name or len(name) > 64 or "/" in name:
        raise bad_request("An audience name has 1 to 64 characters, and no slash")
    saved = checked_definition(read_object(call.request), name, sandbox.clock.now())
    with transaction(sandbox.store) as connection:
        if not connection.execute(
            "SELECT 1 FROM appcenter_audiences WHERE app_id = ? AND name = ?", (app, name)
        ).fetchone():
            held = connection.execute("SELECT count(*) FROM appcenter_audiences WHERE app_id = ?", (app,)).fetchone()[0]
            if held >= MAX_AUDIENCES:
                raise bad_request(f"The app already has {MAX_AUDIENCES} audiences, which is the maximum")
        try:
            learn_properties(sandbox.store, app, json.loads(saved.custom_properties or "{}"))
        except TooManyProperties as error:
            raise bad_request(str(error)) from error
        row = (saved.definition, saved.description, saved.enabled, saved.custom_properties, saved.changed_at)
        connection.execute(_UPSERT, (app, name, *row))
    if sandbox.options.settle == 0:
        saved = refresh(sandbox, app, [saved])[0]
    return json_reply(200, write_details(sandbox, saved))


def delete_audience(sandbox: Sandbox, call: Call) -> Reply:
    """Analytics_DeleteAudience: what was sent to it stays sent."""
    app = seen_app(sandbox, call)
    with transaction(sandbox.store) as connection:
        gone = connection.execute(
            "DELETE FROM appcenter_audiences WHERE app_id = ? AND name = ?", (app, call.parameters["audience_name"])
        )
    if gone.rowcount == 0:
        raise _unknown(call)
    return Reply(204)


def measure_audience(sandbox: Sandbox, call: Call) -> Reply:
    """Analytics_TestAudience: the size of a definition, at once; nothing is saved."""
    app = seen_app(sandbox, call)
    saved: Saved = checked_definition(read_object(call.request), "", sandbox.clock.now())
    connection = sandbox.store.connection
    body: dict[str, object] = {"definition": saved.definition}
    if saved.custom_properties is not None:
        body["custom_properties"] = json.loads(saved.custom_properties)
    condition = condition_of(saved.definition, saved.custom_properties)
    body["estimated_count"] = member_count(connection, app, condition)
    body["estimated_total_count"] = population_size(connection, app)
    return json_reply(200, body)


def _unknown(call: Call) -> Refusal:
    return Refusal(404, "NotFound", f"Audience '{call.parameters['audience_name']}' does not exist")
