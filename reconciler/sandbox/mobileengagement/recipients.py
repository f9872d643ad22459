"""Deliver a campaign to devices, once or by audience, and write down who got it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import cast

from reconciler.sandbox.deliveries import KEPT_IDS, Delivery, deliver
from reconciler.sandbox.mobileengagement.audience import audience_condition, subset
from reconciler.sandbox.mobileengagement.campaign import Campaign
from reconciler.sandbox.mobileengagement.fields import NATIVE
from reconciler.sandbox.mobileengagement.filters import has_tags
from reconciler.sandbox.wire import Json

_MARKER = re.compile(r"\$\{([^}]*)\}")
_MARKED = ("title", "body", "notificationTitle", "notificationMessage")  # facts §5
_SEEN = ("notificationTitle", "notificationMessage", "actionUrl")
_UNSEEN = ("body", "payload")  # what campaigns carry that no person sees
_NO_LIMIT = -1


def audience_of(campaign: Campaign) -> Mapping[str, Json]:
    """A campaign's audience; without one, everyone."""
    return cast("Mapping[str, Json]", campaign.content.get("audience") or {})


def deliver_to_audience(connection: sqlite3.Connection, campaign: Campaign, moment: float) -> None:
    """Push to the devices that are in the audience now and have not had the campaign, inside a transaction."""
    audience = audience_of(campaign)
    met, tagged = audience_condition(audience, moment), has_tags(_markers(campaign.content))
    most = subset(audience)
    limit = _NO_LIMIT if most is None else max(0, most - push_count(connection, campaign))
    reachable = "push_enabled" if campaign.kind == NATIVE else "1"
    number = _next_push(connection, campaign)
    connection.execute(
        f"INSERT INTO mobileengagement_pushes SELECT ?, seq, ?, {_native(campaign)}, push_failure IS NOT NULL"
        f" FROM devices WHERE app_id = ? AND {reachable} AND {tagged.sql} AND {met.sql}"
        " AND NOT EXISTS(SELECT 1 FROM mobileengagement_pushes WHERE campaign_id = ? AND device_seq = seq)"
        " ORDER BY seq LIMIT ?",
        (campaign.id, number, campaign.app_id, *met.parameters, campaign.id, limit),
    )
    _record(connection, campaign, number, moment, campaign.content)


def deliver_to_devices(
    connection: sqlite3.Connection,
    campaign: Campaign,
    device_ids: list[str],
    moment: float,
    content: Mapping[str, Json],
) -> list[str]:
    """Push this content to these devices, each once, inside a transaction; the ids that no device of the app has."""
    number = _next_push(connection, campaign)
    invalid = []
    dropped = (
        "(push_failure IS NOT NULL OR NOT push_enabled)" if campaign.kind == NATIVE else "push_failure IS NOT NULL"
    )
    for device_id in dict.fromkeys(device_ids):
        added = connection.execute(
            f"INSERT INTO mobileengagement_pushes SELECT ?, seq, ?, {_native(campaign)}, {dropped}"
            " FROM devices WHERE app_id = ? AND install_id = ?",
            (campaign.id, number, campaign.app_id, device_id),
        )
        if added.rowcount == 0:
            invalid.append(device_id)
    _record(connection, campaign, number, moment, content)
    return invalid


def push_count(connection: sqlite3.Connection, campaign: Campaign) -> int:
    """How many pushes the campaign has made."""
    found = connection.execute(
        "SELECT count(*) FROM mobileengagement_pushes WHERE campaign_id = ?", (campaign.id,)
    ).fetchone()
    return int(found[0])


def shown(content: Mapping[str, Json]) -> dict[str, Json]:
    """What devices get of this content: what a person sees first, or what the app is given."""
    seen = {name: content[name] for name in _SEEN if name in content}
    return seen or {name: content[name] for name in _UNSEEN if name in content}


def _native(campaign: Campaign) -> str:
    """SQL that tells a push through the platform's own service from one that the app fetches."""
    return "0" if campaign.content.get("deliveryTime") == "session" else "push_enabled"


def _next_push(connection: sqlite3.Connection, campaign: Campaign) -> int:
    found = connection.execute(
        "SELECT coalesce(max(push), 0) + 1 FROM mobileengagement_pushes WHERE campaign_id = ?", (campaign.id,)
    ).fetchone()
    return int(found[0])


def _record(
    connection: sqlite3.Connection, campaign: Campaign, number: int, moment: float, content: Mapping[str, Json]
) -> None:
    source = "FROM mobileengagement_pushes WHERE campaign_id = ? AND push = ? AND NOT dropped"
    given = (campaign.id, number)
    reached = connection.execute(f"SELECT count(*) {source}", given).fetchone()[0]
    if not reached:
        return
    ids = connection.execute(
        f"SELECT install_id FROM devices WHERE seq IN (SELECT device_seq {source} LIMIT ?) ORDER BY seq",
        (*given, KEPT_IDS),
    )
    app = connection.execute("SELECT coordinate FROM apps WHERE id = ?", (campaign.app_id,)).fetchone()[0]
    listed = [install_id for (install_id,) in ids]
    deliver(connection, Delivery(app, str(campaign.id), campaign.name, moment, reached, listed, shown(content)))


def _markers(content: Mapping[str, Json]) -> list[str]:
    """The tags whose values the texts show; devices without one of them are passed over."""
    languages = cast("Mapping[str, Mapping[str, Json]]", content.get("localization") or {})
    texts = [str(localized.get(name, "")) for localized in (content, *languages.values()) for name in _MARKED]
    return sorted({tag for written in texts for tag in _MARKER.findall(written)})
