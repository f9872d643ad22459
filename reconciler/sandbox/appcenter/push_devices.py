"""Serve the operations on single devices: end a push registration, stop taking logs."""

from __future__ import annotations

from reconciler.sandbox.appcenter.seen import seen_app
from reconciler.sandbox.devices import touch
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Refusal, Reply, json_reply


def delete_install_id(sandbox: Sandbox, call: Call) -> Reply:
    """Push_DeleteInstallId: the device stays, but is no longer registered for push."""
    app, install_id = seen_app(sandbox, call), call.parameters["install_id"]
    with transaction(sandbox.store) as connection:
        gone = connection.execute(
            "UPDATE devices SET push_enabled = 0 WHERE app_id = ? AND install_id = ?", (app, install_id)
        )
        if gone.rowcount == 0:
            raise Refusal(404, "NotFound", f"Device '{install_id}' does not exist")
        touch(connection, app)
    return Reply(200)


def block_app_logs(sandbox: Sandbox, call: Call) -> Reply:
    """App_BlockLogs: the ingestion door takes no more logs of the app, for good."""
    app = seen_app(sandbox, call)
    with transaction(sandbox.store) as connection:
        connection.execute("UPDATE appcenter_apps SET blocked = 1 WHERE app_id = ?", (app,))
    return json_reply(200, "Operation successful")


def block_device_logs(sandbox: Sandbox, call: Call) -> Reply:
    """Devices_BlockLogs: the ingestion door takes no more logs of the device, for good."""
    app = seen_app(sandbox, call)
    with transaction(sandbox.store) as connection:
        connection.execute(
            "INSERT OR IGNORE INTO appcenter_blocked VALUES (?, ?)", (app, call.parameters["install_id"])
        )
    return json_reply(200, "Operation successful")
