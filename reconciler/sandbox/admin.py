"""Serve the admin door under `/_sandbox/`: look at, seed and break the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from reconciler import __version__
from reconciler.sandbox.clock import iso, parse_instant, reachable
from reconciler.sandbox.deliveries import deliveries
from reconciler.sandbox.device import COLUMNS, read_device, write_device
from reconciler.sandbox.devices import add_devices, app_id, canonical_app
from reconciler.sandbox.faults import read_rules, written
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import remember
from reconciler.sandbox.wire import Json, Malformed, Refusal, Reply, Request, json_of, json_reply, query_of

_Door: TypeAlias = Callable[[Sandbox, Request], object]


def admin_answer(sandbox: Sandbox, request: Request) -> Reply:
    """Answer a request to the admin door; it needs no token, is not limited, not broken and not logged."""
    door = _DOORS.get((request.method, request.path.rstrip("/")))
    if door is None:
        known = ", ".join(f"{method} {path}" for method, path in _DOORS)
        return _error(404, f"the admin door has no {request.method} {request.path}; it has {known}")
    try:
        return json_reply(200, door(sandbox, request))
    except ValueError as error:
        return _error(400, str(error))
    except Refusal as refusal:
        return _error(refusal.status, refusal.message)


def _error(status: int, message: str) -> Reply:
    code = "NotFound" if status == 404 else "BadRequest"
    return json_reply(status, {"error": {"code": code, "message": message}})


def _health(sandbox: Sandbox, request: Request) -> object:
    return {"status": "ok", "version": __version__, "now": iso(sandbox.clock.now())}


def _requests(sandbox: Sandbox, request: Request) -> object:
    return {"requests": [
        {"method": logged.method, "path": logged.path, "status": logged.status}
        | ({"fault": logged.fault} if logged.fault else {})
        for logged in sandbox.log
    ]}  # fmt: skip


def _deliveries(sandbox: Sandbox, request: Request) -> object:
    query = query_of(request)
    ids = 100 if query.get("ids") != "all" else None
    app = canonical_app(query["app"]) if "app" in query else None
    return {"deliveries": deliveries(sandbox.store, sandbox.clock.now(), app, ids)}


def _post_devices(sandbox: Sandbox, request: Request) -> object:
    value = _object(request)
    coordinate, listed = value.get("app"), value.get("devices")
    if not isinstance(coordinate, str) or not coordinate.strip("/"):
        raise Malformed('`app` is missing, or is not a string such as "owner/app"')
    if not isinstance(listed, list):
        raise Malformed("`devices` is missing, or is not a list")
    devices = []
    for index, device in enumerate(listed):
        try:
            devices.append(read_device(device))
        except ValueError as error:
            raise Malformed(f"devices[{index}]: {error}") from error
    coordinate, now = canonical_app(coordinate), sandbox.clock.now()
    app = app_id(sandbox.store, sandbox.seed, coordinate, now)
    add_devices(sandbox.store, app, devices, now)
    return {"app": coordinate, "devices": len(devices)}


def _get_devices(sandbox: Sandbox, request: Request) -> object:
    query = query_of(request)
    limit, offset = _number(query, "limit", 1000), _number(query, "offset", 0)
    where, given = ("WHERE coordinate = ?", [canonical_app(query["app"])]) if "app" in query else ("", [])
    source = f"FROM devices JOIN apps ON apps.id = app_id {where}"
    total = sandbox.store.connection.execute(f"SELECT count(*) {source}", given).fetchone()[0]
    rows = sandbox.store.connection.execute(
        f"SELECT coordinate, {', '.join(COLUMNS)} {source} ORDER BY seq LIMIT ? OFFSET ?", [*given, limit, offset]
    )
    return {"total": total, "devices": [{"app": row[0]} | write_device(row[1:]) for row in rows]}


def _put_faults(sandbox: Sandbox, request: Request) -> object:
    sandbox.faults = read_rules(_object(request))
    return _get_faults(sandbox, request)


def _get_faults(sandbox: Sandbox, request: Request) -> object:
    return {"rules": [written(counted) for counted in sandbox.faults]}


def _put_clock(sandbox: Sandbox, request: Request) -> object:
    match _object(request):
        case {"now": str(text), **rest} if not rest:
            sandbox.clock.start_at(parse_instant(text).timestamp())
        case {"advance": int() | float() as seconds, **rest} if not rest and not isinstance(seconds, bool):
            sandbox.clock.start_at(reachable(sandbox.clock.now() + seconds))
        case _:
            raise Malformed('the body is neither {"now": "2026-11-27T09:00:00Z"} nor {"advance": SECONDS}')
    remember(sandbox.store, "clock_offset", json.dumps(sandbox.clock.offset))
    return _get_clock(sandbox, request)


def _get_clock(sandbox: Sandbox, request: Request) -> object:
    return {"now": iso(sandbox.clock.now()), "offset": sandbox.clock.offset}


def _object(request: Request) -> dict[str, Json]:
    try:
        value = json_of(request.body)
    except ValueError as error:
        raise Malformed(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Malformed("the body is not a JSON object")
    return value


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Malformed(f"`{name}` is not a whole number")
    return int(text)


_DOORS: Mapping[tuple[str, str], _Door] = {
    ("GET", "/_sandbox/health"): _health,
    ("GET", "/_sandbox/requests"): _requests,
    ("GET", "/_sandbox/deliveries"): _deliveries,
    ("POST", "/_sandbox/devices"): _post_devices,
    ("GET", "/_sandbox/devices"): _get_devices,
    ("PUT", "/_sandbox/faults"): _put_faults,
    ("GET", "/_sandbox/faults"): _get_faults,
    ("PUT", "/_sandbox/clock"): _put_clock,
    ("GET", "/_sandbox/clock"): _get_clock,
}
