"""Any sequence of edits, applies, deaths, broken requests, acts of somebody else and passing hours reaches each device
at most once with each revision of a campaign, and with each push.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from reconciler.core.diff import ADOPT, ALLOW_DELETES
from tests.laws.machine import Machine, sandbox, sandbox_url
from tests.support.campaigns import campaign, manual, push
from tests.support.stage import Azure, Life

NAMES = ("news", "sale")
STATES = ("active", "active", "active", "draft", "finished")
BROKEN = ("/activate", "/suspend", "/finish", "/push", "/campaigns/announcements")
EFFECTS = ("drop-before", "drop-after", "error-before", "error-after")

specs = st.fixed_dictionaries(
    {
        "revision": st.sampled_from([1, 1, 2]),
        "state": st.sampled_from(STATES),
        "category": st.sampled_from(["a", "b"]),
        "type": st.sampled_from(["announcement", "announcement", "announcement", "poll"]),
        "is_timed": st.booleans(),
    }
)
worlds = st.dictionaries(st.sampled_from(NAMES), specs, max_size=2)

__all__ = ["sandbox"]
pytestmark = pytest.mark.usefixtures("sandbox")


class CampaignsNeverTwice(Machine):
    def __init__(self) -> None:
        super().__init__()
        self.azure = Azure(sandbox_url(), self.folder)
        self.ids = self.azure.seed("US", "FR")
        self.at = self.azure.wall_clock(7200)

    def teardown(self) -> None:
        self.azure.mend()
        super().teardown()

    @initialize(world=worlds, pushes=st.sampled_from([0, 1, 2]))
    def begin(self, world: dict[str, dict[str, Any]], pushes: int) -> None:
        self.edit(world, pushes)

    @rule(world=worlds, pushes=st.sampled_from([0, 1, 2]))
    def edit(self, world: dict[str, dict[str, Any]], pushes: int) -> None:
        documents = [manual()]
        for name, spec in world.items():
            timed = {"schedule": {"start": self.at, "timezone": "UTC"}} if spec["is_timed"] else {}
            known = {key: value for key, value in spec.items() if key != "is_timed"}
            documents.append(campaign(name, text=f"{name} r{spec['revision']}", **timed, **known))
        documents += [push(f"p{n}", self.ids, content={"body": f"push {n}"}) for n in range(pushes)]
        self.azure.declare(*documents)

    @rule()
    def apply(self) -> None:
        self.azure.apply(ADOPT, ALLOW_DELETES)

    @rule(steps=st.integers(0, 60))
    def die(self, steps: int) -> None:
        self.azure.survive(ADOPT, ALLOW_DELETES, life=Life(steps))

    @rule(path=st.sampled_from(BROKEN), effect=st.sampled_from(EFFECTS), nth=st.sampled_from([1, 1, 2, None]))
    def apply_while_requests_break(self, path: str, effect: str, nth: int | None) -> None:
        self.azure.break_("*", path, effect, nth=nth)
        self.azure.apply(ADOPT, ALLOW_DELETES)
        self.azure.mend()

    @rule()
    def decide_truthfully(self) -> None:
        self.azure.probe_all()
        ledger = self.azure.ledger()
        texts = {each["content"].get("notificationMessage") for each in self.azure.deliveries()}
        for row in ledger.all_sends():
            if row.state == "NEEDS_DECISION" and row.kind == "Notification":
                has_left = f"push {row.name[1:]}" in texts
                ledger.move(row, type(row.state)("CONFIRMED" if has_left else "PLANNED"), detail="resolved")
        ledger._engine.dispose()

    @rule(seconds=st.sampled_from([60, 4000, 8000]))
    def let_time_pass(self, seconds: int) -> None:
        self.azure.pass_time(seconds)

    @rule(name=st.sampled_from(NAMES), verb=st.sampled_from(["suspend", "finish", "delete"]))
    def somebody_meddles(self, name: str, verb: str) -> None:
        for kind in ("announcements", "polls"):
            found = self.azure.campaigns(kind).get(name)
            if found is not None:
                path = f"campaigns/{kind}/{found['id']}"
                self.azure.engage("DELETE", path) if verb == "delete" else self.azure.engage("POST", f"{path}/{verb}")

    @rule(
        seconds=st.sampled_from([0, 8000]), name=st.sampled_from(NAMES), verb=st.sampled_from(["", "suspend", "finish"])
    )
    def apply_a_plan_late(self, seconds: int, name: str, verb: str) -> None:
        def meanwhile() -> None:
            self.azure.pass_time(seconds)
            if verb:
                self.somebody_meddles(name, verb)

        self.azure.apply(ADOPT, ALLOW_DELETES, between=meanwhile)

    @invariant()
    def each_device_hears_each_revision_and_each_push_once(self) -> None:
        self.azure.told()

    @invariant()
    def the_chain_holds(self) -> None:
        self.azure.rows()


CampaignsNeverTwice.TestCase.settings = settings(
    max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCampaignsNeverTwice = CampaignsNeverTwice.TestCase
