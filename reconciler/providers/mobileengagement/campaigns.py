"""The requests about campaigns: list, read, write, and move from one state to the next, safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reconciler.errors import NotFound, Refused, Unreachable
from reconciler.providers.answers import field
from reconciler.providers.client import Client
from reconciler.providers.mobileengagement import wire


@dataclass(frozen=True, slots=True)
class Found:
    """A campaign of the backend: its `path` below the app (`announcements/24`), and what the backend says of it."""

    path: str
    answer: Mapping[str, Any]

    @property
    def state(self) -> str:
        return str(field(self.answer, "state", self.path))


class Campaigns:
    """The campaigns of one app; `root` is the app's path."""

    def __init__(self, client: Client, root: str) -> None:
        self._client, self._root = client, root

    def at(self, path: str, verb: str = "") -> str:
        """The request's path of a campaign, and of what is done to it."""
        return wire.query(f"{self._root}/campaigns/{path}" + (f"/{verb}" if verb else ""))

    def listed(self, kind: str, **options: str) -> Iterable[Mapping[str, Any]]:
        """Every campaign of a kind (`announcements`), by id: id, name, state and dates only."""
        return self._client.pages(wire.query(f"{self._root}/campaigns/{kind}", **options), wire.next_path, "value")

    def details(self, path: str) -> Mapping[str, Any] | None:
        """The whole of a campaign, None where it is gone."""
        try:
            return _campaign(self._client.call("GET", self.at(path)), path)
        except NotFound:
            return None

    def named(self, kind: str, name: str) -> Found | None:
        """The campaign of that name, None where there is none."""
        path = wire.query(f"{self._root}/campaignsByName/{kind}/{quote(name, safe='')}")
        try:
            answer = _campaign(self._client.call("GET", path), name)
        except NotFound:
            return None
        return Found(f"{kind}/{answer['id']}", answer)

    def create(self, kind: str, body: Mapping[str, Any]) -> str:
        """Make a draft; its path. Raises `Conflict` where the name is taken, perhaps by an earlier try of ours."""
        answer = self._client.call("POST", wire.query(f"{self._root}/campaigns/{kind}"), body)
        return f"{kind}/{_campaign(answer, kind)['id']}"

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Write a draft anew."""
        self._client.call("PUT", self.at(path), body)

    def delete(self, path: str) -> None:
        """Delete a draft, or a finished campaign."""
        with suppress(NotFound):
            self._client.call("DELETE", self.at(path))

    def move(self, path: str, verb: str, into: str) -> None:
        """Suspend or finish; done already, by an earlier try or by somebody else, is done."""
        try:
            self._client.call("POST", self.at(path, verb))
        except Refused:
            if (self.details(path) or {}).get("state") != into:
                raise

    def apps(self) -> Iterable[Mapping[str, Any]]:
        """The apps of the same collection."""
        return self._client.pages(wire.query(self._root.rpartition("/")[0]), wire.next_path, "value")


def _campaign(answer: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(answer, dict) or "id" not in answer:
        raise Unreachable(f"{where}: the answer is no campaign", code="RC604")
    return answer
