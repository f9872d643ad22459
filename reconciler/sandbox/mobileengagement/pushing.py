"""Serve the operations that push a campaign to chosen devices: for good, or as a test (facts §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from reconciler.sandbox.deliveries import Delivery, deliver
from reconciler.sandbox.mobileengagement.fields import checked_override, checked_trial
from reconciler.sandbox.mobileengagement.recipients import deliver_to_devices, shown
from reconciler.sandbox.mobileengagement.seen import coordinate_of, kind_of, seen_app, seen_campaign
from reconciler.sandbox.mobileengagement.shapes import anything, bad_request, fields, listed, read_object, text
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Json, Refusal, Reply, json_reply

MAX_IDS = 1_000
_PUSH = fields({"deviceIds": listed(text()), "data": anything}, required=("deviceIds",))
_TRIAL = {"deviceId": text(), "lang": text()}
_SAVED = fields(_TRIAL, required=("deviceId",))
_NEW = fields({**_TRIAL, "data": anything}, required=("deviceId", "data"))


def push(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_Push: every call is a push of its own; the ids that no device has come back."""
    campaign, now = seen_campaign(sandbox, call), sandbox.clock.now()
    body = cast("dict[str, Json]", _PUSH(read_object(call.request), ""))
    device_ids = cast("list[str]", body["deviceIds"])
    if len(device_ids) > MAX_IDS:
        raise Refusal(413, "RequestEntityTooLarge", f"Too many device identifiers (current limit is {MAX_IDS})")
    if campaign.mode != "manual":
        raise bad_request("The campaign's pushMode is not manual")
    if campaign.state(now) != "in-progress":
        raise bad_request(f"The campaign is {campaign.state(now)}, not in progress")
    override = checked_override(campaign.kind, campaign.content, body.get("data", {}))
    with transaction(sandbox.store) as connection:
        invalid = deliver_to_devices(connection, campaign, device_ids, now, {**campaign.content, **override})
    return json_reply(200, {"invalidDeviceIds": invalid})


def try_saved(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_TestSaved: in any state, and without a trace in the statistics."""
    campaign = seen_campaign(sandbox, call)
    trial = cast("dict[str, Json]", _SAVED(read_object(call.request), ""))
    content = _in_language(campaign.content, trial.get("lang"))
    _ring(sandbox, call, str(trial["deviceId"]), (str(campaign.id), campaign.name, content))
    return json_reply(200, {"id": campaign.id, "state": "queued"})


def try_new(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_TestNew: of content that is not saved."""
    seen_app(sandbox, call)
    trial = cast("dict[str, Json]", _NEW(read_object(call.request), ""))
    content = checked_trial(kind_of(call), trial["data"])
    shown_name = str(content.get("name", ""))
    _ring(sandbox, call, str(trial["deviceId"]), ("", shown_name, _in_language(content, trial.get("lang"))))
    return json_reply(200, {"state": "queued"})


def _in_language(content: Mapping[str, Json], language: Json) -> dict[str, Json]:
    languages = cast("Mapping[str, Mapping[str, Json]]", content.get("localization") or {})
    return {**content, **languages.get(str(language), {})}


def _ring(sandbox: Sandbox, call: Call, device_id: str, tested: tuple[str, str, Mapping[str, Json]]) -> None:
    """Let the device have it once the state has settled, if there is such a device."""
    coordinate, (number, name, content) = coordinate_of(call), tested
    with transaction(sandbox.store) as connection:
        found = connection.execute(
            "SELECT 1 FROM devices JOIN apps ON apps.id = app_id"
            " WHERE coordinate = ? AND install_id = ? AND push_failure IS NULL",
            (coordinate, device_id),
        )
        if found.fetchone() is not None:
            when = sandbox.clock.now() + sandbox.options.settle
            deliver(connection, Delivery(coordinate, number, name, when, 1, [device_id], shown(content)))
