"""What Mobile Engagement can do, as rows: kinds, send classes and limits, readable offline.

Sources: `[S]` the official Swagger description, `[M]` MSDN and the user's document as the fact sheet
`mobile-engagement.md` quotes them, `[U]` our choice where neither says.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.model.kind import Capability, KindSpec, LengthLimit, SendClass, SendSpec, Support

NAME = "mobileengagement"
DEFAULT_ENDPOINT = "https://management.azure.com"
DEFAULT_AUTHORITY = "https://login.microsoftonline.com"
API_VERSION = "2014-12-01"

MARKER_ROOM = 21
"""A space, `~pk1` and 16 characters: what the marker takes of the 64 characters of a campaign's name."""

CAMPAIGN_KINDS: Mapping[str, str] = MappingProxyType(
    {"announcement": "announcements", "poll": "polls", "data-push": "dataPushes", "native-push": "nativePushes"}
)
"""`type` of a manifest → `{kind}` in the backend's paths [S]."""

_NO_OBJECT = "no resource of its own: compiled into the audience of each campaign that names it [S]"
_NO_TAG = "registered in the portal only; its type travels inside each criterion [M]"
_ALL = (Capability.CREATE, Capability.READ_BACK, Capability.UPDATE, Capability.DELETE)

AUDIENCE = KindSpec(
    kind="Audience",
    capabilities=MappingProxyType(
        {each: Support(False, _NO_OBJECT) for each in _ALL}
        | {Capability.ESTIMATE: Support(False, "no size test in the API [S]")}
    ),
    is_local=True,
)

CUSTOM_PROPERTY = KindSpec(
    kind="CustomProperty",
    capabilities=MappingProxyType({each: Support(False, _NO_TAG) for each in _ALL}),
    is_local=True,
)


def _content(*where: str) -> tuple[LengthLimit, ...]:
    """The limits of localizable content [S], at `where` in a spec."""
    own = (*where, "mobileengagement")
    return (
        LengthLimit((*where, "title"), 2000),
        LengthLimit((*where, "body"), 4000),
        LengthLimit((*where, "action_url"), 2000),
        LengthLimit((*own, "notificationImage"), 65535),
        LengthLimit((*own, "notificationOptions", "bigText"), 4000),
        LengthLimit((*own, "notificationOptions", "bigPicture"), 2000),
        LengthLimit((*own, "title"), 128),
        LengthLimit((*own, "body"), 65535),
        LengthLimit((*own, "actionButtonText"), 64),
        LengthLimit((*own, "exitButtonText"), 64),
    )


def _questions(*where: str) -> tuple[LengthLimit, ...]:
    """The limits of a poll's questions [S]."""
    question = (*where, "questions", "*")
    return (
        LengthLimit((*question, "title"), 256),
        LengthLimit((*question, "localization", "*", "title"), 256),
        LengthLimit((*question, "choices", "*", "title"), 256),
        LengthLimit((*question, "choices", "*", "localization", "*", "title"), 256),
    )


CAMPAIGN = KindSpec(
    kind="Campaign",
    capabilities=MappingProxyType(
        {
            Capability.CREATE: Support(True, "as a draft; a name is unique for its type [S]"),
            Capability.READ_BACK: Support(True, "the lists hold names and states; the rest is read one by one [S]"),
            Capability.UPDATE: Support(True, "a draft; a scheduled one is suspended first, a started one is fixed [S]"),
            Capability.DELETE: Support(True, "a draft or a finished one; others are suspended or finished first [M]"),
            Capability.ESTIMATE: Support(False, "no size test in the API [S]"),
        }
    ),
    is_activated=True,
    directives=frozenset({"state", "revision", "audiences"}),
    immutable=frozenset({"type"}),
    expressions=frozenset({"definition"}),
    sets=frozenset({"delivery_activities"}),
    defaults=MappingProxyType({"push_mode": "real-time", "custom_properties": MappingProxyType({})}),  # [S]
    limits=(
        LengthLimit(("category",), 64),  # [S]
        *_content("content"),
        *_content("localization", "*"),
        *_questions(),
    ),
)

KINDS: Mapping[str, KindSpec] = MappingProxyType({each.kind: each for each in (AUDIENCE, CUSTOM_PROPERTY, CAMPAIGN)})

SENDS = SendSpec(
    send_class=SendClass.C2,  # a campaign is activated once, and its name is taken [S]
    classes=MappingProxyType({"devices": SendClass.C4}),  # a push leaves no trace that could be looked up [M]
    can_schedule=True,
    can_cancel=True,
    inlines_audiences=True,
    chunk=MappingProxyType({"devices": 1000}),  # [M]
    name_length=64 - MARKER_ROOM,  # a name has at most 64 characters [S]
    limits=(*_content("content"), *_content("content", "mobileengagement", "localization", "*")),
    targets=frozenset({"audiences", "devices", "everyone"}),
)
