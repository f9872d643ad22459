"""Appizer without credentials: its coordinates, and what it cannot say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.language import DefinitionError, parse
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.project import App
from reconciler.model.resource import Resource
from reconciler.model.send import Attempt
from reconciler.providers.appizer.kinds import DEFAULT_ENDPOINT, KINDS, NAME, SENDS
from reconciler.providers.appizer.sentence import compile_sentence
from reconciler.providers.blame import blamed, blamed_in
from reconciler.providers.loopback import coordinates


class AppizerDialect:
    """`ports.Dialect` of Appizer."""

    name = NAME
    kinds = KINDS
    sends = SENDS

    def coordinates(self, app: App) -> str:
        """`appizer/app_id`; a rehearsal behind a loopback endpoint never shadows the real app of that id."""
        endpoint = str(app.settings.get("endpoint", DEFAULT_ENDPOINT))
        return coordinates(NAME, endpoint, app.settings["app_id"])

    def check(self, resource: Resource) -> Iterable[Finding]:
        return _audience(resource) if resource.kind == "Audience" else ()

    def payload(self, attempt: Attempt) -> bytes:
        return b""  # nothing is sent: the audit refuses every target

    def compiled(self, definition: str, types: Mapping[str, str]) -> tuple[Mapping[str, Any] | None, Sequence[Finding]]:
        sentence, problems = compile_sentence(parse(definition), types)
        return (None if sentence is None else {"criteria": sentence}), blamed(problems)


def _audience(audience: Resource) -> Iterator[Finding]:
    document = audience.source.document
    if "enabled" in audience.spec:
        where = Source(document, ("spec", "enabled"), on_key=True)
        yield Finding("RC306", "Appizer can neither enable nor disable an audience", "take `enabled` out", where)
    if "definition" not in audience.spec:
        return
    try:
        expression = parse(audience.spec["definition"])
    except DefinitionError:
        return  # told by `resolve`
    yield from blamed_in(audience, compile_sentence(expression, audience.spec["custom_properties"])[1])
