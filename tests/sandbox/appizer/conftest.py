"""Run one sandbox a test worker, and give each test an app of its own; every reply is checked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox import Running, SandboxOptions, running

from .conformance import check_reply


class Api(httpx.Client):
    """A client of one sandbox that checks every reply."""

    def __init__(self, url: str, key: str | None = "sk_anything") -> None:
        headers = {} if key is None else {"Authorization": f"Bearer {key}", "X-API-Key": key}
        super().__init__(base_url=url, headers=headers, event_hooks={"response": [check_reply]}, timeout=60)


class App:
    """An app of a sandbox, and the few calls that most tests begin with."""

    def __init__(self, api: Api, id: str) -> None:
        self.api, self.id = api, id

    def seed(self, *devices: dict[str, Any]) -> None:
        body = {"app": self.id, "devices": list(devices)}
        assert self.api.post("/_sandbox/devices", json=body).status_code == 200

    def create(self, criteria: str, name: str = "An audience", /, **fields: Any) -> httpx.Response:
        body = {"app_id": self.id, "name": name, "criteria": criteria} | fields
        return self.api.post("/v1/audiences", json=body)

    def count(self, criteria: str) -> int:
        created = self.create(criteria)
        assert created.status_code == 201, created.text
        return int(created.json()["user_count"])

    def list(self, **query: Any) -> httpx.Response:
        return self.api.get("/v1/audiences", params={"app_id": self.id} | query)

    def user(self, user_id: str, **properties: Any) -> httpx.Response:
        body = {"app_id": self.id, "user_id": user_id, "properties": properties}
        return self.api.post("/v1/users", json=body)

    def event(self, user_id: str, name: str, **properties: Any) -> httpx.Response:
        body = {"app_id": self.id, "user_id": user_id, "event_name": name, "properties": properties}
        return self.api.post("/v1/events", json=body)


@contextmanager
def started(data: Path, **options: Any) -> Iterator[tuple[Running, App]]:
    """A sandbox with these options, and an app on it."""
    with (
        running(SandboxOptions(data=data, **({"rate_limit": None} | options))) as server,
        Api(server.url, options.get("token", "sk_anything")) as api,
    ):
        yield server, App(api, "app_123")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("appizer")) as (server, _):
        yield server.url


@pytest.fixture
def app(shared: str) -> Iterator[App]:
    """An app that no other test uses, without users."""
    with Api(shared) as api:
        yield App(api, f"app_{uuid.uuid4().hex}")
