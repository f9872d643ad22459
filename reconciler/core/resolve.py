"""Resolve documents into the resources of each app: the apps and properties that they name are looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from reconciler.core.examples import misjudged
from reconciler.core.quote import nearest, quote
from reconciler.language import (
    DEVICE_PROPERTIES,
    DefinitionError,
    Expr,
    Property,
    canonical_name,
    check,
    parse,
    properties_of,
)
from reconciler.model.document import Document, Source
from reconciler.model.finding import Finding
from reconciler.model.project import Project
from reconciler.model.resource import Key, Resource

Properties = Mapping[str, Mapping[str, Property]]


Definition = tuple[str, Mapping[str, Property]]
"""The text of a definition, and the custom properties that its app has."""


def clean_names(definitions: Sequence[Definition]) -> list[Sequence[str] | None]:
    """For each definition in which nothing is wrong, the names it uses; None for one that has to be told about."""
    # All are parsed before the first is checked: going to and fro between the two takes a fifth longer.
    parsed = [_parsed(text) for text, _ in definitions]
    return [
        None if expression is None or check(expression, known) else sorted(properties_of(expression))
        for expression, (_, known) in zip(parsed, definitions, strict=True)
    ]


def _parsed(text: str) -> Expr | None:
    try:
        return parse(text)
    except DefinitionError:
        return None


def resolve(
    documents: Sequence[Document],
    project: Project,
    judge: Callable[[Sequence[Definition]], Sequence[Sequence[str] | None]] = clean_names,
) -> tuple[tuple[Resource, ...], tuple[Finding, ...]]:
    """One resource for each document and each app it names that the environment has; and everything that does not
    resolve.

    Documents have passed `validate`. An app that only another environment has is left out without a word. `judge` is
    `clean_names`, done by whoever has more cores.
    """
    findings: list[Finding] = []
    placed = list(_placed(documents, project, findings))
    properties = _properties(placed, project, findings)
    resources: list[Resource] = []
    defined = [pair for pair in placed if "definition" in pair[1].value["spec"]]
    clean = iter(judge([(document.value["spec"]["definition"], properties[app]) for app, document in defined]))
    for app, document in placed:
        kind, spec = document.value["kind"], document.value["spec"]
        if "definition" in spec:
            spec = _audience(document, properties[app], next(clean), findings)
        resources.append(Resource(app, kind, document.value["metadata"]["name"], spec, Source(document)))
    return tuple(resources), tuple(findings)


def _placed(documents: Sequence[Document], project: Project, findings: list[Finding]) -> Iterable[tuple[str, Document]]:
    seen: dict[Key, Document] = {}
    for document in documents:
        name, kind = document.value["metadata"]["name"], document.value["kind"]
        for index, app in enumerate(document.value["metadata"]["apps"]):
            first = seen.setdefault((app, kind, name), document)
            if first is not document:
                findings.append(_duplicate(document, first, app))
            elif app in project.apps:
                yield app, document
            elif app not in project.known_apps:
                where = Source(document, ("metadata", "apps", index))
                hint = (
                    nearest(app, project.known_apps) or f"declare it in `spec.apps` of {quote(project.document.file)}"
                )
                findings.append(Finding("RC202", f"{quote(app)} is not an app of this project", hint, where))


def _duplicate(document: Document, first: Document, app: str) -> Finding:
    name, kind = document.value["metadata"]["name"], document.value["kind"]
    return Finding(
        "RC201",
        f"{kind} {quote(name)} is declared twice for {quote(app)}",
        f"it is declared first in {first.file}:{first.line}; rename or remove one of them",
        Source(document, ("metadata", "name")),
    )


def _properties(placed: Sequence[tuple[str, Document]], project: Project, findings: list[Finding]) -> Properties:
    declared: dict[str, dict[str, Property]] = {alias: {} for alias in project.apps}
    for app, document in placed:
        if document.value["kind"] != "CustomProperty":
            continue
        name, spec = document.value["metadata"]["name"], document.value["spec"]
        if canonical_name(name) in DEVICE_PROPERTIES:
            where = Source(document, ("metadata", "name"))
            findings.append(
                Finding("RC204", f"{quote(name)} is the name of a device property", "choose another name", where)
            )
        declared[app][name] = property_of(spec)
    return declared


def property_of(spec: Mapping[str, Any]) -> Property:
    """What the spec of a CustomProperty says to the language."""
    return Property(
        type=spec["type"],
        values=tuple(spec["values"]) if "values" in spec else None,
        pattern=spec.get("pattern"),
        minimum=spec.get("minimum"),
        maximum=spec.get("maximum"),
    )


def _audience(
    document: Document, known: Mapping[str, Property], names: Sequence[str] | None, findings: list[Finding]
) -> Mapping[str, Any]:
    """The audience's spec with the types of the custom properties its definition uses: App Center wants them in each
    audience.
    """
    spec: Mapping[str, Any] = document.value["spec"]
    if names is None or "examples" in spec:
        names = _judged(document, known, findings)
    types = {name: known[name].type for name in names if name in known}
    resolved = {**spec, "custom_properties": types}
    resolved.pop("examples", None)
    return resolved


def _judged(document: Document, known: Mapping[str, Property], findings: list[Finding]) -> Sequence[str]:
    """The names that a definition uses, after everything wrong with it is told."""
    try:
        expression = parse(document.value["spec"]["definition"])
    except DefinitionError as error:
        where = Source(document, ("spec", "definition"), error.offset, error.length)
        findings.append(Finding("RC220", error.message, error.hint or "", where))
        return ()
    for problem in check(expression, known):
        where = Source(document, ("spec", "definition"), problem.offset, problem.length)
        findings.append(Finding(problem.code, problem.message, problem.hint or "", where, problem.severity))
    findings.extend(misjudged(document, expression, {name: each.type for name, each in known.items()}))
    return sorted(properties_of(expression))
