"""Look up the secrets that a project only names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.errors import ConfigError
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.project import App, EnvRef, Project


def secret_of(project: Project, reference: EnvRef, environ: Mapping[str, str]) -> str:
    """The value behind the ledger's reference. Raises `ConfigError` where its variable is not set."""
    if not environ.get(reference.env):
        overlay = ("spec", "environments", project.environment, "ledger")
        path = overlay if project.environment and _is_there(project, overlay) else ("spec", "ledger")
        raise ConfigError([_finding(project, reference, "the ledger", path)])
    return environ[reference.env]


def unset(project: Project, app: App, environ: Mapping[str, str]) -> list[Finding]:
    """A finding for each environment variable that an app needs and that is not set."""
    return [
        _finding(project, value, f"`{app.alias}`", _path(project, app, name))
        for name, value in app.settings.items()
        if isinstance(value, EnvRef) and not environ.get(value.env)
    ] + [
        Finding(
            "RC141",
            f"environment variable `{value.env}` holds a line break, a space or a character that no token has",
            "set it again, for example with `$(cat FILE)`, which leaves out the last line break",
            Source(project.document, _path(project, app, name)),
        )
        for name, value in app.settings.items()
        if isinstance(value, EnvRef) and not re.fullmatch(r"[\x21-\x7e]*", environ.get(value.env, ""))
    ]


def _finding(project: Project, reference: EnvRef, who: str, path: tuple[str, ...]) -> Finding:
    message = f"environment variable `{reference.env}` is not set; {who} needs it"
    return Finding("RC140", message, f"export {reference.env}=…", Source(project.document, path))


def _path(project: Project, app: App, name: str) -> tuple[str, ...]:
    overlay = ("spec", "environments", project.environment, "apps", app.alias, name)
    return overlay if project.environment and _is_there(project, overlay) else ("spec", "apps", app.alias, name)


def _is_there(project: Project, path: tuple[str, ...]) -> bool:
    value: object = project.document.value
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            return False
        value = value[step]
    return True
