"""Serve the status of campaigns; there are none, for how to send one is not documented."""

from __future__ import annotations

from reconciler.sandbox.appizer.envelope import not_found
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.wire import Reply


def read_campaign(sandbox: Sandbox, call: Call) -> Reply:
    """GET /notifications/campaigns/{campaign_id}: always 404."""
    raise not_found("Campaign ID not found", {"campaign_id": call.parameters["campaign_id"]})
