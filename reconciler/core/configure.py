"""Turn a valid project document into a `Project` with one environment chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.faults import Fault
from reconciler.core.quote import nearest, quote
from reconciler.core.validate import project_faults
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
    merged = {alias: {**spec["apps"].get(alias, {}), **settings} for alias, settings in overlay["apps"].items()}
    seen = {**document.value, "spec": {**spec, "apps": merged}}
    faults = project_faults(seen) if environment else ()
    unsound = {fault.path[2] for fault in faults}
    project = Project(
        name=document.value["metadata"]["name"],
        root=root,
        environment=environment,
        manifests=tuple(spec["manifests"]),
        ledger=_reference(overlay.get("ledger", spec.get("ledger", DEFAULT_LEDGER))),
        apps={alias: _app(alias, settings) for alias, settings in merged.items() if alias not in unsound},
        known_apps=frozenset(spec["apps"]).union(*(each["apps"] for each in environments.values())),
        guard=_guard(spec.get("guard") or {}),
        document=document,
    )
    return project, tuple(_placed(document, environment, fault) for fault in faults)


def _unknown_environment(document: Document, environment: str, known: tuple[str, ...]) -> Finding:
    listed = ", ".join(quote(name) for name in known)
    return Finding(
        "RC131",
        f"{quote(environment)} is not an environment of this project",
        nearest(environment, known)
        or (f"choose one of {listed}" if known else "leave `--env` out: the project declares none"),
        Source(document, ("spec", "environments") if known else ("spec",), on_key=True),
    )


def _placed(document: Document, environment: str, fault: Fault) -> Finding:
    """What is wrong with an app after the overlay, told at what the environment itself says of it."""
    _, _, alias, *rest = fault.path
    own = document.value["spec"]["environments"][environment]["apps"][alias]
    is_own = bool(rest) and rest[0] in own
    path = ("spec", "environments", environment, "apps", alias, *(rest if is_own else ()))
    message = f"in the environment {quote(environment)}, {fault.message}"
    return Finding("RC132", message, fault.hint, Source(document, path, on_key=fault.on_key or not is_own))


def _app(alias: str, settings: Mapping[str, Any]) -> App:
    references = {name: _reference(value) for name, value in settings.items() if name != "provider"}
    return App(alias, str(settings["provider"]), references)


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
