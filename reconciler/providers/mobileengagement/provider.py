"""Mobile Engagement as a provider: one connected app, its campaigns read and moved, its devices pushed to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from reconciler.core.compose import CAMPAIGN
from reconciler.core.lifecycle import DRAFT, FINISHED, IN_PROGRESS, SCHEDULED
from reconciler.errors import Conflict, NotFound, Refused, SendRefused, SendUnknown, Unreachable
from reconciler.model.change import Action, Change
from reconciler.model.project import App
from reconciler.model.resource import LiveResource, Resource, Wanted
from reconciler.model.send import Attempt, Receipt, SendRecord, Sighting
from reconciler.ports import Clock
from reconciler.providers.answers import encoded
from reconciler.providers.client import Client
from reconciler.providers.marker import MARKED
from reconciler.providers.mobileengagement import wire
from reconciler.providers.mobileengagement.campaigns import Campaigns, Found
from reconciler.providers.mobileengagement.kinds import CAMPAIGN_KINDS

READY_SECONDS = 60.0
"""How long a push waits for its campaign, which the backend starts some time after it was activated."""


class MobileEngagement:
    """`ports.Provider` of one Mobile Engagement app."""

    def __init__(self, app: App, client: Client, clock: Clock) -> None:
        self._app, self._client, self._clock = app, client, clock
        self._campaigns = Campaigns(client, wire.app_path(app.settings))
        self._chosen: dict[str, str] = {}
        """The path of the campaign that each prepared attempt activates or pushes, by marker."""
        self._kinds: dict[str, str] = {}
        """Of which kind each campaign of ours is, by name: a name is unique among its kind only."""

    def read(self, wanted: Wanted) -> Iterable[LiveResource]:
        """A list of each type of campaign, and the details of those that are declared or recorded."""
        for of_kind, known in (pair for each in (wanted.declared, wanted.recorded) for pair in each.items()):
            if of_kind[0] == CAMPAIGN:
                self._kinds[of_kind[1]] = CAMPAIGN_KINDS[known.spec["type"]]
        for type_of_campaign, kind in CAMPAIGN_KINDS.items():
            for item in self._campaigns.listed(kind):
                name, state = str(item["name"]), str(item["state"])
                key = (CAMPAIGN, name)
                likes = [each[key].spec for each in (wanted.declared, wanted.recorded) if key in each]
                if MARKED.search(name) or not _is_meant(type_of_campaign, likes):
                    continue  # a notification's, or a namesake of another type
                spec: Mapping[str, Any] = {}
                if likes:
                    details = self._campaigns.details(f"{kind}/{item['id']}")
                    if details is None:
                        continue  # it went away between the two reads
                    spec, state = wire.live_spec(type_of_campaign, details, likes), str(details["state"])
                yield LiveResource(self._app.alias, CAMPAIGN, name, spec, f"{kind}/{item['id']}", state=state)

    def perform(self, change: Change) -> str:
        desired = change.desired or {}
        match change.action:
            case Action.CREATE:
                return self._created(change.name, desired)
            case Action.UPDATE | Action.ADOPT:
                self._changed(change, desired)
            case Action.REPLACE:
                self._removed(change)
                return self._created(change.name, desired)
            case Action.SUSPEND:
                self._campaigns.move(change.remote_id, "suspend", DRAFT)
            case Action.FINISH:
                self._campaigns.move(change.remote_id, "finish", FINISHED)
            case Action.DELETE:
                self._removed(change)
            case Action.FORGET | Action.NO_OP:
                pass
            case _:
                assert_never(change.action)
        return change.remote_id

    def prepare(self, attempt: Attempt) -> int | None:
        kind = wire.campaign_path(attempt)
        if "devices" in attempt.target:
            found = self._in_progress(kind, attempt.spec["campaign"])
        elif attempt.kind == CAMPAIGN:
            found = self._there(kind, attempt.name)
        else:
            found = self._drafted(kind, attempt)
        self._chosen[attempt.marker] = found.path
        self._client.reserve()
        named = attempt.target.get("devices")
        return 0 if "nobody" in attempt.target else len(named) if named else None

    def send(self, attempt: Attempt) -> Receipt:
        path = self._chosen[attempt.marker]
        if "devices" in attempt.target:
            answer = self._sent(path, "push", encoded(wire.payload(attempt)))
            rejected = answer.get("invalidDeviceIds")
            return Receipt(path, attempt.name, "pushed", rejected=tuple(map(str, rejected or ())))
        answer = self._sent(path, "activate", b"")
        return Receipt(path, wire.campaign_name(attempt), str(answer.get("state", "")))

    def sent(self, since: datetime | None = None) -> Sequence[Receipt]:
        listed = self._campaigns.listed(CAMPAIGN_KINDS["announcement"], search="~pk1")
        found = [wire.receipt("announcements", each) for each in listed if MARKED.search(str(each.get("name")))]
        return [each for each in found if each.is_sent and not (since and each.sent_at and each.sent_at < since)]

    def find(self, record: SendRecord) -> Sighting:
        if "devices" in record.target:
            return Sighting()
        is_campaign = record.kind == CAMPAIGN
        name = record.name if is_campaign else f"{record.name} {record.marker}"
        ours = self._kinds.get(name) if is_campaign else CAMPAIGN_KINDS["announcement"]
        found = [(kind, self._campaigns.named(kind, name)) for kind in ([ours] if ours else CAMPAIGN_KINDS.values())]
        hits = [wire.receipt(kind, each.answer) for kind, each in found if each is not None]
        # Of several kinds, nobody can tell which is ours: then it is not settled by itself.
        shown = hits if len(hits) < 2 else [replace(each, is_sent=True) for each in hits]
        return Sighting(tuple(shown), f"the campaign `{name}`")

    def cancel(self, receipt: Receipt) -> bool:
        try:
            self._campaigns.move(receipt.remote_id, "suspend", DRAFT)
        except Refused:  # it has started
            return False
        return True

    def outcome(self, receipt: Receipt, until: datetime) -> Receipt:
        if receipt.state == "pushed":
            return receipt
        while True:
            details = self._campaigns.details(receipt.remote_id) or {"state": "gone"}
            if details["state"] != SCHEDULED or "startTime" in details or self._clock.now() >= until:
                return Receipt(receipt.remote_id, receipt.name, str(details["state"]))
            self._clock.sleep(0.2)

    def reach(self, audience: Resource) -> int | None:
        return None

    def everyone(self) -> int | None:
        return None

    def identity(self) -> Mapping[str, Any]:
        """The app, as far as the backend says: that it lists campaigns for these credentials."""
        next(iter(self._campaigns.listed(CAMPAIGN_KINDS["announcement"], top="1")), None)
        return {"display_name": str(self._app.settings["app"])}

    def apps(self) -> Sequence[str]:
        return [str(each.get("name", "")).rpartition("/")[2] for each in self._campaigns.apps()]

    def user(self) -> Mapping[str, Any]:
        return {}

    def skew(self) -> float | None:
        return self._client.skew

    def _created(self, name: str, spec: Mapping[str, Any]) -> str:
        kind = self._kinds[name] = CAMPAIGN_KINDS[spec["type"]]
        try:
            return self._campaigns.create(kind, wire.campaign_body(name, spec))
        except Conflict:
            # Made by a request of ours whose answer was lost, or by somebody else since the plan.
            found = self._there(kind, name)
            if found.state != DRAFT:
                raise
            self._campaigns.put(found.path, wire.update_body(name, spec, None, found.answer))
            return found.path

    def _changed(self, change: Change, desired: Mapping[str, Any]) -> None:
        details = self._campaigns.details(change.remote_id)
        if details is None:
            raise NotFound(f"the campaign `{change.name}` is gone", code="RC602", hint="make a new plan")
        if details["state"] == SCHEDULED:
            self._campaigns.move(change.remote_id, "suspend", DRAFT)
        if details["state"] == IN_PROGRESS and desired.get("state") == FINISHED:
            self._campaigns.move(change.remote_id, "finish", FINISHED)
        else:
            self._campaigns.put(change.remote_id, wire.update_body(change.name, desired, change.recorded, details))

    def _removed(self, change: Change) -> None:
        """Delete a campaign, by way of a state in which that can be done; not one that has begun since the plan: it has
        reached people, and the plan did not show that it would be ended.
        """
        path = change.remote_id
        details = self._campaigns.details(path)
        if details is None:
            return  # what was to be deleted is gone: done
        if details["state"] in (IN_PROGRESS, FINISHED) and change.state in (DRAFT, SCHEDULED):
            message = (
                f"the campaign `{change.name}` was {change.state} when this was planned, and is {details['state']}"
            )
            raise Refused(message, code="RC600", hint="make a new plan")
        if details["state"] == SCHEDULED:
            self._campaigns.move(path, "suspend", DRAFT)
        elif details["state"] == IN_PROGRESS:
            self._campaigns.move(path, "finish", FINISHED)
        self._campaigns.delete(path)

    def _there(self, kind: str, name: str) -> Found:
        found = self._campaigns.named(kind, name)
        if found is None:
            raise NotFound(f"the campaign `{name}` is not there; nothing was sent", code="RC602", hint="apply again")
        return found

    def _drafted(self, kind: str, attempt: Attempt) -> Found:
        """The campaign of a notification, made as a draft that reaches nobody, or brought up to date."""
        name, spec = wire.campaign_name(attempt), wire.campaign_spec(attempt)
        found = self._campaigns.named(kind, name)
        if found is None:
            return Found(self._created(name, spec), {"state": DRAFT})
        if found.state == DRAFT:
            self._campaigns.put(found.path, wire.campaign_body(name, spec))
        return found

    def _in_progress(self, kind: str, name: str) -> Found:
        began, wait = self._clock.now(), 0.05
        while True:
            found = self._there(kind, name)
            if found.state == IN_PROGRESS:
                return found
            if found.state != SCHEDULED:
                message = f"the campaign `{name}` is {found.state}, and only one in progress can be pushed"
                raise Refused(message, code="RC609", hint="activate it: set `state: active` and apply")
            if (self._clock.now() - began).total_seconds() > READY_SECONDS:
                message = f"the campaign `{name}` is still scheduled after {READY_SECONDS:.0f} s"
                raise Unreachable(message, code="RC608", hint="run apply again; nothing was sent")
            self._clock.sleep(wait)
            wait = min(2.0, wait * 2)

    def _sent(self, path: str, verb: str, content: bytes) -> dict[str, Any]:
        """One POST. A 400 may be the state's, so the state is looked at before it is believed."""
        try:
            return self._client.send(self._campaigns.at(path, verb), content)
        except SendRefused as refused:
            state = str((self._campaigns.details(path) or {}).get("state")) if refused.status == 400 else ""
            if verb == "activate" and state in (SCHEDULED, IN_PROGRESS, FINISHED):
                raise SendUnknown(f"{refused.message}; it is {state}", code="RC621", status=400) from refused
            refused.transient = refused.transient or (verb == "push" and state == SCHEDULED)
            raise


def _is_meant(type_of_campaign: str, likes: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a campaign of that type is the one that is recorded, else declared; a stranger is nobody's."""
    return not likes or likes[-1].get("type") == type_of_campaign
