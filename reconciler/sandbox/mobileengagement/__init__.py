"""Azure Mobile Engagement, as its swagger and the fact sheet describe it."""

from __future__ import annotations

from reconciler.sandbox.mobileengagement import (
    apps,
    campaigns,
    devices,
    lifecycle,
    oauth,
    pushing,
    statistics,
    tags,
    tasks,
)
from reconciler.sandbox.mobileengagement.authority import authorize, negotiate, refuse
from reconciler.sandbox.mobileengagement.due import catch_up
from reconciler.sandbox.mobileengagement.schema import SCHEMA
from reconciler.sandbox.mobileengagement.seen import VENDOR
from reconciler.sandbox.routing import Route, compile_routes
from reconciler.sandbox.vendor import Vendor

__all__ = ["MOBILE_ENGAGEMENT"]

_SUBSCRIPTION = "subscriptions/{subscription}"
_PROVIDER = "providers/Microsoft.MobileEngagement"
_APPS = f"{_SUBSCRIPTION}/resourceGroups/{{group}}/{_PROVIDER}/appcollections/{{collection}}/apps"
_APP = f"{_APPS}/{{app}}"
_CAMPAIGNS = f"{_APP}/campaigns/{{kind}}"
_CAMPAIGN = f"{_CAMPAIGNS}/{{id}}"
_EXPORTS = f"{_APP}/devices/exportTasks"
_IMPORTS = f"{_APP}/devices/importTasks"

ROUTES = (
    Route("POST", "{tenant}/oauth2/token", oauth.give_token, security="none"),
    Route("GET", f"{_SUBSCRIPTION}/{_PROVIDER}/appCollections", apps.list_collections, writes=False),
    Route("GET", f"{_SUBSCRIPTION}/{_PROVIDER}/supportedPlatforms", apps.list_platforms, writes=False),
    Route("POST", f"{_SUBSCRIPTION}/{_PROVIDER}/checkAppCollectionNameAvailability", apps.check_name, writes=False),
    Route("GET", _APPS, apps.list_apps, writes=False),
    Route("GET", _CAMPAIGNS, campaigns.list_campaigns, writes=False),
    Route("POST", _CAMPAIGNS, campaigns.create_campaign),
    Route("POST", f"{_CAMPAIGNS}/test", pushing.try_new),
    Route("GET", _CAMPAIGN, campaigns.read_campaign, writes=False),
    Route("PUT", _CAMPAIGN, campaigns.update_campaign),
    Route("DELETE", _CAMPAIGN, campaigns.delete_campaign),
    Route("POST", f"{_CAMPAIGN}/activate", lifecycle.activate),
    Route("POST", f"{_CAMPAIGN}/suspend", lifecycle.suspend),
    Route("POST", f"{_CAMPAIGN}/finish", lifecycle.finish),
    Route("POST", f"{_CAMPAIGN}/push", pushing.push),
    Route("POST", f"{_CAMPAIGN}/test", pushing.try_saved),
    Route("GET", f"{_CAMPAIGN}/statistics", statistics.read_statistics, writes=False),
    Route("GET", f"{_APP}/campaignsByName/{{kind}}/{{name}}", campaigns.read_campaign_by_name, writes=False),
    Route("GET", f"{_APP}/devices", devices.list_devices, writes=False),
    Route("GET", f"{_APP}/devices/{{device}}", devices.read_device, writes=False),
    Route("GET", f"{_APP}/users/{{user}}", devices.read_user, writes=False),
    Route("POST", f"{_APP}/devices/tag", tags.tag_devices),
    Route("POST", f"{_APP}/users/tag", tags.tag_users),
    Route("GET", _EXPORTS, tasks.list_exports, writes=False),
    Route("GET", f"{_EXPORTS}/{{id}}", tasks.read_export, writes=False),
    Route("POST", f"{_EXPORTS}/activities", tasks.export("Activity", "dates")),
    Route("POST", f"{_EXPORTS}/crashes", tasks.export("Crash", "dates")),
    Route("POST", f"{_EXPORTS}/errors", tasks.export("Error", "dates")),
    Route("POST", f"{_EXPORTS}/events", tasks.export("Event", "dates")),
    Route("POST", f"{_EXPORTS}/jobs", tasks.export("Job", "dates")),
    Route("POST", f"{_EXPORTS}/sessions", tasks.export("Session", "dates")),
    Route("POST", f"{_EXPORTS}/tags", tasks.export("Tag", "everything")),
    Route("POST", f"{_EXPORTS}/tokens", tasks.export("Token", "everything")),
    Route("POST", f"{_EXPORTS}/feedbackByDate", tasks.export("Push", "window")),
    Route("POST", f"{_EXPORTS}/feedbackByCampaign", tasks.export("Push", "campaigns")),
    Route("GET", _IMPORTS, tasks.list_imports, writes=False),
    Route("POST", _IMPORTS, tasks.import_devices),
    Route("GET", f"{_IMPORTS}/{{id}}", tasks.read_import, writes=False),
)
# Fixed segments win over varying ones, and are the same in any case (facts §1).
_PATTERNS = sorted((tuple(route.pattern.split("/")) for route in ROUTES), key=lambda parts: "/".join(parts).count("{"))


def _claims(segments: tuple[str, ...]) -> tuple[str, ...] | None:
    """Azure's paths, with their fixed segments as the routes write them."""
    for parts in _PATTERNS:
        if len(parts) == len(segments) and all(
            part[0] == "{" or part.lower() == segment.lower() for part, segment in zip(parts, segments, strict=True)
        ):
            return tuple(segment if part[0] == "{" else part for part, segment in zip(parts, segments, strict=True))
    return segments if "".join(segments[:1]).lower() == "subscriptions" else None


MOBILE_ENGAGEMENT = Vendor(
    name=VENDOR,
    schema=SCHEMA,
    routes=compile_routes(ROUTES),
    claims=_claims,
    authorize=authorize,
    refuse=refuse,
    rate_limit=None,  # none is documented (facts §12)
    negotiate=negotiate,
    catch_up=catch_up,
)
