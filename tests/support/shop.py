"""A project on an app of its own in a shared sandbox, and the commands of the real program on it."""

from __future__ import annotations

import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from reconciler.ledger.sql import SqlLedger
from reconciler.model.send import UNSETTLED, SendRecord, SendState
from tests.support.processes import Ended, Forks, Process
from tests.support.project import phone, write_manifests, write_project

LEDGER = "sqlite:///.reconciler/ledger.db"


PUSH = "/push/notifications"


class Shop:
    """One app, one project folder. `apply` and the like are whole processes and give how they ended."""

    ended_before = 0
    """The pushes that had ended before the rules began to count."""

    def __init__(self, url: str, folder: Path, forks: Forks, app: str = "") -> None:
        self.url, self.folder, self.forks = url, folder, forks
        self.ledger = LEDGER
        self.app = app or uuid.uuid4().hex
        self.coordinate = f"contoso/{self.app}"
        self.api = httpx.Client(base_url=url, headers={"X-API-Token": "test"}, trust_env=False, timeout=60)
        self.root = f"/v0.1/apps/{self.coordinate}"
        self.settings: dict[str, Any] = {"endpoint": url, "rate_limit": "none", "app": self.app}

    def close(self) -> None:
        self.api.close()

    def declare(self, *documents: Mapping[str, Any], **spec: Any) -> None:
        if (self.folder / "reconciler.yaml").exists() and not spec:
            write_manifests(self.folder, *documents)
        else:
            write_project(self.folder, *documents, settings=self.settings, **spec)

    def start(self, *arguments: str, **armed: Any) -> Process:
        return self.forks.start(self.folder, *arguments, **armed)

    def run(self, *arguments: str, **armed: Any) -> Ended:
        return self.start(*arguments, **armed).wait()

    def apply(self, *flags: str, **armed: Any) -> Ended:
        return self.run("apply", "--auto-approve", *flags, **armed)

    def plan_is_empty(self) -> bool:
        return self.run("plan", "--detailed-exitcode").code == 0

    # The backend.

    def seed(self, *countries: str) -> None:
        """Phones 0, 1, 2 … of these countries."""
        devices = [{"install_id": phone(n), "CarrierCountry": country} for n, country in enumerate(countries)]
        self.admin("POST", "devices", {"app": self.coordinate, "devices": devices})

    def admin(self, method: str, what: str, body: object = None) -> Any:
        answer = self.api.request(method, f"/_sandbox/{what}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def break_(self, method: str, path: str, effect: str, **more: Any) -> None:
        """Break requests of this app; `path` continues its root."""
        rule = {"method": method, "path": f"{self.root}{path}", "effect": effect, **more}
        self.admin("PUT", "faults", {"rules": [rule]})

    def mend(self) -> None:
        self.admin("PUT", "faults", {"rules": []})

    def faults_hit(self) -> int:
        return sum(rule["hits"] for rule in self.admin("GET", "faults")["rules"])

    def heard(self) -> Counter[str]:
        """How many accepted sends there are by internal name (manifest's name and marker)."""
        listed = self.api.get(f"{self.root}/push/notifications?$top=2000&include_archived=true").json()["values"]
        return Counter(each["name"] for each in listed)

    def pushes_begun(self) -> int:
        """How many pushes have reached the backend since one was broken, or the rules count them."""
        matched: int = self.admin("GET", "faults")["rules"][0]["matched"]
        return matched

    def pushes_ended(self) -> int:
        return sum(method == "POST" and path == PUSH for method, path, _ in self.requests())

    def wait_for_pushes(self) -> None:
        """Nothing is under way in the backend any more; whoever pushed is gone. First is looked how many have ended: one
        that has only just begun is missed then, and waited for.
        """
        wait_until(lambda: self.pushes_ended() - self.ended_before == self.pushes_begun())

    def deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.admin("GET", f"deliveries?app={self.coordinate}&ids=all")["deliveries"]
        return found

    def requests(self) -> list[tuple[str, str, int]]:
        listed = self.admin("GET", "requests")["requests"]
        return [
            (each["method"], each["path"].partition(self.root)[2], each["status"])
            for each in listed
            if self.root in each["path"]
        ]

    def writes(self) -> list[tuple[str, str, int]]:
        """The requests that may have changed something."""
        return [each for each in self.requests() if each[0] != "GET" and not each[1].endswith("definition/test")]

    def put(self, name: str, definition: str = "CarrierCountry eq 'US'", **fields: Any) -> None:
        answer = self.api.put(f"{self._audience(name)}", json={"definition": definition, **fields})
        assert answer.is_success, answer.text

    def get(self, name: str) -> dict[str, Any] | None:
        answer = self.api.get(self._audience(name))
        found: dict[str, Any] | None = answer.json() if answer.is_success else None
        return found

    def delete(self, name: str) -> None:
        assert self.api.delete(self._audience(name)).is_success

    def names(self) -> set[str]:
        found: set[str] = set()
        path = f"{self.root}/analytics/audiences?include_disabled=true"
        while path:
            page = self.api.get(path).json()
            found |= {each["name"] for each in page["values"]}
            link = page.get("nextLink") or ""
            path = link[link.find("/v0.1/") :]
        return found

    def _audience(self, name: str) -> str:
        return f"{self.root}/analytics/audiences/{quote(name, safe='')}"

    # The ledger.

    def ledger_file(self) -> Path:
        return self.folder / ".reconciler" / "ledger.db"

    def copy_ledger(self, to: Path) -> None:
        shutil.copytree(self.ledger_file().parent, to)

    def restore_ledger(self, copy: Path) -> None:
        self.lose_ledger()
        shutil.copytree(copy, self.ledger_file().parent)

    def lose_ledger(self) -> None:
        shutil.rmtree(self.ledger_file().parent)

    def rows(self) -> Sequence[SendRecord]:
        """The rows of the sends, after a look at the chain."""
        ledger = SqlLedger(self.ledger, str(self.folder), create=False)
        try:
            assert ledger.broken_at() is None
            return ledger.all_sends()
        finally:
            ledger.close()

    def states(self) -> dict[str, SendState]:
        return {f"{row.name}/{row.part}": row.state for row in self.rows()}

    # The promises.

    def assert_never_twice(self) -> None:
        assert max(self.heard().values(), default=0) <= 1, self.heard()
        names = [each["name"] for each in self.deliveries()]
        assert len(names) == len(set(names)), names

    def resolve_truthfully(self) -> None:
        """An operator looks at the backend and says what is there."""
        listed = self.api.get(f"{self.root}/push/notifications?$top=2000&include_archived=true").json()["values"]
        ids = {each["name"].rpartition(" ")[2]: each["notification_id"] for each in listed}
        for row in self.rows():
            if row.state in UNSETTLED:
                found = ids.get(row.marker)
                said = ("--mark-sent", found) if found else ("--mark-not-sent",)
                ended = self.run("sends", "resolve", row.send_key, "--part", str(row.part + 1), *said)
                assert ended.code == 0, ended.said

    def heal(self, runs: int = 4) -> list[int]:
        """Apply, and decide what is asked, until all is done; the exit codes on the way."""
        codes: list[int] = []
        while not codes or codes[-1] != 0:
            assert len(codes) < runs, codes
            ended = self.apply()
            codes.append(ended.code)
            assert ended.code in (0, 7, 8), ended.said
            if ended.code == 8:
                assert SendState.NEEDS_DECISION in self.states().values(), ended.said
                self.resolve_truthfully()
            self.assert_never_twice()
        return codes

    def assert_all_heard_once(self, *names: str) -> None:
        """Every request of these sends (a name as often as it has requests) was delivered once, nothing else was."""
        self.assert_never_twice()
        assert sorted(each.rpartition(" ")[0] for each in self.heard()) == sorted(names)
        assert self.plan_is_empty()


def wait_until(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
