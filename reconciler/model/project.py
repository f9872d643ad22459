"""The project: where manifests and ledger live, which apps there are, and the limits of what one apply may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.document import Document


@dataclass(frozen=True, slots=True)
class EnvRef:
    """A reference to a value in an environment variable: the only way in which a secret is written. Never holds the
    value.
    """

    env: str


@dataclass(frozen=True, slots=True)
class App:
    """One app of one backend: `alias` is its name in manifests, `settings` are the provider's own (coordinates,
    endpoint, token …).
    """

    alias: str
    provider: str
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Limit:
    """A guard on an amount: exceeded when it is over `amount` and, where `percent` is given, over that share of what
    is owned as well.
    """

    amount: int
    percent: float = 0.0


@dataclass(frozen=True, slots=True)
class Guard:
    """What one apply may do at most; `max_recipients` is counted per send, None = not limited."""

    max_deletes: Limit = Limit(amount=10, percent=30.0)
    max_recipients: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A project with one environment chosen: exactly what a run works on. `known_apps` are the aliases of every
    environment.
    """

    name: str
    root: str
    environment: str
    manifests: tuple[str, ...]
    ledger: str | EnvRef
    apps: Mapping[str, App]
    known_apps: frozenset[str]
    guard: Guard
    document: Document
