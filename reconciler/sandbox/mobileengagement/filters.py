"""Hold every filter of an audience: what it must look like, and which devices it lets pass, as SQL (facts §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from reconciler.sandbox.mobileengagement.criteria import Condition
from reconciler.sandbox.mobileengagement.shapes import Shape, bad_request, fields, listed, text, whole
from reconciler.sandbox.mobileengagement.tag_columns import is_tag_name, string_tag
from reconciler.sandbox.wire import Json

Filter: TypeAlias = Mapping[str, Json]

SUBSET, QUOTA = "engage-subset", "push-quota"
_DAY = 86_400
_THRESHOLD = fields({"threshold": whole(0)}, required=("threshold",))
_MAX_DAYS = 10_000_000  # far before all time


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of filter; `condition` takes one that fits `shape`, and the present in seconds since the epoch."""

    shape: Shape
    condition: Callable[[Filter, float], Condition]
    is_restless: bool = False


def check_filter(held: Json, place: str) -> Json:
    """A shape: the filter without what is not known of its kind."""
    kind = held.get("type") if isinstance(held, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise bad_request(f"`{place}.type` must be one of {', '.join(_KINDS)}")
    checked = _KINDS[kind].shape(held, place)
    return {"type": kind, **checked} if isinstance(checked, dict) else checked


def filter_condition(one: Filter, now: float) -> Condition:
    """The devices that a checked filter lets pass."""
    return _KINDS[str(one["type"])].condition(one, now)


def is_restless(one: Filter) -> bool:
    """True if devices may come to pass without having changed."""
    return _KINDS[str(one["type"])].is_restless


def has_tags(names: list[str]) -> Condition:
    """The devices that have all of these tags."""
    known = [f"{string_tag(name)} IS NOT NULL" for name in names if is_tag_name(name)]
    return Condition(f"({' AND '.join(known) or '1'})" if len(known) == len(names) else "0")


def _seen(column: str, operator: str) -> _Kind:
    def condition(one: Filter, now: float) -> Condition:
        days = min(int(str(one["threshold"])), _MAX_DAYS)
        return Condition(f"({column} {operator} ?)", (now - days * _DAY,))

    return _Kind(_THRESHOLD, condition, is_restless=True)


_KINDS: Mapping[str, _Kind] = {
    # how many is a limit on the whole, not a condition on a device
    SUBSET: _Kind(fields({"max": whole(0)}, required=("max",)), lambda one, now: Condition("1")),
    "engage-old-users": _seen("first_seen", "<"),
    "engage-new-users": _seen("first_seen", ">"),
    "engage-active-users": _seen("last_seen", ">="),
    "engage-idle-users": _seen("last_seen", "<"),
    "native-push-enabled": _Kind(fields({}), lambda one, now: Condition("push_enabled")),
    # quotas were set in the portal, which is not here: nobody has reached one
    QUOTA: _Kind(fields({}), lambda one, now: Condition("1")),
    "app-info": _Kind(
        fields({"appInfo": listed(text(64))}, required=("appInfo",)),
        lambda one, now: has_tags(cast("list[str]", one["appInfo"])),
    ),
}
