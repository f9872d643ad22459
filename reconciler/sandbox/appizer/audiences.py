"""Serve the operations on audiences: there are two, create and list, and neither gives criteria back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import cast

from reconciler.sandbox.appizer.bodies import Field, query_number, read_fields, read_object, text_of
from reconciler.sandbox.appizer.criteria import condition_of
from reconciler.sandbox.appizer.envelope import invalid
from reconciler.sandbox.appizer.forms import NotUnderstood
from reconciler.sandbox.appizer.seen import moment, use_app
from reconciler.sandbox.appizer.users import settled_changes, user_count
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Json, Reply, json_reply

_FIELDS = (
    Field("app_id", required=True), Field("name", required=True), Field("criteria", required=True),
    Field("description"),
)  # fmt: skip
_COLUMNS = "seq, id, name, description, criteria, created_at, counted_at_change, user_count"


@dataclass(frozen=True, slots=True)
class _Audience:
    """A row of the audiences; its count was taken at that change of users and events."""

    seq: int
    id: str
    name: str
    description: str | None
    criteria: str
    created_at: float
    counted_at_change: int
    user_count: int


def create_audience(sandbox: Sandbox, call: Call) -> Reply:
    """POST /audiences: 201; every call makes another one, whatever its name."""
    fields = read_fields(read_object(call), _FIELDS)
    app = use_app(sandbox, text_of(fields, "app_id"))
    changes, now = settled_changes(sandbox.store, app), sandbox.clock.now()
    try:
        count = user_count(sandbox, app, condition_of(text_of(fields, "criteria")))
    except NotUnderstood as error:
        raise invalid("criteria", f"Invalid criteria: {error}") from error
    id, name = f"aud_{secrets.token_hex(8)}", text_of(fields, "name")
    row = (app, id, name, cast("str | None", fields["description"]), fields["criteria"], now, changes, count)
    with transaction(sandbox.store) as connection:
        connection.execute(
            "INSERT INTO appizer_audiences"
            "(app_id, id, name, description, criteria, created_at, counted_at_change, user_count)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
    told = {"success": True, "audience_id": id, "name": name, "user_count": count, "created_at": moment(now)}
    return json_reply(201, told | {"message": "Audience created successfully"})


def list_audiences(sandbox: Sandbox, call: Call) -> Reply:
    """GET /audiences: oldest first, with the sizes of this moment."""
    coordinate = text_of(read_fields(dict(call.query), (Field("app_id", required=True),)), "app_id")
    limit, offset = query_number(call, "limit", 50, (1, 100)), query_number(call, "offset", 0, (0, 10**15))
    app, connection = use_app(sandbox, coordinate), sandbox.store.connection
    total = connection.execute("SELECT count(*) FROM appizer_audiences WHERE app_id = ?", (app,)).fetchone()[0]
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM appizer_audiences WHERE app_id = ? ORDER BY seq LIMIT ? OFFSET ?",
        (app, limit, offset),
    )
    page = [_Audience(*row) for row in rows.fetchall()]
    counts = _counted(sandbox, app, page)
    pagination = {"total": total, "limit": limit, "offset": offset, "has_more": offset + len(page) < total}
    listed = [_written(audience, counts[audience.seq]) for audience in page]
    return json_reply(200, {"success": True, "audiences": listed, "pagination": pagination})


def _counted(sandbox: Sandbox, app: int, page: list[_Audience]) -> dict[int, int]:
    """The size of each audience; what time alone cannot change is counted only once a change."""
    changes = settled_changes(sandbox.store, app)
    counts = {audience.seq: audience.user_count for audience in page}
    stale = [
        audience
        for audience in page
        if audience.counted_at_change != changes or not condition_of(audience.criteria).is_timeless
    ]
    if stale:
        fresh = {one.seq: user_count(sandbox, app, condition_of(one.criteria)) for one in stale}
        with transaction(sandbox.store) as connection:
            connection.executemany(
                "UPDATE appizer_audiences SET counted_at_change = ?, user_count = ? WHERE seq = ?",
                [(changes, count, seq) for seq, count in fresh.items()],
            )
        counts |= fresh
    return counts


def _written(audience: _Audience, count: int) -> dict[str, Json]:
    created = moment(audience.created_at)
    return {
        "audience_id": audience.id, "name": audience.name, "description": audience.description, "user_count": count,
        "created_at": created, "updated_at": created,
    }  # fmt: skip
