"""Projects on disk for tests: a folder, its manifests as values, and one app on some endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ALIAS = "shop"


def write_project(
    folder: Path, *documents: Mapping[str, Any], settings: Mapping[str, Any] | None = None, **spec: Any
) -> Path:
    """Write a project whose manifests are exactly these documents, in this order; JSON is YAML."""
    app = {
        "provider": "appcenter",
        "owner": "contoso",
        "app": "shop",
        "token": {"env": "APPCENTER_TOKEN"},
        **(settings or {}),
    }
    project = {
        "apiVersion": "reconciler/v1",
        "kind": "Project",
        "metadata": {"name": "test"},
        "spec": {"manifests": ["manifests"], "apps": {ALIAS: app}, **spec},
    }
    (folder / "reconciler.yaml").write_text(json.dumps(project, ensure_ascii=False), encoding="utf-8")
    write_manifests(folder, *documents)
    return folder


def write_manifests(folder: Path, *documents: Mapping[str, Any]) -> None:
    manifests = folder / "manifests"
    manifests.mkdir(exist_ok=True)
    text = "\n---\n".join(json.dumps(document, ensure_ascii=False) for document in documents)
    (manifests / "all.yaml").write_text(text + "\n", encoding="utf-8")


def document(kind: str, name: str, spec: Mapping[str, Any], *apps: str) -> dict[str, Any]:
    return {
        "apiVersion": "reconciler/v1",
        "kind": kind,
        "metadata": {"name": name, "apps": list(apps or (ALIAS,))},
        "spec": dict(spec),
    }


def audience(name: str, definition: str = "CarrierCountry eq 'US'", **spec: Any) -> dict[str, Any]:
    return document("Audience", name, {"definition": definition, **spec})


def custom_property(name: str, kind: str = "string", **spec: Any) -> dict[str, Any]:
    return document("CustomProperty", name, {"type": kind, **spec})


def notification(
    name: str, target: Mapping[str, Any] | None = None, revision: int | None = None, **content: Any
) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "content": content or {"title": name, "body": f"text of {name}"},
        "target": target or {"everyone": True},
    }
    if revision is not None:
        spec["revision"] = revision
    return document("Notification", name, spec)


def phone(number: int) -> str:
    """An install id."""
    return f"00000000-0000-4000-8000-{number:012d}"
