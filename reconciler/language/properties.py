"""The properties an audience may ask about: those every device has, and the shape of those a project declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

PropertyType = Literal["string", "number", "boolean", "date_time"]
"""The four types a property can have, spelled as App Center's audience API spells them."""


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
