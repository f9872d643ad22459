"""The engine, real providers and a real ledger in this process, on an app of a sandbox: every request can be watched,
checked against the vendor's own description, and be the last one.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from reconciler.core.guard import consented, guard
from reconciler.engine.apply import apply
from reconciler.engine.load import Loaded, load
from reconciler.engine.observe import make_plan
from reconciler.engine.probe import probe
from reconciler.engine.run import Run
from reconciler.errors import ConfigError, ReconcilerError
from reconciler.ledger.sql import SqlLedger
from reconciler.model.change import Change
from reconciler.model.event import Event
from reconciler.model.plan import Plan
from reconciler.model.send import UNSETTLED, SendRecord, SendState
from reconciler.providers.connect import Connections, connect
from tests.support.project import ALIAS, write_project

LEDGER = "sqlite:///.reconciler/ledger.db"
SECRET = "s3cr3t-of-the-tests"
PUSHED = "orders"
"""The campaign that is pushed to devices in stories in which somebody has to look whether that happened."""


class Crashed(BaseException):
    """The process is dead: nothing after this happened."""


class Life:
    """Counts the steps of one run (ledger writes and requests, before and after each) and ends it at one of them."""

    def __init__(self, steps: int | None = None, meanwhile: Mapping[int, Callable[[], object]] | None = None) -> None:
        self._last, self._is_over = steps, False
        self._meanwhile = dict(meanwhile or {})
        self._turn = threading.Lock()
        self.taken: list[str] = []

    def step(self, what: str) -> None:
        with self._turn:
            number = len(self.taken)
            self.taken.append(what)
            self._is_over = self._is_over or number == self._last
        if self._is_over:
            raise Crashed(what)
        if number in self._meanwhile:
            self._meanwhile.pop(number)()


class MortalLedger(SqlLedger):
    """A ledger of a process that may die before and after each write."""

    life = Life()

    def intend(self, coordinates: str, changes: Sequence[Change]) -> None:
        self.life.step("before intend")
        super().intend(coordinates, changes)
        self.life.step("after intend")

    def settle(self, coordinates: str, change: Change, remote_id: str, error: str = "") -> None:
        self.life.step("before settle")
        super().settle(coordinates, change, remote_id, error)

    def claim(self, record: SendRecord) -> int:
        self.life.step("before claim")
        fence = super().claim(record)
        self.life.step("after claim")
        return fence

    def move(self, record: SendRecord, state: SendState, *, detail: str = "", remote_id: str = "") -> SendRecord:
        self.life.step(f"before {state}")
        moved = super().move(record, state, detail=detail, remote_id=remote_id)
        self.life.step(f"after {state}")
        return moved

    def consume(self, plan_id: str) -> bool:
        self.life.step("before consume")
        return super().consume(plan_id)


@dataclass(frozen=True)
class Exchange:
    """A request as it left, and the answer."""

    method: str
    path: str
    query: str
    headers: httpx.Headers
    body: bytes
    status: int
    reply: bytes
    reply_headers: httpx.Headers


@dataclass
class Outcome:
    """What one apply came to: the exit code of the command, the plan, and what was told."""

    code: int
    plan: Plan | None
    events: list[Event] = field(default_factory=list)
    error: ReconcilerError | None = None

    @property
    def said(self) -> str:
        told = [f"{event.happened} {event.verb} {event.subject}: {event.detail} {event.code}" for event in self.events]
        findings = self.error.findings if isinstance(self.error, ConfigError) else ()
        return "\n".join([f"exit {self.code}", *told, str(self.error or ""), *map(str, findings)])

    @property
    def codes(self) -> set[str]:
        found = {each.code for each in self.plan.findings} if self.plan else set()
        found |= {each.code for each in self.error.findings} if isinstance(self.error, ConfigError) else set()
        return found | {event.code for event in self.events if event.code} | {self.error.code if self.error else ""}


@dataclass
class StageClock:
    """The sandbox's time; sleeping moves it, and takes none."""

    move: Callable[[float], None]
    offset: timedelta = timedelta()
    is_driven: bool = True

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.offset += timedelta(seconds=seconds)
            self.move(seconds)


class Stage:
    """One app of a backend on a sandbox, one project folder, one ledger."""

    def __init__(self, url: str, folder: Path, provider: str) -> None:
        self.url, self.folder, self.provider = url, folder, provider
        self.app = f"app-{uuid.uuid4().hex[:12]}"
        self.environ = {"TOKEN": SECRET}
        self.settings: dict[str, Any] = {**_SETTINGS[provider](self.app), "endpoint": url, "rate_limit": "none"}
        self.clock = StageClock(self._advance)
        self.exchanges: list[Exchange] = []
        self.project: dict[str, Any] = {}
        self.ledger().initialise()

    # What is declared, planned and applied.

    def declare(self, *documents: Mapping[str, Any]) -> None:
        settings = {"owner": None, "app": None, "token": {"env": "TOKEN"}, **self.settings}
        settings = {name: value for name, value in settings.items() if value is not None}
        write_project(self.folder, *documents, **self.project)
        project = json.loads((self.folder / "reconciler.yaml").read_text(encoding="utf-8"))
        project["spec"]["apps"] = {ALIAS: settings}
        (self.folder / "reconciler.yaml").write_text(json.dumps(project), encoding="utf-8")

    def load(self) -> Loaded:
        return load(str(self.folder))

    def ledger(self, life: Life | None = None) -> MortalLedger:
        made = MortalLedger(LEDGER, str(self.folder))
        made.life = life or Life()
        return made

    @contextmanager
    def connected(self, life: Life | None = None) -> Iterator[tuple[Loaded, MortalLedger, Connections]]:
        loaded = self.load()
        ledger, connections = self.ledger(life), connect(loaded.project, self.environ, self.clock, lambda _: None)
        try:
            with self._watched(life or Life()):
                yield loaded, ledger, connections
                ledger.flush()
        finally:
            connections.close()
            ledger._engine.dispose()  # without a flush: what was not written is lost, as in a crash

    def plan(self) -> Plan:
        with self.connected() as (loaded, ledger, connections):
            return make_plan(loaded, ledger, connections, self.clock)

    def is_settled(self) -> bool:
        plan = self.plan()
        return not plan.changes and not plan.sends and not any(each.is_error for each in plan.findings)

    def apply(self, *flags: str, life: Life | None = None, between: Callable[[], object] = lambda: None) -> Outcome:
        """As `reconciler apply` does; `between` happens after the plan is made. Raises `Crashed` at the end of a
        life.
        """
        outcome = Outcome(0, None)
        try:
            with self.connected(life) as (loaded, ledger, connections):
                plan = outcome.plan = consented(make_plan(loaded, ledger, connections, self.clock), set(flags))
                errors = tuple(each for each in plan.findings if each.is_error)
                if errors:
                    raise ConfigError(errors)
                if guard(plan, loaded.project.guard):
                    outcome.code = 4
                    return outcome
                between()
                run = Run(loaded, ledger, connections.providers, self.clock, lambda _: None)
                outcome.events = run.events
                apply(run, plan, ledger_is_local=True, environ={})
                outcome.code = run.exit_code()
        except ReconcilerError as error:
            outcome.code, outcome.error = error.exit_code, error
        return outcome

    def survive(self, *flags: str, life: Life) -> Outcome | None:
        """An apply that may die; None where it did."""
        try:
            return self.apply(*flags, life=life)
        except Crashed:
            return None

    def heal(self, *flags: str, runs: int = 4) -> list[int]:
        """Apply, decide truthfully what is asked, until nothing is left; the exit codes on the way."""
        codes: list[int] = []
        while not codes or codes[-1] != 0:
            assert len(codes) < runs, codes
            outcome = self.apply(*flags)
            codes.append(outcome.code)
            assert outcome.code in (0, 1, 7, 8), outcome.said
            if outcome.code == 8:
                self.resolve_truthfully()
        return codes

    def resolve_truthfully(self) -> None:
        """A person looks at the phones and says what is so."""
        ledger = self.ledger()
        for row in ledger.all_sends():
            if row.state in UNSETTLED:
                state = SendState.CONFIRMED if self.has_left(row) else SendState.PLANNED
                ledger.move(row, state, detail="resolved", remote_id=row.remote_id)
        ledger._engine.dispose()

    def has_left(self, row: SendRecord) -> bool:
        """Whether the phones show a push of these identifiers; what has an id on the backend is found by a probe."""
        devices = set(row.target.get("devices", ()))
        pushed = [each for each in self.deliveries() if each["name"] == PUSHED]
        return any(devices & set(each["device_ids"]) for each in pushed)

    def probe_all(self) -> None:
        with self.connected() as (loaded, ledger, connections):
            run = Run(loaded, ledger, connections.providers, self.clock, lambda _: None)
            for row in ledger.all_sends():
                if row.state in UNSETTLED:
                    probe(run, ALIAS, row)

    def rows(self) -> list[SendRecord]:
        """The rows of the sends, after a look at the chain."""
        ledger = self.ledger()
        try:
            assert ledger.broken_at() is None
            return list(ledger.all_sends())
        finally:
            ledger._engine.dispose()

    def states(self) -> dict[str, str]:
        return {f"{row.name}/{row.occurrence}/{row.part}": str(row.state) for row in self.rows()}

    def lose_ledger(self) -> None:
        for path in (self.folder / ".reconciler").iterdir():
            path.unlink()

    # The sandbox.

    def admin(self, method: str, what: str, body: object = None) -> Any:
        return _answer(method, f"{self.url}/_sandbox/{what}", body, {})[1]

    def _advance(self, seconds: float) -> None:
        self.admin("PUT", "clock", {"advance": seconds})

    def pass_time(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def wall_clock(self, seconds: float) -> str:
        """A time of the sandbox, so many seconds from now, on a clock of UTC."""
        now = datetime.fromisoformat(self.admin("GET", "clock")["now"])
        return (now + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")

    @property
    def coordinate(self) -> str:
        return {"mobileengagement": f"s/g/c/{self.app}", "appizer": self.app, "appcenter": f"contoso/{self.app}"}[
            self.provider
        ].lower()

    def seed(self, *countries: str) -> list[str]:
        """Phones of these countries; their ids."""
        ids = [device_id(number, self.provider) for number in range(len(countries))]
        devices = [
            {"install_id": name, "CarrierCountry": country} for name, country in zip(ids, countries, strict=True)
        ]
        self.admin("POST", "devices", {"app": self.coordinate, "devices": devices})
        return ids

    def break_(self, method: str, path: str, effect: str, **more: Any) -> None:
        """Break requests whose path ends in `path`."""
        self.admin(
            "PUT", "faults", {"rules": [{"method": method, "path": f"*{path}*", "effect": effect, "nth": 1, **more}]}
        )

    def faults_hit(self) -> int:
        return sum(rule["hits"] for rule in self.admin("GET", "faults")["rules"])

    def mend(self) -> None:
        self.admin("PUT", "faults", {"rules": []})

    def deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.admin("GET", f"deliveries?app={self.coordinate}&ids=all")["deliveries"]
        return found

    def heard(self) -> Counter[tuple[str, str]]:
        """How often each device got each (name, text)."""
        return Counter(
            (f"{each['name'].partition(' ~pk1')[0]}: {_text(each)}", device)
            for each in self.deliveries()
            for device in each["device_ids"]
        )

    def told(self) -> dict[str, int]:
        """How many devices got each (name, text); fails where one of them got it twice."""
        heard = self.heard()
        assert max(heard.values(), default=0) <= 1, heard
        return dict(Counter(text for text, _ in heard))

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """A request of somebody else."""
        header = "X-API-Token" if self.provider == "appcenter" else "Authorization"
        value = "theirs" if self.provider == "appcenter" else "Bearer theirs"
        return _answer(method, f"{self.url}{path}", body, {header: value})

    @contextmanager
    def _watched(self, life: Life) -> Iterator[None]:
        original = httpx.HTTPTransport.handle_request

        def handle(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            what = f"{request.method} {request.url.path.rpartition('/')[2]}"
            life.step(f"before {what}")
            response = original(transport, request)
            content = response.read()
            path, _, query = request.url.raw_path.decode().partition("?")
            self.exchanges.append(
                Exchange(
                    request.method,
                    path,
                    query,
                    request.headers,
                    request.read(),
                    response.status_code,
                    content,
                    response.headers,
                )
            )
            life.step(f"after {what}")
            return response

        httpx.HTTPTransport.handle_request = handle  # type: ignore[method-assign]
        try:
            yield
        finally:
            httpx.HTTPTransport.handle_request = original  # type: ignore[method-assign]


class Azure(Stage):
    """A stage on Mobile Engagement, and what somebody does there by hand."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder, "mobileengagement")
        provider = "providers/Microsoft.MobileEngagement"
        self.root = f"/subscriptions/s/resourceGroups/g/{provider}/appcollections/c/apps/{self.app}"

    def engage(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        return self.call(method, f"{self.root}/{path}?api-version=2014-12-01", body)

    def campaigns(self, kind: str = "announcements") -> dict[str, dict[str, Any]]:
        listed = self.engage("GET", f"campaigns/{kind}")[1]["value"]
        assert len({each["name"] for each in listed}) == len(listed)
        return {each["name"]: each for each in listed}

    def details(self, name: str, kind: str = "announcements") -> dict[str, Any]:
        found: dict[str, Any] = self.engage("GET", f"campaigns/{kind}/{self.campaigns(kind)[name]['id']}")[1]
        return found

    def state(self, name: str, kind: str = "announcements") -> str:
        return str(self.campaigns(kind).get(name, {}).get("state", "gone"))

    def by_hand(self, verb: str, name: str, kind: str = "announcements") -> None:
        path = f"campaigns/{kind}/{self.campaigns(kind)[name]['id']}"
        status, said = self.engage("DELETE", path) if verb == "delete" else self.engage("POST", f"{path}/{verb}")
        assert status == 200, said

    def make(self, name: str, kind: str = "announcements", **fields: Any) -> None:
        body = {
            "name": name,
            "type": "only_notif",
            "deliveryTime": "any",
            "notificationTitle": name,
            "notificationMessage": "text",
        }
        body = {name: value for name, value in {**body, **fields}.items() if value is not None}
        status, said = self.engage("POST", f"campaigns/{kind}", body)
        assert status == 201, said

    def requests(self) -> list[str]:
        """The requests that may have changed something, as `VERB end/of/path`."""
        return [
            f"{each.method} {each.path.partition('/campaigns/')[2]}" for each in self.exchanges if each.method != "GET"
        ]


class Web(Stage):
    """A stage on Appizer."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder, "appizer")

    def audiences(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", f"/v1/audiences?app_id={self.app}&limit=100&offset={len(found)}")[1]
            found += page["audiences"]
            if not page["pagination"]["has_more"]:
                return found

    def make(self, name: str, criteria: str = "Users from country=US", **fields: Any) -> str:
        status, said = self.call(
            "POST", "/v1/audiences", {"app_id": self.app, "name": name, "criteria": criteria, **fields}
        )
        assert status == 201, said
        return str(said["audience_id"])


def device_id(number: int, provider: str = "mobileengagement") -> str:
    return f"{number:032x}" if provider == "mobileengagement" else f"00000000-0000-4000-8000-{number:012d}"


def _text(delivery: Mapping[str, Any]) -> str:
    content = delivery.get("content") or {}
    return str(content.get("notificationMessage") or content.get("body") or content.get("payload") or "")


def _answer(method: str, url: str, body: object, headers: Mapping[str, str]) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", "Accept": "*/*", **headers})
    request.method = method
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            content, status = response.read(), response.status
    except urllib.error.HTTPError as error:
        with error:
            content, status = error.read(), error.code
    return status, json.loads(content) if content else None


_SETTINGS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "mobileengagement": lambda app: {
        "provider": "mobileengagement",
        "subscription": "s",
        "resource_group": "g",
        "collection": "c",
        "app": app,
    },
    "appizer": lambda app: {"provider": "appizer", "app_id": app},
    "appcenter": lambda app: {"provider": "appcenter", "owner": "contoso", "app": app},
}
