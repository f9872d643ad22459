"""Appizer, as its documentation pages describe it."""

from __future__ import annotations

from reconciler.sandbox.appizer import apps, audiences, campaigns, tracking
from reconciler.sandbox.appizer.authority import ORGANIZATION, authorize
from reconciler.sandbox.appizer.envelope import negotiate, refuse
from reconciler.sandbox.appizer.quotas import metered
from reconciler.sandbox.appizer.schema import SCHEMA
from reconciler.sandbox.appizer.seen import VENDOR
from reconciler.sandbox.routing import Operation, Route, compile_routes
from reconciler.sandbox.vendor import Vendor

__all__ = ["APPIZER"]


def _metered(method: str, pattern: str, operation: Operation, quota: str) -> Route:
    """Such an operation is free of the sandbox's own limit, because it has Appizer's."""
    return Route(method, pattern, metered(quota, operation), writes=method != "GET", limited=False)


def _on_apps(method: str, pattern: str, operation: Operation) -> Route:
    return Route(method, pattern, operation, writes=method != "GET", security=ORGANIZATION)


ROUTES = (
    _metered("POST", "audiences", audiences.create_audience, "audiences"),
    _metered("GET", "audiences", audiences.list_audiences, "audiences"),
    _metered("POST", "events", tracking.track_event, "events"),
    _metered("POST", "events/batch", tracking.track_events, "batch_events"),
    _metered("POST", "users", tracking.put_user, "users"),
    _metered("GET", "notifications/campaigns/{campaign_id}", campaigns.read_campaign, "push_notifications"),
    _on_apps("GET", "apps", apps.list_apps),
    _on_apps("POST", "apps", apps.create_app),
    _on_apps("GET", "apps/{id}", apps.read_app),
    _on_apps("PATCH", "apps/{id}", apps.update_app),
    _on_apps("DELETE", "apps/{id}", apps.delete_app),
)


def _claims(segments: tuple[str, ...]) -> tuple[str, ...] | None:
    return segments[1:] if segments[:1] == ("v1",) else None


APPIZER = Vendor(
    name=VENDOR,
    schema=SCHEMA,
    routes=compile_routes(ROUTES),
    claims=_claims,
    authorize=authorize,
    refuse=refuse,
    rate_limit=None,  # each operation has a limit of its own
    negotiate=negotiate,
)
