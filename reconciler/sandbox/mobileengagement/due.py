"""Carry out what falls due with the time: tags that were set, campaigns that begin, devices that come into an audience.

Nothing runs in the background. Before an app is looked at or changed, everything that was due since is done, each at
its own moment, in their order.
"""

from __future__ import annotations

import sqlite3

from reconciler.sandbox.devices import touch
from reconciler.sandbox.mobileengagement.audience import is_restless
from reconciler.sandbox.mobileengagement.campaign import Campaign, campaigns_where
from reconciler.sandbox.mobileengagement.recipients import audience_of, deliver_to_audience
from reconciler.sandbox.mobileengagement.tagging import apply_tags
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction

_WAITING = (
    "SELECT app_id FROM mobileengagement_tags WHERE due <= ?"
    " UNION SELECT app_id FROM mobileengagement_campaigns WHERE open AND ready_at <= ?"
)


def catch_up(sandbox: Sandbox) -> None:
    """Carry out what is due for every app."""
    now = sandbox.clock.now()
    for (app,) in sandbox.store.connection.execute(_WAITING, (now, now)).fetchall():
        catch_up_app(sandbox, app, now)


def catch_up_app(sandbox: Sandbox, app: int, now: float) -> None:
    """Carry out what is due for an app."""
    connection = sandbox.store.connection
    due = connection.execute(
        "SELECT DISTINCT due FROM mobileengagement_tags WHERE app_id = ? AND due <= ?", (app, now)
    ).fetchall()
    live = [campaign for campaign in _open(connection, app) if campaign.begins_at <= now]
    if not due and not any(_wants_delivery(connection, campaign, now) for campaign in live):
        return
    moments = {moment for (moment,) in due} | {now}
    moments |= {campaign.begins_at for campaign in live if campaign.evaluated_version is None}
    moments |= {campaign.over_at for campaign in live if campaign.over_at is not None and campaign.over_at <= now}
    with transaction(sandbox.store):
        for moment in sorted(moments):
            _settle(connection, app, moment)


def _settle(connection: sqlite3.Connection, app: int, moment: float) -> None:
    if apply_tags(connection, app, moment):
        touch(connection, app)
    begun = [campaign for campaign in _open(connection, app) if campaign.begins_at <= moment]
    for campaign in sorted(begun, key=lambda campaign: campaign.begins_at):
        is_over = campaign.over_at is not None and campaign.over_at <= moment
        if campaign.over_at != campaign.begins_at and _wants_delivery(connection, campaign, moment):
            deliver_to_audience(connection, campaign, moment)
            connection.execute(
                "UPDATE mobileengagement_campaigns SET evaluated_version = ? WHERE id = ?",
                (_version(connection, app), campaign.id),
            )
        if is_over or campaign.mode == "one-shot":
            connection.execute("UPDATE mobileengagement_campaigns SET open = 0 WHERE id = ?", (campaign.id,))


def _open(connection: sqlite3.Connection, app: int) -> list[Campaign]:
    return campaigns_where(connection, "app_id = ? AND open", (app,))


def _wants_delivery(connection: sqlite3.Connection, campaign: Campaign, moment: float) -> bool:
    """True if it was never delivered, is over and still open, or if devices may have come into its audience since."""
    if campaign.evaluated_version is None or (campaign.over_at is not None and campaign.over_at <= moment):
        return True
    return campaign.evaluated_version != _version(connection, campaign.app_id) or is_restless(audience_of(campaign))


def _version(connection: sqlite3.Connection, app: int) -> int:
    return int(connection.execute("SELECT version FROM apps WHERE id = ?", (app,)).fetchone()[0])
