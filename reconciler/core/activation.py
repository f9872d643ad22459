"""Tell which active campaigns are to be activated: what the ledger says, weighed with where the campaign stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.core.compose import CAMPAIGN, NOTIFICATION
from reconciler.core.edited import ALLOW_REPEATS
from reconciler.core.lifecycle import ACTIVE, DRAFT
from reconciler.model.change import Action, Change
from reconciler.model.plan import Skipped
from reconciler.model.resource import Key, LiveResource, Resource
from reconciler.model.send import NEVER_LEFT, UNSETTLED, Send, SendRecord

ALREADY_ACTIVE = "already_active"
"""Why an activation is skipped that somebody else made."""


def senders(resources: Iterable[Resource]) -> list[Resource]:
    """What is declared to be sent, active campaigns first: notifications may push them."""
    campaigns, notifications = [], []
    for each in resources:
        if each.kind == CAMPAIGN and each.spec.get("state") == ACTIVE:
            campaigns.append(each)
        elif each.kind == NOTIFICATION:
            notifications.append(each)
    return campaigns + notifications


def activated(records: Sequence[SendRecord], aliases: Mapping[str, str]) -> dict[Key, Collection[str]]:
    """The occurrences of each campaign that were activated, or may have been; `aliases` are by coordinates."""
    found: dict[Key, set[str]] = {}
    for row in records:
        if row.kind == CAMPAIGN and row.state not in NEVER_LEFT:
            found.setdefault((aliases[row.coordinates], row.kind, row.name), set()).add(row.occurrence)
    return dict(found)


class Standing:
    """The last word on a send, for `core.sends`: a campaign's depends on its state, and on what will change it."""

    def __init__(self, live: Iterable[LiveResource], changes: Iterable[Change]) -> None:
        self._live = {each.key: each for each in live if each.kind == CAMPAIGN}
        self._changes = {each.key: each for each in changes if each.kind == CAMPAIGN}

    def __call__(self, send: Send, found: Send | Skipped) -> Send | Skipped:
        if send.kind != CAMPAIGN or (isinstance(found, Send) and found.state in UNSETTLED):
            return found
        change, live = self._changes.get(send.key), self._live.get(send.key)
        if change is not None and change.reopens:
            return replace(send, reopens=True, reason="activated again once it is changed; it has not started yet")
        if live is None or (change is not None and change.action is Action.REPLACE):
            return found
        if live.state != DRAFT:
            return found if isinstance(found, Skipped) else _active(send, live)
        if isinstance(found, Skipped) and found.why == "already_sent":
            blocked = f"it was activated before ({send.occurrence}), and taken back to a draft outside"
            reason = "it is a draft again"
            return replace(send, reopens=True, reason=reason, blocked=blocked, consent=ALLOW_REPEATS)
        return found


def _active(send: Send, live: LiveResource) -> Skipped:
    detail = f"it is {live.state.replace('-', ' ')} on the backend already"
    return Skipped(send.address, send.send_key, ALREADY_ACTIVE, detail)
