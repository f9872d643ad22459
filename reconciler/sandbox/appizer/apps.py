"""Serve the operations on apps; what is not told of one has its documented default."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from reconciler.sandbox.appizer.bodies import Field, query_number, read_fields, read_object
from reconciler.sandbox.appizer.envelope import invalid, not_found
from reconciler.sandbox.appizer.seen import moment, use_app
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import forget_cached, transaction
from reconciler.sandbox.wire import Json, Reply, json_reply

_DEFAULTS: Mapping[str, Json] = {
    "name": None, "description": None, "website_url": None, "authorized_domains": [], "data_retention_days": 365,
    "timezone": "UTC", "engagement_platform": "none", "email_platform": "none",
    "webhook_enabled": False, "webhook_url": None, "webhook_use_query_params": False, "context_info": None,
}  # fmt: skip
_CREDENTIALS = ("engagement_credentials", "email_credentials")  # checked, and neither kept nor shown
_OPTIONAL = (
    Field("description", bounds=(0, 500)), Field("website_url"), Field("authorized_domains", "array"),
    Field("data_retention_days", "integer", bounds=(30, 2555)), Field("timezone"),
    Field("engagement_platform", choices=("none", "wonderpush")), Field("email_platform", choices=("none", "brevo")),
    Field("webhook_enabled", "boolean"), Field("webhook_url"), Field("webhook_use_query_params", "boolean"),
    Field("context_info", bounds=(0, 2000)), *(Field(name, "object") for name in _CREDENTIALS),
)  # fmt: skip
_CREATE = (Field("name", required=True, bounds=(1, 100)), *_OPTIONAL)
_UPDATE = (Field("name", bounds=(1, 100)), *_OPTIONAL)
_SELECT = "SELECT id, api_key, api_secret, settings, created_at, updated_at FROM appizer_apps WHERE NOT deleted"
_TABLES = ("appizer_audiences", "appizer_users", "appizer_events", "custom_properties", "devices")

_Row = tuple[str, str, str, str, float, float]


def list_apps(sandbox: Sandbox, call: Call) -> Reply:
    """GET /apps: oldest first."""
    limit, offset = query_number(call, "limit", 20, (1, 100)), query_number(call, "offset", 0, (0, 10**15))
    connection = sandbox.store.connection
    total = connection.execute("SELECT count(*) FROM appizer_apps WHERE NOT deleted").fetchone()[0]
    rows = connection.execute(f"{_SELECT} ORDER BY app_id LIMIT ? OFFSET ?", (limit, offset)).fetchall()
    pagination = {"limit": limit, "offset": offset, "total": total, "has_more": offset + len(rows) < total}
    return json_reply(200, {"success": True, "apps": [_written(row) for row in rows], "pagination": pagination})


def create_app(sandbox: Sandbox, call: Call) -> Reply:
    """POST /apps: 201; names are not unique."""
    fields = _given(read_object(call), _CREATE)
    coordinate = f"app_{secrets.token_hex(6)}"
    use_app(sandbox, coordinate)
    return json_reply(201, {"success": True, "app": _updated(sandbox, coordinate, fields)})


def read_app(sandbox: Sandbox, call: Call) -> Reply:
    """GET /apps/{id}."""
    return json_reply(200, {"success": True, "app": _written(_row(sandbox, call.parameters["id"]))})


def update_app(sandbox: Sandbox, call: Call) -> Reply:
    """PATCH /apps/{id}: what is left out stays."""
    coordinate = call.parameters["id"]
    _row(sandbox, coordinate)
    fields = _given(read_object(call), _UPDATE)
    return json_reply(200, {"success": True, "app": _updated(sandbox, coordinate, fields)})


def delete_app(sandbox: Sandbox, call: Call) -> Reply:
    """DELETE /apps/{id}: with all that hangs on it; its key is revoked, and its id never comes back."""
    coordinate = call.parameters["id"]
    _row(sandbox, coordinate)
    with transaction(sandbox.store) as connection:
        connection.execute("UPDATE appizer_apps SET deleted = 1 WHERE id = ?", (coordinate,))
        app = connection.execute("SELECT app_id FROM appizer_apps WHERE id = ?", (coordinate,)).fetchone()[0]
        for table in _TABLES:
            connection.execute(f"DELETE FROM {table} WHERE app_id = ?", (app,))
    forget_cached(sandbox.store)
    return json_reply(200, {"success": True, "message": "App deleted successfully"})


def _row(sandbox: Sandbox, coordinate: str) -> _Row:
    row: _Row | None = sandbox.store.connection.execute(f"{_SELECT} AND id = ?", (coordinate,)).fetchone()
    if row is None:
        raise not_found("App not found", {"id": coordinate})
    return row


def _given(body: dict[str, Json], fields: tuple[Field, ...]) -> dict[str, Json]:
    given = {name: held for name, held in read_fields(body, fields).items() if held is not None}
    domains = given.get("authorized_domains")
    if isinstance(domains, list) and not all(isinstance(domain, str) for domain in domains):
        raise invalid("authorized_domains", "Every entry of authorized_domains must be of type string", "INVALID_TYPE")
    return {name: held for name, held in given.items() if name not in _CREDENTIALS}


def _updated(sandbox: Sandbox, coordinate: str, fields: Mapping[str, Json]) -> dict[str, Json]:
    with transaction(sandbox.store) as connection:
        connection.execute(
            "UPDATE appizer_apps SET settings = json_patch(settings, ?), updated_at = ? WHERE id = ?",
            (json.dumps(fields), sandbox.clock.now(), coordinate),
        )
    return _written(_row(sandbox, coordinate))


def _written(row: _Row) -> dict[str, Json]:
    coordinate, api_key, api_secret, settings, created_at, updated_at = row
    return {
        "id": coordinate, **_DEFAULTS, **json.loads(settings), "api_key": api_key, "api_secret": api_secret,
        "created_at": moment(created_at), "updated_at": moment(updated_at),
    }  # fmt: skip
