"""Connect apps to their backends: look up their secrets, share clients and budgets among apps of one account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.errors import ConfigError
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.project import App, EnvRef, Project
from reconciler.ports import Clock, Provider
from reconciler.providers.appcenter import kinds
from reconciler.providers.appcenter.client import Client
from reconciler.providers.appcenter.provider import AppCenter
from reconciler.providers.budget import Budget, parse_rate


@dataclass(frozen=True, slots=True)
class Connections:
    """The connected apps of a run, by alias, and the clients behind them."""

    providers: Mapping[str, Provider]
    clients: tuple[Client, ...]

    @property
    def requests(self) -> int:
        """How many requests were made so far, by all of them."""
        return sum(client.requests for client in self.clients)

    def close(self) -> None:
        for client in self.clients:
            client.close()


def connect(project: Project, environ: Mapping[str, str], clock: Clock, tell: Callable[[str], None]) -> Connections:
    """A provider for each app of the project.

    Raises `ConfigError` naming every environment variable that is not set.
    """
    missing = [finding for app in project.apps.values() for finding in _unset(project, app, environ)]
    if missing:
        raise ConfigError(missing)
    clients: dict[tuple[str, str, str], Client] = {}
    budgets: dict[tuple[str, str], Budget | None] = {}
    providers: dict[str, Provider] = {}
    for app in project.apps.values():
        endpoint = str(app.settings.get("endpoint", kinds.DEFAULT_ENDPOINT))
        rate = str(app.settings.get("rate_limit", ""))
        token = app.settings["token"]
        secret = environ[token.env] if isinstance(token, EnvRef) else str(token)
        if (endpoint, rate) not in budgets:
            limit = parse_rate(rate) if rate else kinds.DEFAULT_RATE
            budgets[endpoint, rate] = Budget(*limit, clock) if limit else None
        key = (endpoint, rate, secret)
        if key not in clients:
            clients[key] = Client(endpoint, secret, budgets[endpoint, rate], clock, tell)
        providers[app.alias] = AppCenter(app, clients[key], clock)
    return Connections(providers, tuple(clients.values()))


def secret_of(project: Project, reference: EnvRef, environ: Mapping[str, str]) -> str:
    """The value behind the ledger's reference. Raises `ConfigError` where its variable is not set."""
    if not environ.get(reference.env):
        overlay = ("spec", "environments", project.environment, "ledger")
        path = overlay if project.environment and _is_there(project, overlay) else ("spec", "ledger")
        raise ConfigError([_finding(project, reference, "the ledger", path)])
    return environ[reference.env]


def _unset(project: Project, app: App, environ: Mapping[str, str]) -> list[Finding]:
    return [
        _finding(project, value, f"`{app.alias}`", _path(project, app, name))
        for name, value in app.settings.items()
        if isinstance(value, EnvRef) and not environ.get(value.env)
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
