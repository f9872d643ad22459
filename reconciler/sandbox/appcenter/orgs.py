"""Serve the operations on organizations (facts §7)."""

from __future__ import annotations

import re

from reconciler.sandbox.appcenter.bodies import Field, bad_request, read_fields, read_object
from reconciler.sandbox.appcenter.seen import stable_id
from reconciler.sandbox.clock import iso
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Reply, json_reply

_FIELDS = (
    Field("display_name", length=(1, 200)),
    Field("name", length=(1, 100), check=lambda name: re.fullmatch(r"[A-Za-z0-9_.\-]+", name) is not None),
)


def list_orgs(sandbox: Sandbox, call: Call) -> Reply:
    """organizations_list: a bare array; whatever owns an app and is no user is an org."""
    found = sandbox.store.connection.execute("SELECT name, display_name FROM appcenter_orgs ORDER BY name")
    return json_reply(200, [{"name": name, "display_name": shown, "origin": "appcenter"} for name, shown in found])


def put_org(sandbox: Sandbox, call: Call) -> Reply:
    """organizations_createOrUpdate: 201 for both."""
    fields = read_fields(read_object(call.request), _FIELDS)
    shown = fields["display_name"] or fields["name"]
    if shown is None:
        raise bad_request("An organization needs a name or a display_name")
    name = str(fields["name"] or re.sub(r"[^A-Za-z0-9_.\-]+", "-", str(shown)).strip("-") or "org")
    now, number = sandbox.clock.now(), stable_id("org", name)
    with transaction(sandbox.store) as connection:
        connection.execute(
            "INSERT INTO appcenter_orgs VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT(name) DO UPDATE SET display_name = excluded.display_name, updated_at = excluded.updated_at",
            (name, number, shown, now, now),
        )
        created = connection.execute("SELECT created_at FROM appcenter_orgs WHERE name = ?", (name,)).fetchone()[0]
    body = {"id": number, "name": name, "display_name": shown, "origin": "appcenter"}
    return json_reply(201, body | {"created_at": iso(created), "updated_at": iso(now)})
