"""Turn a valid project document into a `Project` with one environment chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.quote import nearest, quote
from reconciler.model.document import Document, Source
from reconciler.model.finding import Finding
from reconciler.model.project import App, EnvRef, Guard, Limit, Project

DEFAULT_LEDGER = "sqlite:///.reconciler/ledger.db"


def configure(document: Document, root: str, environment: str = "") -> tuple[Project | None, tuple[Finding, ...]]:
    """The project as `environment` sees it: exactly the apps it names, each laid over the one of `spec.apps`.

    `document` has passed `validate_project`; `root` is the folder of its file. Without an environment, the apps are
    those of `spec.apps`.
    """
    spec: Mapping[str, Any] = document.value["spec"]
    environments: Mapping[str, Any] = spec.get("environments") or {}
    if environment and environment not in environments:
        return None, (_unknown_environment(document, environment, tuple(environments)),)
    overlay: Mapping[str, Any] = environments[environment] if environment else {"apps": spec["apps"]}
    apps, findings = _apps(document, environment, spec["apps"], overlay.get("apps") or {})
    project = Project(
        name=document.value["metadata"]["name"],
        root=root,
        environment=environment,
        manifests=tuple(spec["manifests"]),
        ledger=_reference(overlay.get("ledger", spec.get("ledger", DEFAULT_LEDGER))),
        apps=apps,
        known_apps=frozenset(spec["apps"]).union(*(each.get("apps") or {} for each in environments.values())),
        guard=_guard(spec.get("guard") or {}),
        document=document,
    )
    return project, findings


def _unknown_environment(document: Document, environment: str, known: tuple[str, ...]) -> Finding:
    listed = ", ".join(quote(name) for name in known)
    return Finding(
        "RC131",
        f"{quote(environment)} is not an environment of this project",
        nearest(environment, known)
        or (f"choose one of {listed}" if known else "leave `--env` out: the project declares none"),
        Source(document, ("spec", "environments") if known else ("spec",), on_key=True),
    )


def _apps(
    document: Document, environment: str, above: Mapping[str, Any], named: Mapping[str, Any]
) -> tuple[dict[str, App], tuple[Finding, ...]]:
    apps: dict[str, App] = {}
    findings: list[Finding] = []
    for alias, settings in named.items():
        merged = {**above.get(alias, {}), **(settings or {})}
        missing = [name for name in ("provider", "owner", "app", "token") if name not in merged]
        if environment and alias not in above and missing:
            path = ("spec", "environments", environment, "apps", alias)
            listed = ", ".join(quote(name) for name in missing)
            findings.append(
                Finding(
                    "RC132",
                    f"{quote(alias)} is not in `spec.apps` and lacks {listed}",
                    "",
                    Source(document, path, on_key=True),
                )
            )
            continue
        provider = str(merged.pop("provider"))
        apps[alias] = App(alias, provider, {name: _reference(value) for name, value in merged.items()})
    return apps, tuple(findings)


def _reference(value: Any) -> Any:
    return EnvRef(value["env"]) if isinstance(value, Mapping) and set(value) == {"env"} else value


def _guard(spec: Mapping[str, Any]) -> Guard:
    standard = Guard()
    deletes: Mapping[str, Any] = spec.get("max_deletes") or {}
    return Guard(
        max_deletes=Limit(
            amount=deletes.get("amount", standard.max_deletes.amount),
            percent=deletes.get("percent", standard.max_deletes.percent),
        ),
        max_recipients=spec.get("max_recipients", standard.max_recipients),
    )
