"""Hold every kind of criterion: what it must look like, and which devices meet it, as SQL that is 1 or 0 (facts §6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from reconciler.sandbox.mobileengagement.shapes import (
    Shape,
    bad_request,
    fields,
    flag,
    number,
    or_null,
    text,
    whole,
)
from reconciler.sandbox.mobileengagement.tag_columns import date_tag, integer_tag, is_tag_name, string_tag
from reconciler.sandbox.wire import Json

Criterion: TypeAlias = Mapping[str, Json]

_MAX_TEXT = 1_024  # the longest tag (facts §11)
_OPERATORS = {"EQ": "=", "LT": "<", "GT": ">", "LE": "<=", "GE": ">="}
_ACTIONS = ("pushed", "replied", "actioned", "exited")
_FIRST_DAY, _LAST_DAY = date(1, 1, 1).toordinal(), date(9999, 12, 31).toordinal()


@dataclass(frozen=True, slots=True)
class Condition:
    """Some devices as an SQL condition over the table `devices`, with its parameters."""

    sql: str
    parameters: tuple[object, ...] = ()


NOBODY = Condition("0")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of criterion; `condition` takes one that fits `shape`, and the present in seconds since the epoch."""

    shape: Shape
    condition: Callable[[Criterion, float], Condition]


def check_criterion(held: Json, place: str) -> Json:
    """A shape: the criterion without what is not known of its kind."""
    kind = held.get("type") if isinstance(held, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise bad_request(f"`{place}.type` must be one of {', '.join(_KINDS)}")
    checked = _KINDS[kind].shape(held, place)
    return {"type": kind, **checked} if isinstance(checked, dict) else checked


def criterion_condition(criterion: Criterion, now: float) -> Condition:
    """The devices that meet a checked criterion."""
    return _KINDS[str(criterion["type"])].condition(criterion, now)


def is_restless(criterion: Criterion) -> bool:
    """True if devices may come to meet the criterion without having changed: by the time, or by what they are sent."""
    kind = str(criterion["type"])
    return kind.endswith("-feedback") or (kind == "date-tag" and isinstance(_offset(criterion["value"]), int))


def _matching(column: str, pattern: Json) -> Condition:
    """Null is what is not known; `?` and `*` are wildcards; upper and lower case differ."""
    if pattern is None:
        return Condition(f"({column} IS NULL)")
    if "*" in str(pattern) or "?" in str(pattern):
        return Condition(f"coalesce({column} GLOB ?, 0)", (str(pattern).replace("[", "[[]"),))
    return Condition(f"coalesce({column} = ?, 0)", (pattern,))


def _about(column: str) -> _Kind:
    named = fields({"name": or_null(text(_MAX_TEXT))}, required=("name",))
    return _Kind(named, lambda criterion, now: _matching(column, criterion["name"]))


def _tag_name(held: Json, place: str) -> Json:
    if not isinstance(held, str) or not is_tag_name(held):
        raise bad_request(f"`{place}` must be the name of a tag: letters, digits and `_`, at most 64")
    return held


def _tag(value: Shape, condition: Callable[[Criterion, float], Condition], *more: str) -> _Kind:
    shapes = {"name": _tag_name, "value": value, "op": text(choices=tuple(_OPERATORS))}
    names = ("name", "value", *more)
    return _Kind(fields({name: shapes[name] for name in names}, required=names), condition)


def _compared(column: str, criterion: Criterion, value: object) -> Condition:
    return Condition(f"coalesce({column} {_OPERATORS[str(criterion['op'])]} ?, 0)", (value,))


def _day(held: Json, place: str) -> Json:
    """`yyyy-MM-dd`, or days from today as a number, or as the digits that a client of the swagger must write."""
    offset = _offset(held)
    if isinstance(offset, str):
        try:
            if str(date.fromisoformat(offset)) == held:
                return held
        except ValueError:
            pass
        raise bad_request(f"`{place}` must be a date yyyy-MM-dd, or a whole number of days from today")
    whole()(offset, place)
    return held


def _offset(held: Json) -> int | str:
    """A day's value, a number if it is an offset; anything else is given back as a string."""
    if isinstance(held, int) and not isinstance(held, bool):
        return held
    written = str(held)
    return int(written) if re.fullmatch(r"[+-]?[0-9]{1,18}", written) else written


def _date_condition(criterion: Criterion, now: float) -> Condition:
    day = _offset(criterion["value"])
    if isinstance(day, int):
        today = datetime.fromtimestamp(now, UTC).date().toordinal()
        day = str(date.min + timedelta(days=min(max(today + day, _FIRST_DAY), _LAST_DAY) - _FIRST_DAY))
    return _compared(date_tag(str(criterion["name"])), criterion, day)


def _feedback(kind: str) -> _Kind:
    """Nobody looks at these phones: of all feedback, only that something was pushed ever comes."""

    def condition(criterion: Criterion, now: float) -> Condition:
        if criterion["action"] != "pushed":
            return NOBODY
        return Condition(
            "EXISTS(SELECT 1 FROM mobileengagement_pushes AS pushes JOIN mobileengagement_campaigns AS campaigns"
            " ON campaigns.id = campaign_id AND campaigns.app_id = devices.app_id AND campaigns.kind = ?"
            " WHERE campaign_id = ? AND device_seq = devices.seq AND NOT dropped)",
            (kind, criterion["content-id"]),
        )

    return _Kind(
        fields({"content-id": whole(), "action": text(choices=_ACTIONS)}, required=("content-id", "action")), condition
    )


def _unknowable(shapes: Mapping[str, Shape], required: tuple[str, ...] = ()) -> _Kind:
    return _Kind(fields(shapes, required), lambda criterion, now: NOBODY)


_KINDS: Mapping[str, _Kind] = {
    "carrier-name": _about("CarrierName"),
    "carrier-country": _about("CarrierCountry"),
    "firmware-version": _about("OsVersion"),
    "device-manufacturer": _about("OemName"),
    "device-model": _about("Model"),
    "application-version": _about("AppVersion"),
    "network-type": _about("network_type"),
    "language": _about("Language"),
    "screen-size": _about("ScreenSize"),
    "location": _unknowable({name: or_null(text(256)) for name in ("country", "region", "locality")}, ("country",)),
    "geo-fencing": _unknowable({"lat": number, "lon": number, "radius": whole(0), "expiration": whole(0)}),
    "announcement-feedback": _feedback("announcements"),
    "poll-feedback": _feedback("polls"),
    "datapush-feedback": _feedback("dataPushes"),
    "poll-answer-feedback": _unknowable({"content-id": whole(), "choice-id": whole()}, ("content-id", "choice-id")),
    "segment": _unknowable({"id": whole(), "exclude": flag}, ("id",)),
    "string-tag": _tag(
        or_null(text(_MAX_TEXT)),
        lambda criterion, now: _matching(string_tag(str(criterion["name"])), criterion["value"]),
    ),
    "boolean-tag": _tag(
        flag,
        lambda criterion, now: _matching(string_tag(str(criterion["name"])), "true" if criterion["value"] else "false"),
    ),
    "integer-tag": _tag(
        whole(),
        lambda criterion, now: _compared(integer_tag(str(criterion["name"])), criterion, criterion["value"]),
        "op",
    ),
    "date-tag": _tag(_day, _date_condition, "op"),
}
