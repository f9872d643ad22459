"""Run one sandbox a test worker, and give each test an app of its own; every reply is checked."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox import Running, SandboxOptions, parse_instant, running
from tests.sandbox.conftest import SETTLE, settled

from .description import check, is_described, operation_of, response_schema

VERSION = "2014-12-01"
SUBSCRIPTION = "84211EDF-7c40-4c47-b152-a6a7233843b7"
ERROR = {"$ref": "#/definitions/ApiError"}


def check_reply(response: httpx.Response) -> None:
    """Fail if a reply is not what the description says for its operation and status."""
    response.read()
    path = response.request.url.raw_path.decode().partition("?")[0]
    if not is_described() or not path.lower().startswith("/subscriptions/"):
        return
    if response.status_code >= 400 and response.headers["content-type"].startswith("text/plain"):
        return
    operation = operation_of(response.request.method, path)
    schema = ERROR if operation is None else response_schema(operation, response.status_code)
    if schema is None:
        assert response.content == b""
        assert response.headers["content-length"] == "0"
    else:
        check(response.json(), schema)


def give_version(request: httpx.Request) -> None:
    """Name the version, where the request does not."""
    if request.url.path.lower().startswith("/subscriptions/") and "api-version" not in request.url.params:
        request.url = request.url.copy_merge_params({"api-version": VERSION})


class Api(httpx.Client):
    """A client of one sandbox that checks every reply."""

    def __init__(self, url: str, token: str | None = "anything") -> None:
        super().__init__(
            base_url=url,
            headers={} if token is None else {"Authorization": f"Bearer {token}"},
            event_hooks={"request": [give_version], "response": [check_reply]},
            timeout=60,
        )


class App:
    """An app of a sandbox, and the few calls that most tests begin with."""

    def __init__(self, api: Api, name: str, collection: str = "Shop") -> None:
        self.api = api
        self.coordinate = f"{SUBSCRIPTION}/MobileEngagement/{collection}/{name}".lower()
        self.apps = (
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MobileEngagement/providers/Microsoft.MobileEngagement"
            f"/appcollections/{collection}/apps"
        )
        self.root = f"{self.apps}/{name}"

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.api.get(f"{self.root}/{path}", params=query)

    def post(self, path: str, body: Any = None) -> httpx.Response:
        return self.api.post(f"{self.root}/{path}", json=body)

    def seed(self, *devices: dict[str, Any]) -> None:
        body = {"app": self.coordinate, "devices": list(devices)}
        assert self.api.post("/_sandbox/devices", json=body).status_code == 200

    def create(self, kind: str = "announcements", name: str = "news", **content: Any) -> str:
        """The path of a new campaign."""
        made = self.post(f"campaigns/{kind}", {"name": name} | content)
        assert made.status_code == 201, made.text
        return f"campaigns/{kind}/{made.json()['id']}"

    def move(self, path: str, verb: str) -> int:
        return self.post(f"{path}/{verb}").status_code

    def state(self, path: str) -> str:
        return str(self.get(path).json()["state"])

    def begin(self, path: str) -> str:
        """Activate a campaign, and wait until it is in progress."""
        assert self.move(path, "activate") == 200
        settled(lambda: self.state(path) == "in-progress")
        return path

    def reached(self, audience: Any, **content: Any) -> set[str]:
        """Create and activate a one-shot campaign to the audience; the devices that have it."""
        path = self.begin(self.create(name=uuid.uuid4().hex, pushMode="one-shot", audience=audience, **content))
        return self.rung(path)

    def rung(self, path: str) -> set[str]:
        """The devices that have had the campaign."""
        found = [one["device_ids"] for one in self.deliveries() if one["notification_id"] == path.rpartition("/")[2]]
        ids = [device_id for listed in found for device_id in listed]
        assert len(ids) == len(set(ids)), "a device was delivered it twice"
        return set(ids)

    def deliveries(self) -> list[dict[str, Any]]:
        query = {"app": self.coordinate, "ids": "all"}
        listed: list[dict[str, Any]] = self.api.get("/_sandbox/deliveries", params=query).json()["deliveries"]
        return listed

    def statistics(self, path: str) -> dict[str, Any]:
        counted: dict[str, Any] = self.get(f"{path}/statistics").json()
        return counted

    def tag(self, tags: dict[str, dict[str, str | None]], **more: Any) -> None:
        """Tag devices, and wait until it shows."""
        assert self.post("devices/tag", {"tags": tags} | more).json() == {"invalidIds": []}
        wait(SETTLE)


def wait(seconds: float) -> None:
    """Let the sandbox's clock go on."""
    end = time.monotonic() + seconds
    settled(lambda: time.monotonic() > end)


def device(number: int, **fields: Any) -> dict[str, Any]:
    """A device with a plain id."""
    return {"install_id": f"{number:032x}"} | fields


def advance(app: App, seconds: float) -> None:
    assert app.api.put("/_sandbox/clock", json={"advance": seconds}).status_code == 200


@contextmanager
def started(data: Path, **options: Any) -> Iterator[tuple[Running, App]]:
    """A sandbox with these options, and an app on it."""
    chosen = {"settle": SETTLE} | options
    if "clock" in chosen:
        chosen["clock"] = parse_instant(chosen["clock"])
    with (
        running(SandboxOptions(data=data, **chosen)) as server,
        Api(server.url, options.get("token", "anything")) as api,
    ):
        yield server, App(api, "shop-android")


@pytest.fixture(scope="session")
def shared_engagement(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("sandbox")) as (server, _):
        yield server.url


@pytest.fixture
def app(shared_engagement: str) -> Iterator[App]:
    """An app that no other test uses, without devices."""
    with Api(shared_engagement) as api:
        yield App(api, f"Shop-{uuid.uuid4().hex}", "Contoso")
