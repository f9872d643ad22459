"""Small worlds for the tests of the core: documents from YAML text, a project, its resources."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.configure import configure
from reconciler.core.references import references
from reconciler.core.resolve import resolve
from reconciler.manifests.parse import parse
from reconciler.manifests.read import SourceText
from reconciler.model.document import Document
from reconciler.model.finding import Finding
from reconciler.model.project import Project
from reconciler.model.resource import Resource
from reconciler.providers.registry import DIALECTS

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: p}
spec:
  manifests: [m]
  apps:
    a: {provider: appcenter, owner: o, app: a, token: {env: T}}
    b: {provider: appcenter, owner: o, app: b, token: {env: T}}
  environments:
    staging: {apps: {a: {app: a-staging}}, ledger: "sqlite:///staging.db"}
"""


def documents(text: str) -> tuple[Document, ...]:
    parsed, findings = parse(SourceText("m.yaml", text))
    assert not findings
    return parsed


def project(environment: str = "", text: str = PROJECT) -> Project:
    made, findings = configure(documents(text)[0], ".", environment)
    assert made is not None
    assert not findings
    return made


def manifest(kind: str, name: str, spec: str, apps: str = "a") -> str:
    return f"---\napiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}, apps: [{apps}]}}\nspec: {spec}\n"


def resolved(*manifests: str, environment: str = "") -> tuple[tuple[Resource, ...], tuple[Finding, ...]]:
    made, findings = resolve(documents("".join(manifests)), project(environment))
    return made, (*findings, *references(made))


def resources(*manifests: str) -> tuple[Resource, ...]:
    made, findings = resolved(*manifests)
    assert not [each for each in findings if each.is_error]
    return made


def dialects(names: Sequence[str] = ("a", "b")) -> dict[str, object]:
    return dict.fromkeys(names, DIALECTS["appcenter"])


def codes(findings: Sequence[Finding]) -> list[str]:
    return [each.code for each in findings]
