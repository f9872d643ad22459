"""Mobile Engagement without credentials: its coordinates, what it cannot say, and the bytes it would be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.language import parse
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.project import App
from reconciler.model.resource import Resource
from reconciler.model.send import Attempt
from reconciler.providers.answers import encoded
from reconciler.providers.blame import blamed
from reconciler.providers.loopback import coordinates
from reconciler.providers.mobileengagement import wire
from reconciler.providers.mobileengagement.criteria import compile_audience
from reconciler.providers.mobileengagement.kinds import DEFAULT_ENDPOINT, KINDS, NAME, SENDS
from reconciler.providers.mobileengagement.rules import audience_findings, campaign_findings, content_findings


class MobileEngagementDialect:
    """`ports.Dialect` of Mobile Engagement."""

    name = NAME
    kinds = KINDS
    sends = SENDS

    def coordinates(self, app: App) -> str:
        """`mobileengagement/subscription/resource group/collection/app`, in small letters as the backend compares
        them; a rehearsal behind a loopback endpoint never shadows the real app of that name.
        """
        endpoint = str(app.settings.get("endpoint", DEFAULT_ENDPOINT))
        names = ("subscription", "resource_group", "collection", "app")
        return coordinates(NAME, endpoint, *(app.settings[name] for name in names))

    def check(self, resource: Resource) -> Iterable[Finding]:
        match resource.kind:
            case "Audience":
                return audience_findings(resource)
            case "Campaign":
                return campaign_findings(resource)
            case "Notification":
                return (*_target(resource), *content_findings(resource))
            case _:
                return ()

    def payload(self, attempt: Attempt) -> bytes:
        return encoded(wire.payload(attempt))

    def compiled(self, definition: str, types: Mapping[str, str]) -> tuple[Mapping[str, Any] | None, Sequence[Finding]]:
        audience, problems = compile_audience(parse(definition), types)
        return audience, blamed(problems)


def _target(notification: Resource) -> Iterator[Finding]:
    """Devices are reached by pushing a saved campaign to them, all others by a campaign made for the purpose."""
    spec, document = notification.spec, notification.source.document
    if "devices" in spec["target"] and "campaign" not in spec:
        hint = "declare a Campaign with `push_mode: manual`, and name it here: `campaign: …`"
        where = Source(document, ("spec", "target", "devices"), on_key=True)
        yield Finding("RC302", "Mobile Engagement reaches single devices by pushing a saved campaign", hint, where)
    if "campaign" in spec and "devices" not in spec["target"]:
        where = Source(document, ("spec", "campaign"), on_key=True)
        yield Finding("RC302", "a saved campaign is pushed to devices only", "set `target: {devices: […]}`", where)
