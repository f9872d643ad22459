"""Audit resources against what their backends can do: gaps and limits become findings before any credential is asked
for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.core.audit_schedule import schedule_findings
from reconciler.core.compose import NOTIFICATION
from reconciler.core.quote import listing, quote
from reconciler.model.document import Path, Source
from reconciler.model.finding import Finding
from reconciler.model.kind import KindSpec, LengthLimit
from reconciler.model.resource import Resource
from reconciler.ports import Dialect


def audit(resources: Sequence[Resource], dialects: Mapping[str, Dialect]) -> tuple[Finding, ...]:
    """Everything the backends of `dialects` (by app alias) would refuse of these resources."""
    findings: list[Finding] = []
    for resource in resources:
        dialect = dialects[resource.app]
        if resource.kind == NOTIFICATION:
            findings.extend(_notification(resource, dialect))
        elif resource.kind in dialect.kinds:
            findings.extend(over_limit(resource, dialect.kinds[resource.kind].limits, dialect.name))
        else:
            findings.append(_gap(resource, dialect))
            continue
        findings.extend(dialect.check(resource))
    return (*findings, *_too_many(resources, dialects))


def over_limit(resource: Resource, limits: Iterable[LengthLimit], backend: str) -> Iterable[Finding]:
    """A finding for each value of the resource's spec that is longer or shorter than a limit allows."""
    for limit in limits:
        text = resource.spec.get(limit.path[0])
        if len(limit.path) == 1 and text.__class__ is str and limit.minimum <= len(text) <= limit.maximum:
            continue  # the daily case, told without looking closer
        for path, value in _values(resource.spec, limit.path):
            length = len(value)
            if not limit.minimum <= length <= limit.maximum:
                unit = "characters" if isinstance(value, str) else "entries"
                bound = f"at most {limit.maximum}" if length > limit.maximum else f"at least {limit.minimum}"
                yield Finding(
                    "RC310",
                    f"`{'.'.join(map(str, path))}` has {length} {unit}; {backend} takes {bound}",
                    "shorten it" if length > limit.maximum else "lengthen it",
                    Source(resource.source.document, ("spec", *path)),
                )


def _values(value: Any, path: tuple[str, ...], walked: Path = ()) -> Iterable[tuple[Path, Any]]:
    if not path:
        if isinstance(value, (str, list, Mapping)):
            yield walked, value
    elif path[0] == "*" and isinstance(value, (list, Mapping)):
        for name, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _values(inner, path[1:], (*walked, name))
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _values(value[path[0]], path[1:], (*walked, path[0]))


def _gap(resource: Resource, dialect: Dialect) -> Finding:
    return Finding(
        "RC301",
        f"{dialect.name} has no {resource.kind}s, and {quote(resource.name)} names its app {quote(resource.app)}",
        "remove that app from `metadata.apps`",
        Source(resource.source.document, ("metadata", "apps")),
    )


def _notification(resource: Resource, dialect: Dialect) -> Iterable[Finding]:
    sends = dialect.sends
    yield from over_limit(resource, sends.limits, dialect.name)
    if "schedule" in resource.spec:
        yield from schedule_findings(resource)
    if len(resource.name) > sends.name_length:
        yield Finding(
            "RC311",
            f"the name has {len(resource.name)} characters; "
            f"{dialect.name} leaves {sends.name_length} beside the marker of a send",
            "shorten the name",
            Source(resource.source.document, ("metadata", "name")),
        )
    for target in resource.spec["target"]:
        if target not in sends.targets:
            yield Finding(
                "RC302",
                f"{dialect.name} cannot send to `{target}`",
                f"choose one of {listing(sorted(sends.targets))}"
                if sends.targets
                else "take the app out of `metadata.apps`",
                Source(resource.source.document, ("spec", "target", target), on_key=True),
            )


def _too_many(resources: Sequence[Resource], dialects: Mapping[str, Dialect]) -> Iterable[Finding]:
    counts = Counter((resource.app, resource.kind) for resource in resources)
    crowded = {where: kind for where in counts if (kind := _crowded(dialects[where[0]], where[1], counts[where]))}
    seen: Counter[tuple[str, str]] = Counter()
    for resource in resources if crowded else ():
        where = (resource.app, resource.kind)
        seen[where] += 1
        if where in crowded and seen[where] == (crowded[where].maximum or 0) + 1:
            yield Finding(
                "RC312",
                f"{quote(resource.app)} has {counts[where]} {resource.kind}s; "
                f"{dialects[resource.app].name} takes at most {crowded[where].maximum}",
                "this one is the first beyond the limit; remove or merge some",
                Source(resource.source.document, ("metadata", "name")),
            )


def _crowded(dialect: Dialect, kind: str, count: int) -> KindSpec | None:
    spec = dialect.kinds.get(kind)
    return spec if spec is not None and spec.maximum is not None and count > spec.maximum else None
