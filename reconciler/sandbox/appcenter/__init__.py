"""App Center, as its swagger and the fact sheet describe it."""

from __future__ import annotations

from reconciler.sandbox.appcenter import (
    api_tokens,
    apps,
    audiences,
    config,
    exports,
    ingestion,
    metadata,
    notifications,
    orgs,
    push_devices,
    users,
)
from reconciler.sandbox.appcenter.authority import authorize, refuse
from reconciler.sandbox.appcenter.schema import SCHEMA
from reconciler.sandbox.appcenter.seen import VENDOR
from reconciler.sandbox.limits import RateLimit
from reconciler.sandbox.routing import Route, compile_routes
from reconciler.sandbox.vendor import Vendor

__all__ = ["APPCENTER"]

_APP = "apps/{owner_name}/{app_name}"
_AUDIENCES = f"{_APP}/analytics/audiences"
_PUSH = f"{_APP}/push"

ROUTES = (
    Route("GET", _AUDIENCES, audiences.list_audiences, writes=False),
    Route("HEAD", f"{_AUDIENCES}/{{audience_name}}", audiences.head_audience, writes=False),
    Route("GET", f"{_AUDIENCES}/{{audience_name}}", audiences.read_audience, writes=False),
    Route("PUT", f"{_AUDIENCES}/{{audience_name}}", audiences.put_audience),
    Route("DELETE", f"{_AUDIENCES}/{{audience_name}}", audiences.delete_audience),
    Route("POST", f"{_AUDIENCES}/definition/test", audiences.measure_audience, writes=False),
    Route("GET", f"{_AUDIENCES}/metadata/device_properties", metadata.list_device_properties, writes=False),
    Route(
        "GET",
        f"{_AUDIENCES}/metadata/device_properties/{{property_name}}/values",
        metadata.list_device_property_values,
        writes=False,
    ),
    Route("GET", f"{_AUDIENCES}/metadata/custom_properties", metadata.list_custom_properties, writes=False),
    Route("POST", f"{_PUSH}/notifications", notifications.send),
    Route("GET", f"{_PUSH}/notifications", notifications.list_notifications, writes=False),
    Route("DELETE", f"{_PUSH}/notifications", notifications.delete_notifications),
    Route("GET", f"{_PUSH}/notifications/{{notification_id}}", notifications.read_notification, writes=False),
    Route("HEAD", f"{_PUSH}/notifications_config", config.head_config, writes=False),
    Route("GET", f"{_PUSH}/notifications_config", config.read_config, writes=False),
    Route("PUT", f"{_PUSH}/notifications_config", config.put_config),
    Route("DELETE", f"{_PUSH}/notifications_config", config.delete_config),
    Route("DELETE", f"{_PUSH}/devices/{{install_id}}", push_devices.delete_install_id),
    Route("POST", f"{_PUSH}/device_exports", exports.start_export),
    Route("GET", f"{_PUSH}/device_exports/{{export_id}}", exports.read_export, writes=False),
    Route("PUT", f"{_APP}/devices/block_logs", push_devices.block_app_logs),
    Route("PUT", f"{_APP}/devices/block_logs/{{install_id}}", push_devices.block_device_logs),
    Route("GET", "user", users.read_user, writes=False),
    Route("PATCH", "user", users.update_user),
    Route("GET", "apps", apps.list_apps, writes=False),
    Route("POST", "apps", apps.create_app),
    Route("GET", _APP, apps.read_app, writes=False),
    Route("PATCH", _APP, apps.update_app),
    Route("DELETE", _APP, apps.remove_app),
    Route("GET", "orgs", orgs.list_orgs, writes=False),
    Route("POST", "orgs", orgs.put_org),
    Route("GET", "orgs/{org_name}/apps", apps.list_org_apps, writes=False),
    Route("POST", "orgs/{org_name}/apps", apps.create_org_app),
    Route("GET", "api_tokens", api_tokens.list_tokens, writes=False, security="basic"),
    Route("POST", "api_tokens", api_tokens.create_token, security="basic"),
    Route("DELETE", "api_tokens/{api_token_id}", api_tokens.delete_token, security="basic"),
    Route("POST", "logs", ingestion.take_logs, security="secret", limited=False),
)


def _claims(segments: tuple[str, ...]) -> tuple[str, ...] | None:
    """App Center's paths begin with `/v0.1`, at the portal with `/api/v0.1` (facts §0); the SDK's door is `/logs`."""
    if segments == ("logs",):
        return segments
    if segments[:1] == ("api",):
        segments = segments[1:]
    return segments[1:] if segments[:1] == ("v0.1",) else None


APPCENTER = Vendor(
    name=VENDOR,
    schema=SCHEMA,
    routes=compile_routes(ROUTES),
    claims=_claims,
    authorize=authorize,
    refuse=refuse,
    rate_limit=RateLimit(500, 300),  # "500 API requests / 5 min / IP" (facts §2)
    requires_body=("POST", "PUT", "PATCH"),
)
