"""Run one sandbox a test worker, and give each test an app of its own; every reply is checked."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox import Running, SandboxOptions, running

from .conformance import check_reply

SETTLE = 0.05


class Api(httpx.Client):
    """A client of one sandbox that checks every reply."""

    def __init__(self, url: str, token: str | None = "anything") -> None:
        headers = {} if token is None else {"X-API-Token": token}
        super().__init__(base_url=url, headers=headers, event_hooks={"response": [check_reply]}, timeout=60)


class App:
    """An app of a sandbox, and the few calls that most tests begin with."""

    def __init__(self, api: Api, coordinate: str) -> None:
        self.api, self.coordinate = api, coordinate
        self.root = f"/v0.1/apps/{coordinate}"
        self.audiences = f"{self.root}/analytics/audiences"
        self.notifications = f"{self.root}/push/notifications"

    def seed(self, *devices: dict[str, Any]) -> None:
        body = {"app": self.coordinate, "devices": list(devices)}
        assert self.api.post("/_sandbox/devices", json=body).status_code == 200

    def put(self, name: str, definition: str, types: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        body = {"definition": definition, **({"custom_properties": types} if types else {}), **fields}
        return self.api.put(f"{self.audiences}/{name}", json=body)

    def send(self, target: dict[str, Any] | None = None, **content: Any) -> httpx.Response:
        body = {"notification_content": {"name": "hello", "body": "text"} | content}
        return self.api.post(
            self.notifications, json=body if target is None else body | {"notification_target": target}
        )

    def reached(self, target: dict[str, Any] | None) -> set[str]:
        """Send to the target; the devices that have it once it is settled."""
        number = self.send(target).json()["notification_id"]
        settled(lambda: self.api.get(f"{self.notifications}/{number}").json()["state"] not in ("Queued", "Sending"))
        found = self.deliveries(notification_id=number)
        assert len(found) <= 1
        return set(found[0]["device_ids"]) if found else set()

    def deliveries(self, **fields: str) -> list[dict[str, Any]]:
        listed = self.api.get("/_sandbox/deliveries", params={"app": self.coordinate, "ids": "all"}).json()[
            "deliveries"
        ]
        return [delivery for delivery in listed if fields.items() <= delivery.items()]


def settled(is_so: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not settle"
        time.sleep(0.01)


def device(number: int, **fields: Any) -> dict[str, Any]:
    """A device with a plain id."""
    return {"install_id": f"00000000-0000-4000-8000-{number:012d}"} | fields


Start = Callable[..., AbstractContextManager[tuple[Running, App]]]


@contextmanager
def started(data: Path, **options: Any) -> Iterator[tuple[Running, App]]:
    """A sandbox with these options, and an app on it."""
    chosen = {"settle": SETTLE, "rate_limit": None} | options
    with (
        running(SandboxOptions(data=data, **chosen)) as server,
        Api(server.url, options.get("token", "anything")) as api,
    ):
        yield server, App(api, "contoso/shop")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("sandbox")) as (server, _):
        yield server.url


@pytest.fixture
def app(shared: str) -> Iterator[App]:
    """An app that no other test uses, without devices."""
    with Api(shared) as api:
        yield App(api, f"contoso/{uuid.uuid4().hex}")
