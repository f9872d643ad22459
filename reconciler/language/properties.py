"""The properties an audience may ask about: those every device has, and the shape of those a project declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from reconciler.language.literals import instant

PropertyType = Literal["string", "number", "boolean", "date_time"]
"""The four types a property can have, spelled as App Center's audience API spells them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a property's values may be, in the form that literals have."""

    allowed: tuple[object, ...] | None
    pattern: str | None
    low: int | float | None
    high: int | float | None


@dataclass(frozen=True, slots=True)
class Property:
    """What is known of one property: its type, and what its values may be.

    `pattern` is a regular expression that a value must contain a match of; it is the caller's task to see that it
    compiles. `minimum` and `maximum` are numbers for a number, date-time texts for a date_time.
    """

    type: PropertyType
    values: tuple[object, ...] | None = None
    pattern: str | None = None
    minimum: object = None
    maximum: object = None
    limits: Limits | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Worked out once, because every comparison with the property is checked against it.
        found = None
        if (self.values, self.pattern, self.minimum, self.maximum) != (None, None, None, None):
            allowed = None if self.values is None else tuple(self._literal(value) for value in self.values)
            found = Limits(allowed, self.pattern, self._bound(self.minimum), self._bound(self.maximum))
        object.__setattr__(self, "limits", found)

    def _literal(self, value: object) -> object:
        return instant(value) if self.type == "date_time" and isinstance(value, str) else value

    def _bound(self, value: object) -> int | float | None:
        literal = self._literal(value)
        return literal if isinstance(literal, (int, float)) else None


_DEVICE_NAMES = (
    "AppVersion",
    "CarrierCountry",
    "CarrierName",
    "Language",
    "Model",
    "OemName",
    "OsVersion",
    "ScreenSize",
)

DEVICE_PROPERTIES: Mapping[str, Property] = MappingProxyType({name: Property("string") for name in _DEVICE_NAMES})
"""The properties every device reports, by canonical name; all of them are texts."""

# App Center's older and newer pages name two of them differently.
ALIASES: Mapping[str, str] = MappingProxyType({"locale": "Language", "deviceosversion": "OsVersion"})

CANONICAL_NAMES: Mapping[str, str] = MappingProxyType({name.lower(): name for name in _DEVICE_NAMES} | dict(ALIASES))
"""The canonical name of every spelling of a device property in small letters."""


def canonical_name(name: str) -> str:
    """Return the one name of a property: `carriercountry` is `CarrierCountry`; a custom property keeps its case."""
    return CANONICAL_NAMES.get(name.lower(), name)
