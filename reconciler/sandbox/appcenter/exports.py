"""Serve device exports: jobs that finish by themselves; no byte leaves this machine."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from reconciler.sandbox.appcenter.bodies import Field, read_fields, read_object
from reconciler.sandbox.appcenter.seen import seen_app
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Refusal, Reply, json_reply

_URI = Field("blob_container_sas_uri", required=True, length=(1, 4000))


def start_export(sandbox: Sandbox, call: Call) -> Reply:
    """Push_ExportDevices: accepted; it will fail if the address is no https URL with a signature."""
    app = seen_app(sandbox, call)
    address = urlsplit(str(read_fields(read_object(call.request), (_URI,))["blob_container_sas_uri"]))
    reachable = address.scheme == "https" and bool(address.netloc) and "sig=" in address.query
    number = str(uuid.uuid4())
    with transaction(sandbox.store) as connection:
        connection.execute(
            "INSERT INTO appcenter_exports VALUES (?, ?, ?, ?)", (number, app, sandbox.clock.now(), reachable)
        )
    return json_reply(202, {"export_id": number})


def read_export(sandbox: Sandbox, call: Call) -> Reply:
    """Push_ExportDevicesStatus."""
    app, number = seen_app(sandbox, call), call.parameters["export_id"]
    row = sandbox.store.connection.execute(
        "SELECT started_at, reachable FROM appcenter_exports WHERE id = ? AND app_id = ?", (number, app)
    ).fetchone()
    if row is None:
        raise Refusal(404, "NotFound", f"Export '{number}' does not exist")
    started_at, reachable = row
    running = sandbox.clock.now() < started_at + sandbox.options.settle
    status = "InProgress" if running else "Completed" if reachable else "Failed"
    return json_reply(200, {"export_id": number, "status": status})
