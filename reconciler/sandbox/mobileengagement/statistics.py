"""Serve a campaign's statistics, which are counted from its pushes (facts §9)."""

from __future__ import annotations

from typing import cast

from reconciler.sandbox.mobileengagement.campaign import Campaign
from reconciler.sandbox.mobileengagement.fields import DATA, NATIVE, POLLS
from reconciler.sandbox.mobileengagement.seen import coordinate_of, seen_campaign
from reconciler.sandbox.population import os_of
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.wire import Json, Reply, json_reply

_COUNTS = (
    "SELECT count(*), coalesce(sum(native), 0), coalesce(sum(dropped), 0), coalesce(sum(native AND NOT dropped), 0)"
    " FROM mobileengagement_pushes WHERE campaign_id = ?"
)
_NOTIFIED = (
    "system-notification-displayed", "in-app-notification-displayed",
    "system-notification-exited", "in-app-notification-actioned", "in-app-notification-exited",
)  # fmt: skip


def read_statistics(sandbox: Sandbox, call: Call) -> Reply:
    """Campaigns_GetStatistics: only the keys that the kind has."""
    campaign = seen_campaign(sandbox, call)
    is_ios = os_of(coordinate_of(call)) == "iOS"
    pushed, native, dropped, rang = sandbox.store.connection.execute(_COUNTS, (campaign.id,)).fetchone()
    counted = {"queued": pushed, "pushed": pushed, "pushed-native": native}
    if not is_ios:
        counted |= {"pushed-native-google": native, "pushed-native-adm": 0}
    if campaign.kind != NATIVE:
        counted |= {"delivered": pushed - dropped, "dropped": dropped}
    is_system = is_ios or campaign.content.get("notificationType") == "system"
    counted |= _feedback(campaign, pushed - dropped, rang if is_system else 0)
    answers = {"answers": _answers(campaign)} if campaign.kind == POLLS else {}
    return json_reply(200, {**counted, **answers})


def _feedback(campaign: Campaign, delivered: int, by_system: int) -> dict[str, int]:
    """What people did: they saw every notification, and touched none."""
    keys = {"system-notification-actioned": 0}
    if campaign.kind not in (DATA, NATIVE):
        displayed = {"system-notification-displayed": by_system, "in-app-notification-displayed": delivered - by_system}
        keys |= dict.fromkeys(_NOTIFIED, 0) | displayed
    is_notification_only = campaign.content.get("type") == "only_notif"
    if campaign.kind not in (DATA, NATIVE) and not is_notification_only:
        keys["content-displayed"] = 0
    if campaign.kind != NATIVE and not is_notification_only:
        keys |= {"content-actioned": 0, "content-exited": 0}
    return keys


def _answers(campaign: Campaign) -> dict[str, dict[str, int]]:
    """By question and choice; nobody answers."""
    questions = cast("list[dict[str, Json]]", campaign.content.get("questions", []))
    return {
        str(question.get("id", index)): {
            str(choice.get("id", place)): 0
            for place, choice in enumerate(cast("list[dict[str, Json]]", question.get("choices", [])))
        }
        for index, question in enumerate(questions)
    }
