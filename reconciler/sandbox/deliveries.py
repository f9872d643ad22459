"""Record which devices got which push; whoever can see the phones sees this list."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.sandbox.store import Store
from reconciler.sandbox.wire import Json

KEPT_IDS = 1_000  # of one delivery; a broadcast to more is counted in full


@dataclass(frozen=True, slots=True)
class Delivery:
    """A push that reaches `devices` devices at `when` (seconds since the epoch); `name` is as the client gave it.

    `content` is what they see, where the vendor tells it here.
    """

    app: str
    notification_id: str
    name: str
    when: float
    devices: int
    device_ids: Sequence[str]
    content: Mapping[str, Json] | None = None


def deliver(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """Record a delivery, inside a transaction."""
    ids = json.dumps(delivery.device_ids[:KEPT_IDS], separators=(",", ":"))
    content = None if delivery.content is None else json.dumps(delivery.content, separators=(",", ":"))
    connection.execute(
        "INSERT INTO deliveries(app, notification_id, name, delivered_at, devices, device_ids, content)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (delivery.app, delivery.notification_id, delivery.name, delivery.when, delivery.devices, ids, content),
    )


def deliveries(store: Store, now: float, app: str | None, ids: int | None) -> list[dict[str, object]]:
    """What has been delivered by `now`, oldest first, of one app or all; with up to `ids` device ids each, None all."""
    found = store.connection.execute(
        "SELECT app, notification_id, name, devices, device_ids, content FROM deliveries"
        " WHERE delivered_at <= ? AND (? IS NULL OR app = ?) ORDER BY seq",
        (now, app, app),
    )
    return [
        {"app": owner, "notification_id": number, "name": name, "devices": count, "device_ids": json.loads(kept)[:ids]}
        | ({} if content is None else {"content": json.loads(content)})
        for owner, number, name, count, kept, content in found
    ]
