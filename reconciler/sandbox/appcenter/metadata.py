"""Serve the operations that tell which properties definitions may ask about (facts §3)."""

from __future__ import annotations

from reconciler.sandbox.appcenter.seen import seen_app
from reconciler.sandbox.device import DEVICE_PROPERTIES, canonical_property
from reconciler.sandbox.devices import property_types
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.wire import Refusal, Reply, json_reply

MAX_VALUES = 1_000


def list_device_properties(sandbox: Sandbox, call: Call) -> Reply:
    """Analytics_ListDeviceProperties: the eight of them, all strings."""
    seen_app(sandbox, call)
    return json_reply(200, {"values": dict.fromkeys(DEVICE_PROPERTIES, "string")})


def list_device_property_values(sandbox: Sandbox, call: Call) -> Reply:
    """Analytics_ListDevicePropertyValues: what devices report, sorted; `contains` narrows it, in any case."""
    app, name = seen_app(sandbox, call), call.parameters["property_name"]
    column = canonical_property(name)
    if column is None:
        raise Refusal(404, "NotFound", f"Device property '{name}' does not exist")
    found = sandbox.store.connection.execute(
        f"SELECT DISTINCT {column} FROM devices WHERE app_id = ? AND {column} IS NOT NULL"
        f" AND instr(lower({column}), lower(?)) > 0 ORDER BY 1 LIMIT ?",
        (app, call.query.get("contains", ""), MAX_VALUES),
    )
    return json_reply(200, {"values": [value for (value,) in found]})


def list_custom_properties(sandbox: Sandbox, call: Call) -> Reply:
    """Analytics_ListCustomProperties: those of saved audiences and of devices, with the type last seen."""
    types = property_types(sandbox.store, seen_app(sandbox, call))
    return json_reply(200, {"values": dict(sorted(types.items()))})
