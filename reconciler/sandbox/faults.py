"""Break requests on purpose, by rules that tests and demos set at the admin door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, cast, get_args

from reconciler.sandbox.wire import Json, Malformed

Effect = Literal["error-before", "error-after", "drop-after", "drop-before", "delay", "throttle"]
_FIELDS = ("method", "path", "nth", "effect", "status", "seconds", "retry_after")


@dataclass(frozen=True, slots=True)
class Rule:
    """Which requests to break, and how. `nth` None is every one; `retry_after` None is a 429 without that header."""

    method: str
    path: str
    effect: Effect
    nth: int | None
    status: int
    seconds: float
    retry_after: int | None
    given: dict[str, Json]


@dataclass(slots=True)
class Counted:
    """A rule, how many requests it has matched, and how often it took effect."""

    rule: Rule
    matched: int = 0
    hits: int = 0


def read_rules(value: Json) -> list[Counted]:
    """Read the admin door's `{"rules": […]}`.

    Raises:
        Malformed: one line telling which rule is wrong, and in what.
    """
    rules = value.get("rules") if isinstance(value, dict) else None
    if not isinstance(rules, list):
        raise Malformed('the body is not {"rules": [...]}')
    return [Counted(_read_rule(f"rules[{index}]", rule)) for index, rule in enumerate(rules)]


def fired(rules: Sequence[Counted], method: str, paths: Sequence[str]) -> list[Rule]:
    """Count a request, which may be written in several ways, against every rule; the rules that take effect on it."""
    effective = []
    for counted in rules:
        rule = counted.rule
        if rule.method not in ("*", method) or not any(fnmatchcase(path, rule.path) for path in paths):
            continue
        counted.matched += 1
        if rule.nth is None or rule.nth == counted.matched:
            counted.hits += 1
            effective.append(rule)
    return effective


def written(counted: Counted) -> dict[str, Json]:
    """A rule as it was given, with its counts."""
    return counted.rule.given | {"matched": counted.matched, "hits": counted.hits}


def _read_rule(where: str, value: Json) -> Rule:
    if not isinstance(value, dict):
        raise Malformed(f"{where} is not an object")
    for name in value:
        if name not in _FIELDS:
            raise Malformed(f"{where}: unknown field `{name}`; there are {', '.join(_FIELDS)}")
    effect = value.get("effect")
    if effect not in get_args(Effect):
        raise Malformed(f"{where}: `effect` is not one of {', '.join(get_args(Effect))}")
    return Rule(
        method=_text(where, value, "method").upper(),
        path=_text(where, value, "path"),
        effect=cast(Effect, effect),
        nth=None if value.get("nth") is None else _whole(where, value, "nth", (1, 10**9)),
        status=_whole(where, {"status": 500} | value, "status", (500, 599)),
        seconds=_seconds(where, value.get("seconds", 1.0)),
        retry_after=_retry_after(where, {"retry_after": 1} | value),
        given=value,
    )


def _text(where: str, value: dict[str, Json], name: str) -> str:
    held = value.get(name)
    if not isinstance(held, str) or not held:
        raise Malformed(f"{where}: `{name}` is missing, or is not a string")
    return held


def _whole(where: str, value: dict[str, Json], name: str, bounds: tuple[int, int]) -> int:
    held = value[name]
    if not isinstance(held, int) or isinstance(held, bool) or not bounds[0] <= held <= bounds[1]:
        raise Malformed(f"{where}: `{name}` is not a whole number from {bounds[0]} to {bounds[1]}")
    return held


def _seconds(where: str, held: Json) -> float:
    if not isinstance(held, int | float) or isinstance(held, bool) or not 0 <= held <= 3600:
        raise Malformed(f"{where}: `seconds` is not a number from 0 to 3600")
    return float(held)


def _retry_after(where: str, value: dict[str, Json]) -> int | None:
    return None if value["retry_after"] is None else _whole(where, value, "retry_after", (0, 10**6))
