"""What App Center can do, as rows: kinds, send class and limits, readable offline.

Sources: `[S]` the official Swagger description, `[D]` the vendor's documentation as the fact sheet `appcenter.md`
quotes it, `[U]` our choice where neither says.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.model.kind import Capability, KindSpec, LengthLimit, SendClass, SendSpec, Support

NAME = "appcenter"
DEFAULT_ENDPOINT = "https://api.appcenter.ms"
DEFAULT_RATE = (500, 300.0)
"""Requests and seconds: 500 in 5 minutes for each address [D]."""

MARKER_ROOM = 21
"""A space, `~pk1` and 16 characters: what the marker takes of the 64 characters of an internal name."""

AUDIENCE = KindSpec(
    kind="Audience",
    capabilities=MappingProxyType(
        {
            Capability.CREATE: Support(True, "PUT by name [S]"),
            Capability.READ_BACK: Support(
                True, "the list lacks `custom_properties`; details are read of candidates only [S]"
            ),
            Capability.UPDATE: Support(True, "PUT by name, the last writer wins [S]"),
            Capability.DELETE: Support(True, "by name [S]"),
            Capability.ESTIMATE: Support(True, "`definition/test` [S]"),
        }
    ),
    expressions=frozenset({"definition"}),
    defaults=MappingProxyType({"description": "", "enabled": True, "custom_properties": MappingProxyType({})}),
    limits=(LengthLimit(("definition",), 2000, 1), LengthLimit(("description",), 128)),  # [S]
    maximum=200,  # audiences of an app [D]
)

CUSTOM_PROPERTY = KindSpec(
    kind="CustomProperty",
    capabilities=MappingProxyType(
        {
            Capability.CREATE: Support(False, "devices create it; its type travels inside each audience [S]"),
            Capability.READ_BACK: Support(True, "`metadata/custom_properties`: the type only [S]"),
            Capability.UPDATE: Support(False, "a property keeps its type [U]"),
            Capability.DELETE: Support(False, "nothing in the API removes it [S]"),
        }
    ),
    is_contract=True,
    maximum=60,  # custom properties of an app [D]
)

KINDS: Mapping[str, KindSpec] = MappingProxyType({each.kind: each for each in (AUDIENCE, CUSTOM_PROPERTY)})

SENDS = SendSpec(
    send_class=SendClass.C3,
    can_schedule=False,
    can_cancel=False,
    chunk=MappingProxyType(
        {"devices": 100, "users": 100, "accounts": 100}
    ),  # devices and users [D], accounts alike [U]
    name_length=64 - MARKER_ROOM,  # the internal name has 3 to 64 characters [S]
    limits=(
        LengthLimit(("content", "title"), 128),  # [S]
        LengthLimit(("content", "body"), 4000, 1),  # [S]
        LengthLimit(("content", "data"), 20),  # pairs [D]
        LengthLimit(("content", "data", "*"), 100),  # [D]
    ),
    reach_limit=1000,  # devices that one send reaches; the rest is skipped silently [D]
)
