"""Put the definitions of audiences where their names stand, for backends that want definitions and know no names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.core.compose import CAMPAIGN, NOTIFICATION
from reconciler.model.resource import Resource, Spec


def inlined(resources: Sequence[Resource], apps: Collection[str]) -> tuple[Resource, ...]:
    """The resources; those of `apps` that name audiences with `definition` and `custom_properties` of all of them.

    A campaign's `audience` becomes what is compared: `audiences` (names) with `definition` and `custom_properties`, or
    `audience` (`expression`, `criteria`) as the backend has it; and `filters`. A notification that pushes a campaign
    gets the campaign's `campaign_type`.
    """
    if not apps:
        return tuple(resources)
    named = {(each.app, each.kind, each.name): each for each in resources if each.kind in ("Audience", CAMPAIGN)}
    return tuple(
        replace(each, spec=_spec(each, named)) if each.app in apps and each.kind in (CAMPAIGN, NOTIFICATION) else each
        for each in resources
    )


def _spec(resource: Resource, named: Mapping[tuple[str, str, str], Resource]) -> Spec:
    spec = dict(resource.spec)
    if resource.kind == NOTIFICATION:
        names = spec["target"].get("audiences", ())
        campaign = named.get((resource.app, CAMPAIGN, spec.get("campaign", "")))
        types = {"campaign_type": campaign.spec["type"]} if campaign else {}
        return {**spec, **types, **_definition(resource.app, names, named)}
    written = spec.pop("audience", {})
    audience: dict[str, Any] = {"audiences": written} if isinstance(written, list) else dict(written)
    names = audience.pop("audiences", ())
    filters = {"filters": audience.pop("filters")} if "filters" in audience else {}
    native = {"audience": audience} if audience else {}
    return {**spec, **({"audiences": names} if names else native), **filters, **_definition(resource.app, names, named)}


def _definition(app: str, names: Sequence[str], named: Mapping[tuple[str, str, str], Resource]) -> dict[str, Any]:
    """One definition for several audiences, and the types that it uses; nothing where one of them has none."""
    specs = [named[app, "Audience", name].spec for name in names if (app, "Audience", name) in named]
    if not specs or len(specs) < len(names) or not all("definition" in each for each in specs):
        return {}
    texts = [each["definition"] for each in specs]
    types = {name: kind for each in specs for name, kind in each["custom_properties"].items()}
    definition = texts[0] if len(texts) == 1 else " or ".join(f"({text})" for text in texts)
    return {"definition": definition, "custom_properties": types}
