"""Serve the operations that make, show, change and remove campaigns (facts §3, §5, §10)."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping

from reconciler.sandbox.mobileengagement.audience import check_size
from reconciler.sandbox.mobileengagement.campaign import (
    STATES,
    Campaign,
    campaigns_where,
    find_campaign,
    schedule_of,
    write_campaign,
    write_row,
    write_state,
)
from reconciler.sandbox.mobileengagement.fields import checked_campaign
from reconciler.sandbox.mobileengagement.links import link, location, ordering, whole_number
from reconciler.sandbox.mobileengagement.seen import kind_of, seen_app, seen_campaign
from reconciler.sandbox.mobileengagement.shapes import bad_request, read_object
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Json, Refusal, Reply, json_reply

_FILTER = re.compile(r"\s*state\s+eq\s+'([^']*)'\s*")
_ORDERS = ("id", "name", "state", "activatedDate", "finishedDate")
_MOST = 999_999_999


def list_campaigns(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_List: all of them, or pages of `$top` with a link to the next."""
    app, kind, now = seen_app(sandbox, call), kind_of(call), sandbox.clock.now()
    skip = whole_number(call, "$skip", (0, _MOST), 0) or 0
    top = whole_number(call, "$top", (1, _MOST), None)
    state, sought = _state(call), call.query.get("$search", "").casefold()
    found = campaigns_where(sandbox.store.connection, "app_id = ? AND kind = ?", (app, kind))
    chosen = [one for one in found if state in (None, one.state(now)) and sought in one.name.casefold()]
    by, descends = ordering(call, _ORDERS)
    chosen.sort(key=lambda campaign: _place(campaign, by, now), reverse=descends)
    page = chosen[skip : None if top is None else skip + top]
    body: dict[str, object] = {"value": [write_row(campaign, now) for campaign in page]}
    if top is not None and len(chosen) > skip + top:
        body["nextLink"] = link(call, {"$skip": str(skip + top)})
    return json_reply(200, body)


def create_campaign(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_Create: 201, always a draft."""
    app, kind = seen_app(sandbox, call), kind_of(call)
    content = checked_campaign(kind, read_object(call.request))
    columns = _columns(sandbox.store.connection, kind, content)
    with transaction(sandbox.store) as connection:
        _refuse_taken(connection, (app, kind, str(content["name"]), 0))
        made = connection.execute(
            f"INSERT INTO mobileengagement_campaigns(app_id, kind, {', '.join(columns)}) VALUES (?, ?, ?, ?, ?, ?)",
            (app, kind, *columns.values()),
        )
    return json_reply(201, {"id": made.lastrowid, "state": "draft"}, location(call, str(made.lastrowid)))


def read_campaign(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_Get."""
    return json_reply(200, write_campaign(seen_campaign(sandbox, call), sandbox.clock.now()))


def read_campaign_by_name(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_GetByName."""
    app = seen_app(sandbox, call)
    campaign = find_campaign(sandbox.store.connection, app, kind_of(call), call.parameters["name"])
    return json_reply(200, write_campaign(campaign, sandbox.clock.now()))


def update_campaign(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_Update: a draft is replaced whole."""
    campaign = seen_campaign(sandbox, call)
    if campaign.state(sandbox.clock.now()) != "draft":
        raise bad_request("The campaign is not in draft state")
    content = checked_campaign(campaign.kind, read_object(call.request))
    columns = _columns(sandbox.store.connection, campaign.kind, content)
    with transaction(sandbox.store) as connection:
        _refuse_taken(connection, (campaign.app_id, campaign.kind, str(content["name"]), campaign.id))
        changes = ", ".join(f"{name} = ?" for name in columns)
        connection.execute(
            f"UPDATE mobileengagement_campaigns SET {changes} WHERE id = ?", (*columns.values(), campaign.id)
        )
    return json_reply(200, write_state(campaign, "draft"))


def delete_campaign(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_Delete: a draft or a finished one goes, with its statistics; what was delivered stays recorded."""
    campaign = seen_campaign(sandbox, call)
    state = campaign.state(sandbox.clock.now())
    if state not in ("draft", "finished"):
        raise bad_request(f"The campaign is {state}; only a draft or a finished campaign can be deleted")
    with transaction(sandbox.store) as connection:
        connection.execute("DELETE FROM mobileengagement_campaigns WHERE id = ?", (campaign.id,))
        connection.execute("DELETE FROM mobileengagement_pushes WHERE campaign_id = ?", (campaign.id,))
    return Reply(200)


def _columns(connection: sqlite3.Connection, kind: str, content: Mapping[str, Json]) -> dict[str, object]:
    """What is stored of checked content."""
    audience = content.get("audience")
    if isinstance(audience, dict):
        check_size(connection, audience)
    starts_at, ends_at = schedule_of(kind, content)
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return {"name": content["name"], "content": written, "starts_at": starts_at, "ends_at": ends_at}


def _refuse_taken(connection: sqlite3.Connection, place: tuple[int, str, str, int]) -> None:
    found = connection.execute(
        "SELECT 1 FROM mobileengagement_campaigns WHERE app_id = ? AND kind = ? AND name = ? AND id <> ?", place
    )
    if found.fetchone() is not None:
        raise Refusal(409, "Conflict", f"Another campaign with the name `{place[2]}` already exists")


def _state(call: Call) -> str | None:
    if "$filter" not in call.query:
        return None
    found = _FILTER.fullmatch(call.query["$filter"])
    if found is None or found[1] not in STATES:
        raise bad_request(f"`$filter` must be `state eq 'STATE'`, with one of {', '.join(STATES)}")
    return found[1]


def _place(campaign: Campaign, by: str, now: float) -> tuple[str | float, int]:
    """Where a campaign stands in a list; those without the date come first, equals in order of creation."""
    keys: Mapping[str, str | float] = {
        "id": campaign.id,
        "name": campaign.name,
        "state": campaign.state(now),
        "activatedDate": campaign.activated_at or 0.0,
        "finishedDate": (campaign.over_at or 0.0) if campaign.state(now) == "finished" else 0.0,
    }
    return keys[by], campaign.id
