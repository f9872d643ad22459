"""App Center without credentials: its coordinates, what it cannot say, and the bytes it would be sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.core.quote import quote
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.project import App
from reconciler.model.resource import Resource
from reconciler.model.send import Attempt
from reconciler.providers.answers import encoded
from reconciler.providers.appcenter import wire
from reconciler.providers.appcenter.kinds import DEFAULT_ENDPOINT, KINDS, NAME, SENDS
from reconciler.providers.loopback import coordinates


class AppCenterDialect:
    """`ports.Dialect` of App Center."""

    name = NAME
    kinds = KINDS
    sends = SENDS

    def coordinates(self, app: App) -> str:
        """`appcenter/owner/app`; an app behind a loopback endpoint is a rehearsal and never shadows the real one of
        that name.
        """
        endpoint = str(app.settings.get("endpoint", DEFAULT_ENDPOINT))
        # Whether the vendor tells `Contoso` from `contoso` is not known; taken for one, nobody is pushed to twice.
        return coordinates(NAME, endpoint, app.settings["owner"], app.settings["app"])

    def check(self, resource: Resource) -> Iterable[Finding]:
        if resource.kind == "Audience" and resource.name in (".", ".."):
            where = Source(resource.source.document, ("metadata", "name"))
            yield Finding("RC305", f"{quote(resource.name)} means another path in a URL", "choose another name", where)
        if resource.kind == "Audience" and "criteria" in resource.spec:
            where = Source(resource.source.document, ("spec", "criteria"), on_key=True)
            yield Finding("RC303", "App Center takes no criteria in natural language", "write a `definition`", where)
        elif resource.kind == "Notification":
            yield from _malformed_devices(resource)
            yield from _unsayable(resource)

    def payload(self, attempt: Attempt) -> bytes:
        return encoded(wire.notification_body(attempt))

    def compiled(self, definition: str, types: Mapping[str, str]) -> tuple[Mapping[str, Any] | None, Sequence[Finding]]:
        return {"definition": definition, "custom_properties": dict(types)}, ()


def _unsayable(resource: Resource) -> Iterator[Finding]:
    """What is said of a notification and App Center has no word for."""
    document, content = resource.source.document, resource.spec.get("content") or {}
    foreign: list[tuple[str, ...]] = [("campaign",)] if "campaign" in resource.spec else []
    foreign += [("content", "action_url")] if "action_url" in content else []
    for path in foreign:
        where = Source(document, ("spec", *path), on_key=True)
        yield Finding("RC306", f"App Center has no `{'.'.join(path)}`", "take it out, or the app", where)
    if not foreign and not content.keys() & {"title", "body", "data"}:
        where = Source(document, ("spec", "content"), on_key=True)
        yield Finding("RC308", "App Center sends nothing without `title`, `body` or `data`", "add one of them", where)


def _malformed_devices(resource: Resource) -> Iterator[Finding]:
    for index, device in enumerate(resource.spec["target"].get("devices", ())):
        try:
            uuid.UUID(device)
        except ValueError:
            where = Source(resource.source.document, ("spec", "target", "devices", index))
            hint = "an install id of App Center is a UUID, as in 00000000-0000-0000-0000-000000000001"
            yield Finding("RC304", f"{quote(device)} is not an install id", hint, where)
