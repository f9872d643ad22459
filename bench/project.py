"""Generate a project as a large customer has it: apps with 200 audiences each, every definition another one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

AUDIENCES = 200
"""Audiences of an app: the backend's limit."""

FILES_PER_APP = 2

_PROPERTIES = {
    "plan": ("string", "\n  values: [free, premium, business, trial]"),
    "cart-value": ("number", "\n  minimum: 0\n  maximum: 1000000"),
    "newsletter": ("boolean", ""),
    "last-order": ("date_time", ""),
}

_PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: bench}
spec:
  manifests: [manifests]
  apps:
"""

_APP = """\
    {alias}:
      provider: appcenter
      owner: contoso
      app: {alias}
      token: {{env: BENCH_TOKEN}}
      endpoint: {url}
      rate_limit: none
"""

_PROPERTY = """\
apiVersion: reconciler/v1
kind: CustomProperty
metadata:
  name: {name}
  apps: [{app}]
  labels:
    team: platform
spec:
  type: {type}{more}
  description: What the shop knows of {name}
"""

_AUDIENCE = """\
apiVersion: reconciler/v1
kind: Audience
metadata:
  name: {name}
  apps:
    - {app}
  labels:
    team: {team}
    wave: "{wave}"
spec:
  description: Wave {wave} of {team}, for {country} and nobody else
  definition: >-
    {first}
    and {second}
  enabled: {enabled}
"""

_COUNTRIES = {
    "US": "en",
    "FR": "fr",
    "DE": "de",
    "JP": "ja",
    "BR": "pt-BR",
    "IN": "hi",
    "ES": "es",
    "IT": "it",
    "KR": "ko",
}
_PLANS = ("free", "premium", "business", "trial")
_TEAMS = ("growth", "retention", "sales", "care")
_MODELS = ("Pixel 8", "SM-G991B", "iPhone15,2", "Mi 11", "Nokia G42")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a generated project is."""

    resources: int

    @property
    def apps(self) -> int:
        return max(1, self.resources // AUDIENCES)

    @property
    def per_app(self) -> int:
        return self.resources // self.apps

    @property
    def documents(self) -> int:
        """The audiences, and the custom properties that they use."""
        return self.apps * (self.per_app + len(_PROPERTIES))


def write_project(folder: Path, size: Size, url: str = "http://127.0.0.1:1") -> None:
    """Write the project file and two files of manifests for each app; the same size gives the same texts."""
    (folder / "manifests").mkdir(parents=True)
    aliases = [f"shop-{number:03}" for number in range(size.apps)]
    for number, alias in enumerate(aliases):
        documents = [*_properties(alias), *_audiences(alias, number, size.per_app)]
        for part in range(FILES_PER_APP):
            text = "---\n".join(documents[part::FILES_PER_APP])
            (folder / "manifests" / f"{alias}-{part}.yaml").write_text(text, encoding="utf-8")
    point(folder, size, url)


def point(folder: Path, size: Size, url: str) -> None:
    """Point every app of a project at another backend."""
    apps = "".join(_APP.format(alias=f"shop-{number:03}", url=url) for number in range(size.apps))
    (folder / "reconciler.yaml").write_text(_PROJECT + apps, encoding="utf-8")


def _properties(app: str) -> Iterator[str]:
    for name, (kind, more) in _PROPERTIES.items():
        yield _PROPERTY.format(name=name, app=app, type=kind, more=more)


def _audiences(app: str, seed: int, count: int) -> Iterator[str]:
    chance = random.Random(seed)
    for number in range(count):
        country, team = chance.choice(tuple(_COUNTRIES)), chance.choice(_TEAMS)
        first, second = _definition(chance, country, seed * AUDIENCES + number + 1)
        yield _AUDIENCE.format(
            name=f"{team}-{country.lower()}-{number:03}",
            app=app,
            team=team,
            wave=number,
            country=country,
            first=first,
            second=second,
            enabled="true" if number % 20 else "false",
        )


def _definition(chance: random.Random, country: str, number: int) -> tuple[str, str]:
    """Two halves of a definition; `number` makes it like no other."""
    plan, other = chance.sample(_PLANS, 2)
    month = chance.randint(1, 12)
    firsts = (
        f"CarrierCountry eq '{country}' and plan eq '{plan}'",
        f"(CarrierCountry eq '{country}' or Language eq '{_COUNTRIES[country]}') and plan ne '{plan}'",
        f"CarrierCountry in ('{country}', 'AT', 'CH') and plan in ('{plan}', '{other}')",
        f"startswith(Model, '{chance.choice(_MODELS)}') and CarrierCountry eq '{country}'",
    )
    seconds = (
        f"cart-value ge {number} and newsletter eq true",
        f"cart-value ge {number} and cart-value lt {number + 250}",
        f"cart-value gt {number} and last-order ge 2026-{month:02}-01T00:00:00Z",
        f"not (cart-value lt {number} or newsletter eq false)",
        f"(cart-value eq {number} or last-order lt 2025-{month:02}-15T12:00:00Z) and OsVersion ne '9'",
    )
    return chance.choice(firsts), chance.choice(seconds)
