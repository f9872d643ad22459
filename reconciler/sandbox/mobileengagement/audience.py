"""Check the audience of a campaign, and find its devices (facts §6)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import cast

from reconciler.sandbox.mobileengagement import criteria, filters
from reconciler.sandbox.mobileengagement.criteria import Condition, Criterion, check_criterion, criterion_condition
from reconciler.sandbox.mobileengagement.expression import CRITERION_NAME, expression_sql, names_in, read_expression
from reconciler.sandbox.mobileengagement.filters import QUOTA, SUBSET, Filter, check_filter, filter_condition
from reconciler.sandbox.mobileengagement.shapes import bad_request, fields, listed, mapped, text
from reconciler.sandbox.wire import Json

_MAX_BYTES = 65_535
_MARGIN = 10  # parentheses: a delivery asks more of SQLite than a check
_SHAPE = fields({"expression": text(), "criteria": mapped(check_criterion), "filters": listed(check_filter)})


def check_audience(held: Json, place: str) -> Json:
    """A shape: the audience without what is not known; whether SQLite can take it is asked by `check_size`."""
    if len(json.dumps(held, ensure_ascii=False).encode()) > _MAX_BYTES:
        raise bad_request(f"`{place}` must have at most {_MAX_BYTES} bytes")
    audience = cast("dict[str, Json]", _SHAPE(held, place))
    expression, named = str(audience.get("expression", "")), _criteria(audience)
    for name in named:
        if not CRITERION_NAME.fullmatch(name):
            raise bad_request(f"`{place}.criteria`: `{name}` must begin with a capital; letters, digits, `_` follow")
    if named and not expression.strip():
        raise bad_request(f"`{place}.expression` is required where there are criteria")
    missing = sorted(names_in(read_expression(expression)) - named.keys()) if expression.strip() else []
    if missing:
        raise bad_request(f"`{place}.expression` names the criterion `{missing[0]}`, which `criteria` does not define")
    return audience


def check_size(connection: sqlite3.Connection, audience: Mapping[str, Json]) -> None:
    """Refuse an audience that is too much for SQLite.

    Raises:
        Refusal: 400.
    """
    condition = audience_condition(audience, 0.0)
    deep = f"{'(' * _MARGIN}{condition.sql}{')' * _MARGIN}"
    try:
        connection.execute(f"EXPLAIN SELECT 1 FROM devices WHERE {deep}", condition.parameters)
    except (sqlite3.OperationalError, sqlite3.DataError) as error:
        raise bad_request(f"`audience` is too deep or too long for the sandbox: {error}") from error


def audience_condition(audience: Mapping[str, Json], now: float) -> Condition:
    """The devices of a checked audience as of `now`; without expression or filters, everyone."""
    parameters: list[object] = []

    def taken(condition: Condition) -> str:
        parameters.extend(condition.parameters)
        return condition.sql

    expression, named = str(audience.get("expression", "")), _criteria(audience)
    parts = ["1"]
    if expression.strip():
        parts = [expression_sql(read_expression(expression), lambda name: taken(criterion_condition(named[name], now)))]
    parts += [taken(filter_condition(one, now)) for one in _filters(audience)]
    return Condition(" AND ".join(parts), tuple(parameters))


def subset(audience: Mapping[str, Json]) -> int | None:
    """How many devices the audience has at most, None without such a filter."""
    limits = [int(str(one["max"])) for one in _filters(audience) if one["type"] == SUBSET]
    return min(limits, default=None)


def is_restless(audience: Mapping[str, Json]) -> bool:
    """True if devices may come into the audience without having changed."""
    return any(map(criteria.is_restless, _criteria(audience).values())) or any(
        map(filters.is_restless, _filters(audience))
    )


def is_quota_only(audience: Mapping[str, Json]) -> bool:
    """True if nothing but the push quota limits the audience, as manual campaigns must have it."""
    return not str(audience.get("expression", "")).strip() and all(one["type"] == QUOTA for one in _filters(audience))


def _criteria(audience: Mapping[str, Json]) -> dict[str, Criterion]:
    return cast("dict[str, Criterion]", audience.get("criteria") or {})


def _filters(audience: Mapping[str, Json]) -> list[Filter]:
    return cast("list[Filter]", audience.get("filters") or [])
