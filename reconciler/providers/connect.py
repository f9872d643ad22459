"""Connect apps to their backends: look up their secrets, share clients and budgets among apps of one account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.errors import ConfigError
from reconciler.model.project import App, EnvRef, Project
from reconciler.ports import Clock, Provider
from reconciler.providers.appcenter import kinds as appcenter
from reconciler.providers.appcenter.provider import AppCenter
from reconciler.providers.appizer import kinds as appizer
from reconciler.providers.appizer.provider import Appizer
from reconciler.providers.auth import Auth, Fixed
from reconciler.providers.budget import Budget, parse_rate
from reconciler.providers.client import Client
from reconciler.providers.loopback import is_loopback
from reconciler.providers.mobileengagement import kinds as mobileengagement
from reconciler.providers.mobileengagement.provider import MobileEngagement
from reconciler.providers.mobileengagement.token import ClientCredentials
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


@dataclass(slots=True)
class _Switchboard:
    """What apps share in a run: of one backend, a client for an endpoint and credentials, a budget for an endpoint."""

    environ: Mapping[str, str]
    clock: Clock
    tell: Callable[[str], None]
    clients: dict[tuple[str, ...], Client] = field(default_factory=dict)
    budgets: dict[tuple[str, ...], Budget | None] = field(default_factory=dict)

    def setting(self, app: App, name: str, default: str = "") -> str:
        """A setting of an app, looked up where it is a reference; only what is given to a backend passes here."""
        value = app.settings.get(name, default)
        return self.environ[value.env] if isinstance(value, EnvRef) else str(value)

    def client(
        self,
        app: App,
        endpoint: str,
        credentials: tuple[str, ...],
        auth: Callable[[], Auth],
        rate: tuple[int, float] | None,
    ) -> Client:
        """The client of an endpoint and credentials; `rate` is the backend's documented limit, None if it has none."""
        chosen = self.setting(app, "rate_limit")
        line = (app.provider, endpoint, chosen)
        if line not in self.budgets:
            limit = parse_rate(chosen) if chosen else rate
            self.budgets[line] = Budget(*limit, self.clock) if limit else None
        key = (*line, *credentials)
        if key not in self.clients:
            self.clients[key] = Client(endpoint, auth(), self.budgets[line], self.clock, self.tell)
        return self.clients[key]


def connect(project: Project, environ: Mapping[str, str], clock: Clock, tell: Callable[[str], None]) -> Connections:
    """A provider for each app of the project.

    Raises `ConfigError` naming every environment variable that is not set.
    """
    missing = [finding for app in project.apps.values() for finding in unset(project, app, environ)]
    if missing:
        raise ConfigError(missing)
    board = _Switchboard(environ, clock, tell)
    providers = {app.alias: _PLUGS[app.provider](app, board) for app in project.apps.values()}
    return Connections(providers, tuple(board.clients.values()))


def _appcenter(app: App, board: _Switchboard) -> Provider:
    token = board.setting(app, "token")
    endpoint = board.setting(app, "endpoint", appcenter.DEFAULT_ENDPOINT)
    client = board.client(app, endpoint, (token,), lambda: Fixed({"X-API-Token": token}), appcenter.DEFAULT_RATE)
    return AppCenter(app, client, board.clock)


def _mobileengagement(app: App, board: _Switchboard) -> Provider:
    endpoint = board.setting(app, "endpoint", mobileengagement.DEFAULT_ENDPOINT)
    if "token" in app.settings:
        token = board.setting(app, "token")
        client = board.client(app, endpoint, (token,), lambda: Fixed({"Authorization": f"Bearer {token}"}), None)
        return MobileEngagement(app, client, board.clock)
    # A rehearsal never asks the real Azure AD: a backend on this machine hands out its own tokens.
    is_local = is_loopback(endpoint)
    authority = board.setting(app, "authority", endpoint if is_local else mobileengagement.DEFAULT_AUTHORITY)
    tenant, client_id, secret = (board.setting(app, name) for name in ("tenant", "client_id", "client_secret"))
    credentials = (authority, tenant, client_id, secret)
    client = board.client(app, endpoint, credentials, lambda: ClientCredentials(*credentials, board.clock), None)
    return MobileEngagement(app, client, board.clock)


def _appizer(app: App, board: _Switchboard) -> Provider:
    token = board.setting(app, "token")
    endpoint = board.setting(app, "endpoint", appizer.DEFAULT_ENDPOINT)
    auth = {"Authorization": f"Bearer {token}"}
    return Appizer(app, board.client(app, endpoint, (token,), lambda: Fixed(auth), appizer.DEFAULT_RATE), board.clock)


_PLUGS: Mapping[str, Callable[[App, _Switchboard], Provider]] = {
    "appcenter": _appcenter,
    "mobileengagement": _mobileengagement,
    "appizer": _appizer,
}
"""How an app of each backend is connected."""
