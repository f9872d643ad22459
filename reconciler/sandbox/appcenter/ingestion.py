"""Take the logs by which an SDK tells of its device: registration, user, properties (facts §5).

The SDK writes its fields in camelCase, the swagger in snake_case; both are taken. Logs of other kinds, and properties
that the SDK would have dropped, are passed over, as the real door answered 200 to whatever it could read.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.sandbox.appcenter.bodies import bad_request, read_object
from reconciler.sandbox.device import COLUMNS, Row, is_property_name, read_device, write_device
from reconciler.sandbox.devices import TooManyProperties, add_devices
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import Store
from reconciler.sandbox.wire import Json, Malformed, Reply, json_reply

_DEVICE_FIELDS: Mapping[str, str] = {
    "appVersion": "AppVersion", "carrierName": "CarrierName", "carrierCountry": "CarrierCountry", "model": "Model",
    "oemName": "OemName", "osVersion": "OsVersion", "screenSize": "ScreenSize", "locale": "Language",
}  # fmt: skip
_SUCCESS = {"status": "Success"}


@dataclass(slots=True)
class _Told:
    """What the logs of one request say of their device."""

    fields: dict[str, Json] = field(default_factory=dict)
    properties: dict[str, Json] = field(default_factory=dict)  # None: cleared


def take_logs(sandbox: Sandbox, call: Call) -> Reply:
    """`POST /logs` of the ingestion host: 200; of a blocked app or device everything is dropped."""
    install_id = call.request.headers.get("install-id", "")
    try:
        uuid.UUID(install_id)
    except ValueError:
        raise bad_request("The Install-ID header is not a UUID") from None
    logs = read_object(call.request).get("logs")
    if not isinstance(logs, list):
        raise bad_request("The logs field must be of type array")
    app = int(call.caller.user)
    if not _is_blocked(sandbox.store, app, install_id):
        told = _Told()
        for log in logs:
            if isinstance(log, dict):
                _hear({_camel(name): held for name, held in log.items()}, told)
        _write(sandbox, app, install_id, told)
    return json_reply(200, _SUCCESS)


def app_of_secret(store: Store, secret: str) -> int | None:
    """The app that an `App-Secret` belongs to."""
    row = store.connection.execute("SELECT app_id FROM appcenter_apps WHERE secret = ?", (secret,)).fetchone()
    return None if row is None else int(row[0])


def _hear(log: dict[str, Json], told: _Told) -> None:
    device = log.get("device")
    if isinstance(device, dict):
        told.fields |= _device_fields({_camel(name): held for name, held in device.items()})
    if isinstance(log.get("userId"), str):
        told.fields["user_id"] = log["userId"]
    match log.get("type"):
        case "pushInstallation" | "push_installation":
            told.fields["push_enabled"] = True
        case "customProperties" | "custom_properties":
            listed = log.get("properties")
            for item in listed if isinstance(listed, list) else ():
                if isinstance(item, dict) and isinstance(item.get("name"), str):
                    told.properties[str(item["name"])] = None if item.get("type") == "clear" else item.get("value")
        case _:
            pass


def _device_fields(device: dict[str, Json]) -> dict[str, Json]:
    fields: dict[str, Json] = {
        name: device[given] for given, name in _DEVICE_FIELDS.items() if isinstance(device.get(given), str)
    }
    if isinstance(device.get("osApiLevel"), int):
        fields["OsVersion"] = str(device["osApiLevel"])  # the API level on Android (facts §4)
    if "CarrierCountry" in fields:
        fields["CarrierCountry"] = str(fields["CarrierCountry"]).upper()
    if "Language" in fields:
        fields["Language"] = re.split("[-_]", str(fields["Language"]))[0].lower()
    return fields


def _write(sandbox: Sandbox, app: int, install_id: str, told: _Told) -> None:
    known = _known(sandbox.store, app, install_id) or {"install_id": install_id, "push_enabled": False}
    custom = known.get("custom_properties")
    properties = (custom if isinstance(custom, dict) else {}) | told.properties
    kept: dict[str, Json] = {name: held for name, held in properties.items() if _is_allowed(name, held)}
    try:
        device = read_device(known | told.fields | {"custom_properties": kept})
        add_devices(sandbox.store, app, [device], sandbox.clock.now())
    except (Malformed, TooManyProperties) as error:
        raise bad_request(str(error)) from error


def _is_allowed(name: str, held: Json) -> bool:
    return (
        is_property_name(name) and not isinstance(held, list | dict) and not (isinstance(held, str) and len(held) > 128)
    )


def _known(store: Store, app: int, install_id: str) -> dict[str, Json] | None:
    row: Row | None = store.connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM devices WHERE app_id = ? AND install_id = ?", (app, install_id)
    ).fetchone()
    return None if row is None else write_device(row)


def _is_blocked(store: Store, app: int, install_id: str) -> bool:
    found = store.connection.execute(
        "SELECT 1 FROM appcenter_apps WHERE app_id = ? AND blocked"
        " UNION SELECT 1 FROM appcenter_blocked WHERE app_id = ? AND install_id = ?",
        (app, app, install_id),
    )
    return found.fetchone() is not None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
