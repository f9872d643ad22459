"""App Center as a provider: one connected app, read, changed and sent to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, assert_never

from reconciler.core.encode import instant
from reconciler.errors import NotFound, Refused, SendUnknown, Unreachable
from reconciler.model.change import Action, Change
from reconciler.model.project import App
from reconciler.model.resource import LiveResource, Recorded, Resource, Wanted
from reconciler.model.send import Attempt, Receipt, SendRecord, Sighting
from reconciler.ports import Clock
from reconciler.providers.answers import encoded
from reconciler.providers.appcenter import wire
from reconciler.providers.appcenter.kinds import AUDIENCE
from reconciler.providers.client import Client
from reconciler.providers.marker import MARKED

READY_SECONDS = 120.0
"""How long a send waits for an audience that is still being calculated."""

SKEW = timedelta(hours=1)
"""How far before a request's own time the listing is read when it is looked for, for clocks that differ."""

_FINAL = frozenset({"Completed", "Failed", "NoTargetFound", "Cancelled"})


class AppCenter:
    """`ports.Provider` of one App Center app."""

    def __init__(self, app: App, client: Client, clock: Clock) -> None:
        self._app, self._client, self._clock = app, client, clock
        self._root = wire.app_path(str(app.settings["owner"]), str(app.settings["app"]))

    def read(self, wanted: Wanted) -> Iterable[LiveResource]:
        """Two requests for an app as it should be: the list of audiences, and the types of its custom properties.

        Details are read only of audiences that are declared or recorded and whose summary is not what the ledger
        remembers.
        """
        types: Mapping[str, str] = self._values(f"{wire.audiences_path(self._root)}/metadata/custom_properties")
        yield from (
            LiveResource(self._app.alias, "CustomProperty", name, {"type": kind}, name) for name, kind in types.items()
        )
        listing = f"{wire.audiences_path(self._root)}?include_disabled=true"
        for summary in self._client.pages(listing, self._next):
            key = ("Audience", summary["name"])
            if key not in wanted.declared and key not in wanted.recorded:
                yield wire.live_audience(self._app.alias, summary, {})
            elif (spec := _remembered(summary, types, wanted.recorded.get(key))) is not None:
                yield wire.live_audience(self._app.alias, summary, spec)
            elif (details := self._details(summary["name"])) is not None:  # else it went away between the two reads
                yield wire.live_audience(self._app.alias, details, wire.audience_spec(details))

    def perform(self, change: Change) -> str:
        path = wire.audience_path(self._root, change.name)
        match change.action:
            case Action.CREATE | Action.UPDATE | Action.ADOPT:
                self._client.call(
                    "PUT", path, wire.audience_body({**_unset(change), **(change.desired or {})}, change.live)
                )
            case Action.REPLACE:
                self._delete(path)
                self._client.call("PUT", path, wire.audience_body(change.desired or {}, None))
            case Action.DELETE:
                self._delete(path)
            case Action.FORGET | Action.NO_OP | Action.SUSPEND | Action.FINISH:
                pass  # an audience has no states
            case _:
                assert_never(change.action)
        return change.name

    def prepare(self, attempt: Attempt) -> int | None:
        recipients = 0
        for name in attempt.target.get("audiences", ()):
            count = self._when_ready(name)
            recipients += count or 0
        self._client.reserve()
        return recipients if "audiences" in attempt.target else None

    def send(self, attempt: Attempt) -> Receipt:
        content = encoded(wire.notification_body(attempt))
        answer = self._client.send(wire.notifications_path(self._root), content)
        remote_id = answer.get("notification_id") if isinstance(answer, dict) else None
        if not remote_id:
            raise SendUnknown("the backend accepted the request and gave no id", code="RC621")
        return Receipt(str(remote_id), wire.notification_name(attempt))

    def sent(self, since: datetime | None = None) -> Sequence[Receipt]:
        # The default order is by count; a probe that stopped early in that order would prove nothing.
        return [receipt for receipt in self._listed(since) if MARKED.search(receipt.name)]

    def find(self, record: SendRecord) -> Sighting:
        since = (record.dispatched_at or record.updated_at) - SKEW
        listed = list(self._listed(since))
        hits = tuple(receipt for receipt in listed if receipt.name.endswith(" " + record.marker))
        asked = f"its notifications since {instant(since)}, archived ones too"
        return Sighting(hits, asked, tuple(receipt.remote_id for receipt in listed))

    def _listed(self, since: datetime | None) -> Iterator[Receipt]:
        """The notifications, the newest first, back to a UTC time. The default order is by count: who stopped early in
        that order would have seen nothing.
        """
        query = "?$top=2000&$orderby=send_time%20desc&include_archived=true"
        for answer in self._client.pages(wire.notifications_path(self._root) + query, self._next):
            receipt = wire.receipt(answer)
            ahead = timedelta(seconds=self._client.skew or 0.0)  # the times of the list are by the backend's clock
            if since is not None and receipt.sent_at is not None and receipt.sent_at < since - ahead:
                return
            yield receipt

    def cancel(self, receipt: Receipt) -> bool:
        return False  # what is accepted leaves at once

    def outcome(self, receipt: Receipt, until: datetime) -> Receipt:
        while True:
            found = wire.receipt(self._client.call("GET", f"{wire.notifications_path(self._root)}/{receipt.remote_id}"))
            if found.state in _FINAL or self._clock.now() >= until:
                return found
            self._clock.sleep(0.2)

    def reach(self, audience: Resource) -> int | None:
        body = wire.audience_body(audience.spec, None)
        answer = self._client.call("POST", f"{wire.audiences_path(self._root)}/definition/test", body)
        count = answer.get("estimated_count") if isinstance(answer, dict) else None
        return count if isinstance(count, int) else None

    def everyone(self) -> int | None:
        """How many devices the app has, told by the size test of any definition; None where that is not said."""
        body = {"definition": "CarrierCountry eq 'US'"}
        answer = self._client.call("POST", f"{wire.audiences_path(self._root)}/definition/test", body)
        count = answer.get("estimated_total_count") if isinstance(answer, dict) else None
        return count if isinstance(count, int) else None

    def identity(self) -> Mapping[str, Any]:
        """The app as the API reports it: its owner, name, operating system and the permissions of this token's user."""
        answer = self._client.call("GET", self._root)
        return answer if isinstance(answer, dict) else {}

    def apps(self) -> Sequence[str]:
        answer = self._client.call("GET", "/v0.1/apps")
        return [f"{each['owner']['name']}/{each['name']}" for each in answer] if isinstance(answer, list) else []

    def user(self) -> Mapping[str, Any]:
        """The user whose token this is."""
        answer = self._client.call("GET", "/v0.1/user")
        return answer if isinstance(answer, dict) else {}

    def skew(self) -> float | None:
        return self._client.skew

    def _next(self, link: str) -> str:
        return wire.next_path(link, self._root)

    def _values(self, path: str) -> Mapping[str, str]:
        answer = self._client.call("GET", path)
        values = answer.get("values") if isinstance(answer, dict) else None
        if not isinstance(values, dict):
            raise Unreachable(f"GET {path}: the answer has no `values`", code="RC604")
        return values

    def _details(self, name: str) -> Mapping[str, Any] | None:
        try:
            answer = self._client.call("GET", wire.audience_path(self._root, name))
        except NotFound:
            return None
        return {"name": name, **answer} if isinstance(answer, dict) else None

    def _delete(self, path: str) -> None:
        with suppress(NotFound):  # what was to be deleted is gone: done
            self._client.call("DELETE", path)

    def _when_ready(self, name: str) -> int | None:
        """The size of an audience once it is calculated; a send before that would reach the old or no members."""
        began, wait = self._clock.now(), 0.05
        while True:
            answer = self._client.call("GET", wire.audience_path(self._root, name))
            state = answer.get("state") if isinstance(answer, dict) else None
            if state in ("Ready", None):
                count = answer.get("estimated_count") if isinstance(answer, dict) else None
                return count if isinstance(count, int) else None
            if state == "Disabled":
                raise Refused(
                    f"the audience `{name}` is disabled", code="RC607", hint="enable it, or send to another one"
                )
            if (self._clock.now() - began).total_seconds() > READY_SECONDS:
                message = f"the audience `{name}` is still {state} after {READY_SECONDS:.0f} s"
                raise Unreachable(message, code="RC608", hint="run apply again; nothing was sent")
            self._clock.sleep(wait)
            wait = min(2.0, wait * 2)


def _unset(change: Change) -> dict[str, Any]:
    """The defaults of the fields that are no longer declared: left out, the upsert would send back what is live."""
    gone = [each.path[0] for each in change.fields if len(each.path) == 1 and each.after is None]
    return {str(name): AUDIENCE.defaults[str(name)] for name in gone if name in AUDIENCE.defaults}


def _remembered(
    summary: Mapping[str, Any], types: Mapping[str, str], recorded: Recorded | None
) -> Mapping[str, Any] | None:
    """The spec of an audience whose summary is as the ledger recorded it; None where its details have to be read.

    The list does not show `custom_properties`: those recorded stand, unless the app reports another type for one of
    them.
    """
    if recorded is None or recorded.is_intent:
        return None
    known: Mapping[str, str] = recorded.spec.get("custom_properties") or {}
    for name, kind in known.items():
        if types.get(name, kind) != kind:
            return None
    shown = wire.summary_spec(summary, known)
    if shown == recorded.spec:
        return recorded.spec  # the very same mapping, which the diff sees at a glance
    return shown if all(shown.get(name) == value for name, value in recorded.spec.items()) else None
