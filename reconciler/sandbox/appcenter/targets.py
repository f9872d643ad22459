"""Resolve a notification's target to devices at the moment it is accepted (facts §6, Target limits)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import cast

from reconciler.sandbox.appcenter.bodies import Field, bad_request, read_fields
from reconciler.sandbox.appcenter.definitions import Condition, condition_of
from reconciler.sandbox.appcenter.members import MAX_RECIPIENTS, audience_conditions, members
from reconciler.sandbox.wire import Json

MAX_IDS = 100  # device, user and account ids in one request
NO_LIMIT = -1
_BROADCAST = "broadcast_target"
_LISTS: Mapping[str, Field] = {
    "audiences_target": Field("audiences", "array", required=True, length=(1, 1_000), items="string"),
    "devices_target": Field("devices", "array", required=True, length=(1, MAX_IDS), items="string"),
    "user_ids_target": Field("user_ids", "array", required=True, length=(1, MAX_IDS), items="string"),
    "account_ids_target": Field("account_ids", "array", required=True, length=(1, MAX_IDS), items="string"),
}
_ID_COLUMNS = {"devices_target": "install_id", "user_ids_target": "user_id", "account_ids_target": "account_id"}
_TYPE = Field("type", required=True, choices=(*_LISTS, _BROADCAST))


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a notification is for: a `type` of the swagger, and names or ids (none for a broadcast)."""

    type: str
    listed: tuple[str, ...]

    def written(self) -> dict[str, Json]:
        """The target as the API shows it."""
        if self.type == _BROADCAST:
            return {"type": self.type}
        return {"type": self.type, _LISTS[self.type].name: list(self.listed)}


def checked_target(value: Json) -> Target:
    """The target of a request; none, or null, is everyone (facts §6).

    Raises:
        Refusal: 400.
    """
    if value is None:
        return Target(_BROADCAST, ())
    if not isinstance(value, dict):
        raise bad_request("The notification_target field must be of type object")
    kind = cast(str, read_fields(value, (_TYPE,), "notification_target.")["type"])
    if kind == _BROADCAST:
        return Target(kind, ())
    field = _LISTS[kind]
    listed = cast("list[str]", read_fields(value, (field,), "notification_target.")[field.name])
    return Target(kind, tuple(listed))


def recipients(connection: Connection, app: int, target: Target) -> list[tuple[str, str | None]]:
    """The devices a notification goes to, each once: `(install_id, why a push to it fails, or None)`.

    At most the first 1,000, but for a broadcast; the rest is skipped silently, as the vendor did.

    Raises:
        Refusal: 400 for an audience that does not exist or is disabled, or an id that cannot be a device's.
    """
    if target.type == _BROADCAST:
        return members(connection, app, (Condition("1", ()),), NO_LIMIT)
    if target.type == "audiences_target":
        return members(connection, app, _audiences(connection, app, target.listed), MAX_RECIPIENTS)
    column = _ID_COLUMNS[target.type]
    marks = ", ".join("?" * len(target.listed))
    if column == "install_id":
        _check_devices(connection, app, target.listed)
    return members(connection, app, (Condition(f"{column} IN ({marks})", target.listed),), MAX_RECIPIENTS)


def _audiences(connection: Connection, app: int, names: Sequence[str]) -> list[Condition]:
    known = audience_conditions(connection, app, names)
    conditions = []
    for name in dict.fromkeys(names):
        if name not in known:
            raise bad_request(f"Audience '{name}' does not exist")
        definition, types, enabled = known[name]
        if not enabled:
            raise bad_request(f"Audience '{name}' is disabled")
        conditions.append(condition_of(definition, types))
    return conditions


def _check_devices(connection: Connection, app: int, ids: Sequence[str]) -> None:
    for install_id in ids:
        try:
            uuid.UUID(install_id)
        except ValueError:
            found = connection.execute("SELECT 1 FROM devices WHERE app_id = ? AND install_id = ?", (app, install_id))
            if found.fetchone() is None:
                raise bad_request(f"'{install_id}' is not a device id (a UUID)") from None
