"""What Appizer can do, as rows: readable offline.

Source: the vendor's documentation pages, as the fact sheet `live-backends.md` Part A and seed 002 quote them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.model.kind import Capability, KindSpec, SendClass, SendSpec, Support

NAME = "appizer"
DEFAULT_ENDPOINT = "https://api.appizer.com"
DEFAULT_RATE = (500, 60.0)
"""Requests about audiences and seconds: 500 in a minute."""

PAGE = 100
"""Audiences to a page at most."""

AUDIENCE = KindSpec(
    kind="Audience",
    capabilities=MappingProxyType(
        {
            Capability.CREATE: Support(True, "POST; names are not unique"),
            Capability.READ_BACK: Support(
                False, "`description` comes back, criteria never: the ledger's record stands for them"
            ),
            Capability.UPDATE: Support(False, "no such operation: a change is a new audience, the old one an orphan"),
            Capability.DELETE: Support(False, "no such operation: what is no longer declared stays as an orphan"),
            Capability.ESTIMATE: Support(True, "`user_count` of the list"),
        }
    ),
    expressions=frozenset({"definition"}),
    defaults=MappingProxyType({"description": "", "custom_properties": MappingProxyType({})}),
)

CUSTOM_PROPERTY = KindSpec(
    kind="CustomProperty",
    capabilities=MappingProxyType(
        {
            each: Support(False, "users hold free key-values; no types are declared")
            for each in (Capability.CREATE, Capability.READ_BACK, Capability.UPDATE, Capability.DELETE)
        }
    ),
    is_local=True,
)

KINDS: Mapping[str, KindSpec] = MappingProxyType({each.kind: each for each in (AUDIENCE, CUSTOM_PROPERTY)})

SENDS = SendSpec(
    send_class=SendClass.C4,  # its page is not public, so nothing is sent: no target at all
    can_schedule=False,
    can_cancel=False,
    chunk=MappingProxyType({}),
    name_length=64,
    targets=frozenset(),
)
