"""Serve the operations that show devices (facts §10, §11)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.sandbox.mobileengagement.device_query import after, filter_condition, read_filter, read_select
from reconciler.sandbox.mobileengagement.links import link, whole_number
from reconciler.sandbox.mobileengagement.seen import coordinate_of, seen_app
from reconciler.sandbox.population import os_of
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.wire import Refusal, Reply, json_reply

_PAGE = 100
_INFO = {
    "phoneModel": "Model", "phoneManufacturer": "OemName", "firmwareVersion": "OsVersion", "locale": "Language",
    "carrierCountry": "CarrierCountry", "carrierName": "CarrierName", "networkType": "network_type",
    "applicationVersionName": "AppVersion",
}  # fmt: skip
_META = "install_id, first_seen, last_seen, push_enabled, custom_properties"
_CHANGES = "SELECT tag, at FROM mobileengagement_changes WHERE app_id = ? AND install_id = ?"
_Properties = Mapping[str, tuple[object, int]]  # values, with the milliseconds since 1970 at which they last changed


def list_devices(sandbox: Sandbox, call: Call) -> Reply:
    """Devices_List: by id, at most 100; of each the chosen properties, and none that has none of them."""
    app = seen_app(sandbox, call)
    top = min(whole_number(call, "$top", (1, 999_999_999), _PAGE) or _PAGE, _PAGE)
    checks = read_filter(call.query["$filter"]) if call.query.get("$filter", "").strip() else ()
    chosen = read_select(call.query["$select"]) if "$select" in call.query else {"meta": set(), "appInfo": set()}
    times = [check for check in checks if check.property == "lastModified"]
    page: list[dict[str, object]] = []
    is_more = False
    for device_id, held in _rows(sandbox, app, filter_condition(checks).sql, filter_condition(checks).parameters):
        row = {
            name: {
                key: value
                for key, (value, changed) in held[name].items()
                if (not keys or key in keys) and all(check.holds(changed) for check in times)
            }
            for name, keys in chosen.items()
        }
        if not any(row.values()):
            continue
        is_more = len(page) == top
        if is_more:
            break
        page.append({"deviceId": device_id} | {name: kept for name, kept in row.items() if kept})
    body: dict[str, object] = {"value": page}
    if is_more:
        body["nextLink"] = link(call, {"$filter": after(checks, str(page[-1]["deviceId"]))})
    return json_reply(200, body)


def read_device(sandbox: Sandbox, call: Call) -> Reply:
    """Devices_GetByDeviceId."""
    return _device(sandbox, call, "install_id", call.parameters["device"])


def read_user(sandbox: Sandbox, call: Call) -> Reply:
    """Devices_GetByUserId: the one seen last, where a user has several."""
    return _device(sandbox, call, "user_id", call.parameters["user"])


def _device(sandbox: Sandbox, call: Call, column: str, key: str) -> Reply:
    app = seen_app(sandbox, call)
    row = sandbox.store.connection.execute(
        f"SELECT {_META}, {', '.join(_INFO.values())} FROM devices WHERE app_id = ? AND {column} = ?"
        " ORDER BY last_seen DESC, seq LIMIT 1",
        (app, key),
    ).fetchone()
    if row is None:
        raise Refusal(404, "NotFound", f"There is no device with {column} `{key}`")
    properties = _properties(row[:5], {})
    info = {name: held for name, held in zip(_INFO, row[5:], strict=True) if held is not None}
    level = str(info.get("firmwareVersion", ""))
    if os_of(coordinate_of(call)) == "Android" and level.isascii() and level.isdigit():
        info["androidAPILevel"] = int(level)
    shown = {name: {key: value for key, (value, _) in held.items()} for name, held in properties.items()}
    return json_reply(200, {"deviceId": row[0], "meta": shown["meta"], "info": info, "appInfo": shown["appInfo"]})


def _rows(
    sandbox: Sandbox, app: int, condition: str, parameters: tuple[object, ...]
) -> Iterator[tuple[str, Mapping[str, _Properties]]]:
    connection = sandbox.store.connection
    rows = connection.execute(
        f"SELECT {_META} FROM devices WHERE app_id = ? AND {condition} ORDER BY install_id", (app, *parameters)
    )
    for row in rows:
        yield row[0], _properties(row, dict(connection.execute(_CHANGES, (app, row[0])).fetchall()))


def _properties(row: tuple[Any, ...], changes: Mapping[str, float]) -> Mapping[str, _Properties]:
    """What is told of a device; a tag changed when it was set, or when the device was last given."""
    _, first_seen, last_seen, push_enabled, custom = row
    first, last = int(first_seen * 1000), int(last_seen * 1000)
    meta = {"firstSeen": (first, first), "lastSeen": (last, last), "lastInfo": (last, last)}
    tags = {
        name: (_written(held), max(int(changes.get(name, 0) * 1000), last)) for name, held in json.loads(custom).items()
    }
    return {"meta": {**meta, "nativePushEnabled": (bool(push_enabled), first)}, "appInfo": tags}


def _written(held: object) -> str:
    """A tag as the string it is on the wire."""
    return held if isinstance(held, str) else json.dumps(held)
