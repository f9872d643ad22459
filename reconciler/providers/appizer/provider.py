"""Appizer as a provider: audiences listed and made; what it never shows, the ledger remembers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from reconciler.errors import Refused, Unreachable
from reconciler.model.change import Action, Change
from reconciler.model.project import App
from reconciler.model.resource import LiveResource, Resource, Wanted
from reconciler.model.send import Attempt, Receipt, SendRecord, Sighting
from reconciler.ports import Clock
from reconciler.providers.appizer import wire
from reconciler.providers.client import Client


class Appizer:
    """`ports.Provider` of one Appizer app."""

    def __init__(self, app: App, client: Client, clock: Clock) -> None:
        self._app, self._client, self._clock = app, client, clock
        self._app_id = str(app.settings["app_id"])

    def read(self, wanted: Wanted) -> Iterable[LiveResource]:
        """One request for each hundred audiences."""
        by_name: dict[str, list[Mapping[str, Any]]] = {}
        for listed in self._listed():
            by_name.setdefault(str(listed["name"]), []).append(listed)
        for name, namesakes in by_name.items():
            key = ("Audience", name)
            declared, recorded = wanted.declared.get(key), wanted.recorded.get(key)
            ours, is_new = wire.chosen(namesakes, recorded) if declared or recorded else (namesakes[-1], False)
            if ours is None:
                continue
            if recorded is not None:
                unseen = recorded.intent if is_new and recorded.intent is not None else recorded.spec
            else:
                # Nobody can tell what it says: adopting it means taking it for what is declared.
                unseen = declared.spec if declared is not None else {}
            yield wire.live_audience(self._app.alias, ours, unseen)

    def perform(self, change: Change) -> str:
        match change.action:
            case Action.CREATE | Action.REPLACE:
                return self._created(change)
            case Action.ADOPT | Action.FORGET | Action.NO_OP:
                return change.remote_id
            case Action.UPDATE | Action.DELETE | Action.SUSPEND | Action.FINISH:
                raise Refused(f"Appizer cannot {change.action} an audience", code="RC600")
            case _:
                assert_never(change.action)

    def prepare(self, attempt: Attempt) -> int | None:
        raise Refused("Appizer's request that sends is not public; nothing was sent", code="RC600")

    def send(self, attempt: Attempt) -> Receipt:
        raise Refused("Appizer's request that sends is not public; nothing was sent", code="RC600")

    def sent(self, since: datetime | None = None) -> Sequence[Receipt]:
        return ()

    def find(self, record: SendRecord) -> Sighting:
        return Sighting()

    def cancel(self, receipt: Receipt) -> bool:
        return False

    def outcome(self, receipt: Receipt, until: datetime) -> Receipt:
        return receipt

    def reach(self, audience: Resource) -> int | None:
        return None

    def everyone(self) -> int | None:
        return None

    def identity(self) -> Mapping[str, Any]:
        """The app, as far as the backend says: that it lists audiences for this key."""
        self._client.call("GET", wire.page_path(self._app_id, 0, 1))
        return {"display_name": self._app_id}

    def apps(self) -> Sequence[str]:
        return ()  # apps are listed for another kind of key

    def user(self) -> Mapping[str, Any]:
        return {}

    def skew(self) -> float | None:
        return self._client.skew

    def _listed(self) -> Iterator[Mapping[str, Any]]:
        offset, has_more = 0, True
        while has_more:
            path = wire.page_path(self._app_id, offset)
            answer = self._client.call("GET", path)
            listed = answer.get("audiences") if isinstance(answer, dict) else None
            if not isinstance(listed, list):
                raise Unreachable(f"GET {path}: the answer has no list of `audiences`", code="RC604")
            yield from listed
            offset += len(listed)
            has_more = bool(listed) and bool((answer.get("pagination") or {}).get("has_more"))

    def _created(self, change: Change) -> str:
        # Never repeated after an unclear answer: a second request would make a second audience of that name.
        body = wire.audience_body(self._app_id, change.name, change.desired or {})
        answer = self._client.call("POST", wire.AUDIENCES, body, is_repeatable=False)
        if not isinstance(answer, dict) or "audience_id" not in answer:
            raise Unreachable(f"POST {wire.AUDIENCES}: the answer has no id", code="RC604", changed=None)
        return str(answer["audience_id"])
