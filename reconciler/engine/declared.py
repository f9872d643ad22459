"""What a project declares of audiences and custom properties, as far as it can be read: for looking at one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.resolve import property_of
from reconciler.engine.load import project_of
from reconciler.engine.read_documents import read_documents
from reconciler.language import Property
from reconciler.manifests.read import read
from reconciler.model.document import Document


@dataclass(frozen=True, slots=True)
class Declared:
    """Definitions by the audience's name, then app; and the custom properties and the backend of each app."""

    definitions: Mapping[str, Mapping[str, str]]
    properties: Mapping[str, Mapping[str, Property]]
    backends: Mapping[str, str]


def declared(project_file: str, environment: str = "") -> Declared:
    """Everything of the right shape in a project, nothing where there is none.

    Raises `ConfigError` for a project file that is not sound.
    """
    project = project_of(project_file, environment)
    if project is None:
        return Declared({}, {}, {})
    sources, _ = read(project.root, project.manifests)
    documents, _, _ = read_documents(sources)
    definitions: dict[str, dict[str, str]] = {}
    properties: dict[str, dict[str, Property]] = {alias: {} for alias in project.apps}
    for document in documents:
        _collect(document, definitions, properties)
    return Declared(definitions, properties, {alias: app.provider for alias, app in project.apps.items()})


def _collect(
    document: Document, definitions: dict[str, dict[str, str]], properties: dict[str, dict[str, Property]]
) -> None:
    value = document.value
    name, spec = value["metadata"]["name"], value["spec"]
    for app in value["metadata"]["apps"]:
        if app not in properties:
            continue
        if value["kind"] == "CustomProperty":
            properties[app][name] = property_of(spec)
        elif value["kind"] == "Audience" and "definition" in spec:
            definitions.setdefault(name, {}).setdefault(app, spec["definition"])
