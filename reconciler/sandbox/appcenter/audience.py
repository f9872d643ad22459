"""Hold one saved audience: its checked definition, its size once counted, and the state that follows from the time."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import cast

from reconciler.sandbox.appcenter.bodies import Field, bad_request, read_fields
from reconciler.sandbox.appcenter.definitions import check_definition, condition_of
from reconciler.sandbox.appcenter.members import member_count, population_size
from reconciler.sandbox.clock import iso
from reconciler.sandbox.device import is_property_name
from reconciler.sandbox.devices import version_of
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import Store, transaction
from reconciler.sandbox.wire import Json

PROPERTY_TYPES = ("string", "number", "boolean", "date_time")
_FIELDS = (
    Field("definition", required=True, length=(1, 2000)),
    Field("description", length=(0, 128)),
    Field("enabled", "boolean"),
    Field("custom_properties", "object", items="string"),
)
_COLUMNS = (
    "name, definition, description, enabled, custom_properties, changed_at, counted_version, counted_at, count, total"
)


@dataclass(frozen=True, slots=True)
class Saved:
    """A row of the audiences.

    `custom_properties` is JSON text, times are seconds since the epoch, counts None until taken.
    """

    name: str
    definition: str
    description: str | None
    enabled: bool
    custom_properties: str | None
    changed_at: float
    counted_version: int | None = None
    counted_at: float | None = None
    count: int | None = None
    total: int | None = None


def checked_definition(body: dict[str, Json], name: str, now: float) -> Saved:
    """What a PUT or a test asks to be saved.

    Raises:
        Refusal: 400.
    """
    fields = read_fields(body, _FIELDS)
    types = cast("dict[str, str] | None", fields["custom_properties"])
    for custom, kind in (types or {}).items():
        if kind not in PROPERTY_TYPES:
            raise bad_request(f"The type of custom property '{custom}' must be one of {', '.join(PROPERTY_TYPES)}")
        if not is_property_name(custom):
            raise bad_request(f"'{custom}' cannot be the name of a custom property")
    definition = cast(str, fields["definition"])
    custom_properties = None if types is None else json.dumps(types, separators=(",", ":"))
    check_definition(definition, custom_properties)
    description = cast("str | None", fields["description"])
    return Saved(name, definition, description, fields["enabled"] is not False, custom_properties, now)


def saved_audience(store: Store, app: int, name: str) -> Saved | None:
    """The audience of that name, or None."""
    row = store.connection.execute(
        f"SELECT {_COLUMNS} FROM appcenter_audiences WHERE app_id = ? AND name = ?", (app, name)
    ).fetchone()
    return None if row is None else _saved(row)


def saved_audiences(store: Store, app: int, everything: bool, after: str, limit: int) -> list[Saved]:
    """The first `limit` audiences by name that come after `after`; the disabled ones too if `everything`."""
    rows = store.connection.execute(
        f"SELECT {_COLUMNS} FROM appcenter_audiences"
        " WHERE app_id = ? AND name > ? AND (enabled OR ?) ORDER BY name LIMIT ?",
        (app, after, everything, limit),
    )
    return [_saved(row) for row in rows]


def refresh(sandbox: Sandbox, app: int, page: list[Saved]) -> list[Saved]:
    """Count those that have settled and are not counted, or were counted before devices of the app changed; keep it."""
    now, store = sandbox.clock.now(), sandbox.store
    version = version_of(store, app)
    stale = [saved for saved in page if _is_settled(sandbox, saved, now) and saved.counted_version != version]
    if not stale:
        return page
    total = population_size(store.connection, app)
    fresh = {saved.name: _counted(sandbox, app, saved, (version, total, now)) for saved in stale}
    rows = [(version, saved.counted_at, saved.count, total, app, saved.name) for saved in fresh.values()]
    with transaction(store) as connection:
        connection.executemany(
            "UPDATE appcenter_audiences SET counted_version = ?, counted_at = ?, count = ?, total = ?"
            " WHERE app_id = ? AND name = ?",
            rows,
        )
    return [fresh.get(saved.name, saved) for saved in page]


def write_summary(sandbox: Sandbox, saved: Saved) -> dict[str, object]:
    """An `AudienceSummary`; a size is there once the state is Ready, a description only if one was given."""
    body: dict[str, object] = {"name": saved.name, "definition": saved.definition, "state": _state(sandbox, saved)}
    if saved.description is not None:
        body["description"] = saved.description
    if body["state"] == "Ready" and saved.count is not None:
        body["estimated_count"] = saved.count
    return body


def write_details(sandbox: Sandbox, saved: Saved) -> dict[str, object]:
    """An `Audience`."""
    body = write_summary(sandbox, saved) | {"enabled": saved.enabled}
    if saved.custom_properties is not None:
        body["custom_properties"] = json.loads(saved.custom_properties)
    if "estimated_count" in body and saved.counted_at is not None:
        body |= {"estimated_total_count": saved.total, "timestamp": iso(saved.counted_at)}
    return body


def _state(sandbox: Sandbox, saved: Saved) -> str:
    if not saved.enabled:
        return "Disabled"
    return "Ready" if _is_settled(sandbox, saved, sandbox.clock.now()) else "Calculating"


def _is_settled(sandbox: Sandbox, saved: Saved, now: float) -> bool:
    return saved.enabled and now >= saved.changed_at + sandbox.options.settle


def _counted(sandbox: Sandbox, app: int, saved: Saved, taken: tuple[int, int, float]) -> Saved:
    version, total, now = taken
    condition = condition_of(saved.definition, saved.custom_properties)
    count = member_count(sandbox.store.connection, app, condition) if total else 0
    first = saved.changed_at + sandbox.options.settle
    when = first if saved.counted_version is None else now
    return replace(saved, counted_version=version, counted_at=when, count=count, total=total)


def _saved(row: tuple[object, ...]) -> Saved:
    saved = Saved(*row)  # type: ignore[arg-type]
    return replace(saved, enabled=bool(saved.enabled))
