"""Serve the operations on what was set up in the portal: app collections, apps, platforms."""

from __future__ import annotations

import re
from hashlib import sha256

from reconciler.sandbox.mobileengagement.shapes import fields, read_object, text
from reconciler.sandbox.population import is_azure, os_of
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.wire import Reply, json_reply

PLATFORMS = ("Android", "iOS", "Windows", "WindowsPhone", "Web")
_TYPE = "Microsoft.MobileEngagement/appcollections"
_LOCATION = "Central US"  # where the service ran
_NAME = fields({"name": text(1_000)}, required=("name",))
_COLLECTION_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-]{0,63}")


def list_collections(sandbox: Sandbox, call: Call) -> Reply:
    """AppCollections_List: of the subscription."""
    subscription = call.parameters["subscription"].lower()
    found = {parts[:3] for parts in _apps(sandbox) if parts[0] == subscription}
    return json_reply(200, {"value": [
        _resource(collection, _TYPE, parts[2]) | {"properties": {"provisioningState": "Succeeded"}}
        for parts in sorted(found) for collection in [_collection_id(parts)]
    ]})  # fmt: skip


def list_apps(sandbox: Sandbox, call: Call) -> Reply:
    """Apps_List: of the collection."""
    collection = tuple(call.parameters[name].lower() for name in ("subscription", "group", "collection"))
    value = []
    for parts in _apps(sandbox):
        if parts[:3] == collection:
            coordinate = "/".join(parts)
            backend = sha256(coordinate.encode()).hexdigest()[:32]
            properties = {"backendId": backend, "platform": os_of(coordinate), "appState": "Active"}
            resource = _resource(f"{_collection_id(parts)}/apps/{parts[3]}", f"{_TYPE}/apps", parts[3])
            value.append(resource | {"properties": properties})
    return json_reply(200, {"value": value})


def list_platforms(sandbox: Sandbox, call: Call) -> Reply:
    """SupportedPlatforms_List."""
    return json_reply(200, {"platforms": list(PLATFORMS)})


def check_name(sandbox: Sandbox, call: Call) -> Reply:
    """AppCollections_CheckNameAvailability: names are unique among all subscriptions."""
    checked = _NAME(read_object(call.request), "")
    name = str(checked["name"]) if isinstance(checked, dict) else ""
    reason = None
    if not _COLLECTION_NAME.fullmatch(name):
        reason = "Invalid"
    elif any(parts[2] == name.lower() for parts in _apps(sandbox)):
        reason = "AlreadyExists"
    told = {"name": name, "available": reason is None}
    return json_reply(200, told if reason is None else told | {"unavailabilityReason": reason})


def _apps(sandbox: Sandbox) -> list[tuple[str, ...]]:
    """The four names of every app that has been seen, sorted."""
    rows = sandbox.store.connection.execute("SELECT coordinate FROM apps ORDER BY coordinate")
    return [tuple(coordinate.split("/")) for (coordinate,) in rows if is_azure(coordinate)]


def _collection_id(parts: tuple[str, ...]) -> str:
    return f"/subscriptions/{parts[0]}/resourceGroups/{parts[1]}/providers/{_TYPE}/{parts[2]}"


def _resource(number: str, kind: str, name: str) -> dict[str, object]:
    return {"id": number, "name": name, "type": kind, "location": _LOCATION, "tags": {}}
