"""Serve the operations that move a campaign from one state to another (facts §3)."""

from __future__ import annotations

from reconciler.sandbox.mobileengagement.campaign import Campaign, State, write_state
from reconciler.sandbox.mobileengagement.seen import seen_campaign
from reconciler.sandbox.mobileengagement.shapes import bad_request
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Reply, json_reply


def activate(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_Activate: answers `scheduled`, also where it begins a moment later."""
    campaign, now = _campaign_in(sandbox, call, "draft"), sandbox.clock.now()
    times = (now, now + sandbox.options.settle, campaign.mode != "manual")
    changes = "activated_at = ?, ready_at = ?, open = ?, evaluated_version = NULL"
    return _moved(sandbox, campaign, "scheduled", changes, times)


def suspend(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_Suspend: back to `draft`, before it has begun."""
    campaign = _campaign_in(sandbox, call, "scheduled")
    return _moved(sandbox, campaign, "draft", "activated_at = NULL, ready_at = NULL, open = 0", ())


def finish(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_Finish."""
    campaign = _campaign_in(sandbox, call, "in-progress")
    return _moved(sandbox, campaign, "finished", "finished_at = ?", (sandbox.clock.now(),))


def _campaign_in(sandbox: Sandbox, call: Call, wanted: State) -> Campaign:
    campaign = seen_campaign(sandbox, call)
    state = campaign.state(sandbox.clock.now())
    if state != wanted:
        raise bad_request(f"The campaign is {state}, not {wanted}")
    return campaign


def _moved(sandbox: Sandbox, campaign: Campaign, state: State, changes: str, values: tuple[object, ...]) -> Reply:
    with transaction(sandbox.store) as connection:
        connection.execute(f"UPDATE mobileengagement_campaigns SET {changes} WHERE id = ?", (*values, campaign.id))
    return json_reply(200, write_state(campaign, state))
