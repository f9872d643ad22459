"""Read the description of one device, as the admin door and a devices file give it, into the row that is stored."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

from reconciler.language import DEVICE_PROPERTIES as LANGUAGE_PROPERTIES
from reconciler.language import canonical_name, instant
from reconciler.sandbox.wire import Json, Malformed

DEVICE_PROPERTIES = tuple(sorted(LANGUAGE_PROPERTIES))
COLUMNS = (
    "install_id", "user_id", "account_id", *DEVICE_PROPERTIES, "custom_properties", "push_enabled", "push_failure",
    "network_type",
)  # fmt: skip
MAX_CUSTOM_PROPERTIES = 60  # of an app (facts §3), and of one device (facts §5)

Row: TypeAlias = tuple[str | int | None, ...]  # one value for each of COLUMNS

_TEXTS = ("user_id", "account_id", "push_failure", "network_type")
_KNOWN = ("install_id", *_TEXTS, "push_enabled", "custom_properties")
_PROPERTY_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9\-_]{0,127}")  # ingestion's rule, facts §5


def canonical_property(name: str) -> str | None:
    """The canonical spelling of a device property in whatever case or alias it comes, else None (facts §4)."""
    canonical = canonical_name(name)
    return canonical if canonical in LANGUAGE_PROPERTIES else None


def is_property_name(name: str) -> bool:
    """True if a custom property may be called `name`."""
    return _PROPERTY_NAME.fullmatch(name) is not None


def read_device(value: Json) -> tuple[Row, dict[str, str]]:
    """The row of a device, and the types of its custom properties.

    Raises:
        Malformed: one line telling what is wrong with which field.
    """
    if not isinstance(value, dict):
        raise Malformed("a device is a JSON object")
    install_id = value.get("install_id")
    if not isinstance(install_id, str) or not install_id:
        raise Malformed("`install_id` is missing, or is not a string")
    fields = dict.fromkeys(COLUMNS) | _text_fields(value)
    enabled = value.get("push_enabled", True)
    if not isinstance(enabled, bool):
        raise Malformed("`push_enabled` is neither true nor false")
    custom = _custom_properties(value.get("custom_properties"))
    fields |= {"install_id": install_id, "push_enabled": int(enabled), "custom_properties": write_custom(custom)}
    return tuple(fields.values()), {name: type_of(held) for name, held in custom.items()}


def write_custom(custom: dict[str, str | int | float | bool]) -> str:
    """Custom properties as the JSON text that is stored."""
    return json.dumps(custom, ensure_ascii=False, separators=(",", ":"))


def type_of(value: str | float | bool) -> str:
    """The audience API's name for the type of a custom property's value."""
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string" if instant(value) is None else "date_time"


def write_device(row: Row) -> dict[str, Json]:
    """A stored row in the form in which it was given; what is unset is left out."""
    fields: dict[str, Json] = {name: held for name, held in zip(COLUMNS, row, strict=True) if held is not None}
    return fields | {
        "custom_properties": json.loads(str(fields["custom_properties"])),
        "push_enabled": bool(fields["push_enabled"]),
    }


def _text_fields(value: dict[str, Json]) -> dict[str, str | None]:
    texts: dict[str, str | None] = {}
    for name, held in value.items():
        target = name if name in _KNOWN else canonical_property(name)
        if target is None:
            raise Malformed(f"`{name}` is not a field of a device; custom properties stand under `custom_properties`")
        if target in _TEXTS or target in DEVICE_PROPERTIES:
            if held is not None and not isinstance(held, str):
                raise Malformed(f"`{name}` is not a string")
            texts[target] = held
    return texts


def _custom_properties(value: Json) -> dict[str, str | int | float | bool]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed("`custom_properties` is not an object")
    if len(value) > MAX_CUSTOM_PROPERTIES:
        raise Malformed(f"a device has at most {MAX_CUSTOM_PROPERTIES} custom properties, not {len(value)}")
    return {name: _custom_value(name, held) for name, held in value.items() if held is not None}


def _custom_value(name: str, held: str | int | float | bool | list[Json] | dict[str, Json]) -> str | int | float | bool:
    if not is_property_name(name):
        told = "letters, digits, `-` and `_`, a letter first, at most 128"
        raise Malformed(f"`{name}` cannot name a custom property: {told}")
    if isinstance(held, list | dict):
        raise Malformed(f"custom property `{name}` is neither string, number, boolean nor date-time")
    if isinstance(held, str) and len(held) > 128:
        raise Malformed(f"custom property `{name}` is longer than 128 characters")
    return held
