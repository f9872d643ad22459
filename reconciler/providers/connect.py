"""Connect apps to their backends: look up their secrets, share clients and budgets among apps of one account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.errors import ConfigError
from reconciler.model.project import EnvRef, Project
from reconciler.ports import Clock, Provider
from reconciler.providers.appcenter import kinds
from reconciler.providers.appcenter.client import Client
from reconciler.providers.appcenter.provider import AppCenter
from reconciler.providers.budget import Budget, parse_rate
from reconciler.providers.secrets import unset


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
    missing = [finding for app in project.apps.values() for finding in unset(project, app, environ)]
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
