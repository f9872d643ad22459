"""Any story of edits, applies, turns of the loop, cancels, deaths, broken requests, strangers and passing hours: what
Mobile Engagement is told ahead arrives once, in its time, as it is declared; or it does not, and the ledger says so.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from reconciler.engine.cancel import cancel
from reconciler.engine.loop import Loop
from reconciler.engine.run import Run
from reconciler.errors import ReconcilerError
from reconciler.model.send import REACHED_NOBODY, TERMINAL, UNSETTLED, SendRecord, SendState
from tests.laws.machine import Machine, sandbox, sandbox_url
from tests.support.hours import synchronise, timed
from tests.support.stage import Azure, Crashed, Life

NAMES = ("one", "two")
IN_SIGHT = TERMINAL | {SendState.NEEDS_DECISION}
BROKEN = ("/activate", "/suspend", "/campaigns/announcements", "/campaigns/announcements/*[0-9]")
EFFECTS = ("drop-before", "drop-after", "error-before", "error-after")

times = st.sampled_from([-7000, -100, 5, 60, 600, 600, 3000, 9000])
rests = st.fixed_dictionaries(
    {
        "body": st.sampled_from(["a", "b"]),
        "revision": st.sampled_from([1, 1, 1, 2]),
        "deadline": st.sampled_from(["1h", "1h", "1m"]),
        "suspend": st.sampled_from([False] * 5 + [True]),
    }
)
changes = st.one_of(
    st.builds(lambda seconds: {"seconds": seconds}, times),
    st.builds(lambda body: {"body": body}, st.sampled_from(["a", "b", "c"])),
    st.builds(lambda is_paused: {"suspend": is_paused}, st.booleans()),
)
names, deaths = st.sampled_from(NAMES), st.one_of(st.none(), st.integers(0, 40))
ways, methods = st.sampled_from(["apply", "turn", "cancel"]), st.sampled_from(["*", "POST", "PUT", "GET"])
faults = st.tuples(methods, st.sampled_from(BROKEN), st.sampled_from(EFFECTS), st.sampled_from([1, 1, 2, None]))

__all__ = ["sandbox"]
pytestmark = pytest.mark.usefixtures("sandbox")


class AheadNeverTwice(Machine):
    def __init__(self) -> None:
        super().__init__()
        self.azure = Azure(sandbox_url(), self.folder)
        synchronise(self.azure)
        self.azure.seed("US", "FR")
        self.declared: dict[str, dict[str, Any]] = {}
        self.written: list[tuple[str, dict[str, Any]]] = []
        self.touched: set[str] = set()
        """The names of the campaigns that a stranger has laid hands on: whether they arrive is that one's affair."""
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.looked_at = self.azure.clock.now()

    def teardown(self) -> None:
        try:
            self.everything_ends_in_sight()
        finally:
            self.azure.mend()
            super().teardown()

    # What is declared.

    @initialize(first=st.tuples(times, rests), second=st.none() | st.tuples(times, rests))
    def begin(self, first: tuple[float, dict[str, Any]], second: tuple[float, dict[str, Any]] | None) -> None:
        for name, spec in zip(NAMES, (first, second), strict=True):
            if spec is not None:
                self.declare(name, *spec)
        self.azure.apply()

    @rule(name=names, seconds=times, rest=rests)
    def declare(self, name: str, seconds: float, rest: dict[str, Any]) -> None:
        schedule = {"at": self.azure.wall_clock(seconds), "deadline": rest["deadline"], "suspend": rest["suspend"]}
        self.write(name, timed(name, None, rest["revision"], rest["body"], **schedule))

    @rule(name=names, change=changes)
    def change(self, name: str, change: dict[str, Any]) -> None:
        if name in self.declared:
            spec = self.declared[name]["spec"]
            at = {"at": self.azure.wall_clock(change["seconds"])} if "seconds" in change else {}
            pause = {"suspend": change["suspend"]} if "suspend" in change else {}
            content = {**spec["content"], "body": change.get("body", spec["content"]["body"])}
            made = {**spec, "content": content, "schedule": {**spec["schedule"], **at, **pause}}
            self.write(name, {**self.declared[name], "spec": made})

    def write(self, name: str, made: dict[str, Any]) -> None:
        self.declared[name] = made
        self.written.append((name, made))
        self.azure.declare(*self.declared.values())

    @rule(name=names)
    def remove(self, name: str) -> None:
        self.declared.pop(name, None)
        self.azure.declare(*self.declared.values())

    @rule(back=st.integers(1, 3))
    def restore(self, back: int) -> None:
        self.write(*self.written[-min(back, len(self.written))])

    # What is done about it.

    @rule(late=st.sampled_from([0, 0, 70, 700]), steps=deaths)
    def apply(self, late: float, steps: int | None) -> None:
        with suppress(Crashed):
            self.azure.apply(life=Life(steps), between=lambda: self.azure.pass_time(late))

    @rule(steps=deaths)
    def turn(self, steps: int | None) -> None:
        with suppress(Crashed), self.azure.connected(Life(steps)) as (loaded, ledger, connections):
            run = Run(loaded, ledger, connections.providers, self.azure.clock, lambda _: None)
            Loop(run, 60.0, self.azure.clock.sleep).turn()

    @rule(name=names, change=changes, steps=st.integers(6, 24))
    def think_better_of_a_change_at_which_a_run_died(self, name: str, change: dict[str, Any], steps: int) -> None:
        before = self.declared.get(name)
        if before is not None:
            self.change(name, change)
            self.apply(0, steps)
            self.apply(0, None)
            self.write(name, before)

    @rule(way=ways, fault=faults, name=names)
    def work_while_requests_break(self, way: str, fault: tuple[str, str, str, int | None], name: str) -> None:
        *what, nth = fault
        self.azure.break_(*what, nth=nth)
        {"apply": partial(self.apply, 0), "turn": self.turn, "cancel": lambda _: self.call_off(name)}[way](None)
        self.azure.mend()

    @rule(name=names)
    def call_off(self, name: str) -> None:
        with self.azure.connected() as (loaded, ledger, connections):
            run = Run(loaded, ledger, connections.providers, self.azure.clock, lambda _: None)
            rows = [row for row in ledger.all_sends() if row.name == name][-1:]
            with suppress(ReconcilerError):
                cancel(run, rows, "off")

    @rule(seconds=st.sampled_from([30, 700, 4000]))
    def time_passes(self, seconds: float) -> None:
        self.azure.pass_time(seconds)

    @rule(which=st.integers(0, 3), verb=st.sampled_from(["suspend", "delete", "activate"]))
    def somebody_meddles(self, which: int, verb: str) -> None:
        held = {name for name, row in self.by_campaign().items() if row.state is SendState.CONFIRMED}
        for each in list(self.azure.campaigns().values())[which : which + 1]:
            path = f"campaigns/announcements/{each['id']}"
            if verb == "activate" and each["name"] not in held:
                continue  # what a stranger sends that nobody asked for is not ours to promise about
            self.touched.add(each["name"])
            self.azure.engage("POST", f"{path}/{'activate' if verb == 'activate' else 'suspend'}")
            if verb == "delete":
                self.azure.engage("DELETE", path)

    @rule()
    def heal(self) -> None:
        """Until there is nothing to be done: then what waits on the backend is what is declared."""
        for _ in range(6):
            outcome, plan = self.azure.apply(), self.azure.plan()
            left = [*plan.sends, *plan.lapsed, *plan.withdrawn]
            left += [each for each in plan.coming if not each.is_announced]
            if outcome.code == 0 and not left:
                break
            self.decide_truthfully()
        else:
            raise AssertionError((outcome.said, left))
        self.what_waits_is_what_is_declared()

    def decide_truthfully(self) -> None:
        self.azure.probe_all()
        came, ledger = {each["name"] for each in self.azure.deliveries()}, self.azure.ledger()
        for name, row in self.by_campaign().items():
            if row.state in UNSETTLED:
                ledger.move(row, SendState.CONFIRMED if name in came else SendState.PLANNED, detail="phones show it")
        ledger._engine.dispose()

    # What holds.

    def by_campaign(self) -> dict[str, SendRecord]:
        return {f"{row.name} {row.marker}": row for row in self.azure.rows()}

    def what_waits_is_what_is_declared(self) -> None:
        rows = self.by_campaign()
        there = {name: each for name, each in self.azure.campaigns().items() if each["state"] == "scheduled"}
        for name in there.keys() - self.touched:
            assert rows[name].state is SendState.CONFIRMED, rows[name]
            assert rows[name].name in self.declared, rows[name]
            spec, details = self.declared[rows[name].name]["spec"], self.azure.details(name)
            assert details["startTime"] == f"{spec['schedule']['at']}Z"
            assert details["notificationMessage"] == spec["content"]["body"]

    def everything_ends_in_sight(self) -> None:
        self.azure.mend()
        self.heal()
        self.azure.pass_time(40_000)
        self.decide_truthfully()  # what is not declared any more is not looked for by an apply of nothing else
        self.heal()
        self.what_arrives_is_written_down_as_made_and_comes_once_in_its_time()
        came = {name for name, _ in self.arrived}
        for name, row in self.by_campaign().items():
            assert row.state in IN_SIGHT, row
            assert name in self.touched or (name in came) is (row.state is SendState.CONFIRMED), row

    @invariant()
    def what_arrives_is_written_down_as_made_and_comes_once_in_its_time(self) -> None:
        rows = self.by_campaign()
        before, self.looked_at = self.looked_at, self.azure.clock.now()
        heard = Counter((each["name"], device) for each in self.azure.deliveries() for device in each["device_ids"])
        assert max(heard.values(), default=0) <= 1, heard
        for name, _ in heard - self.arrived:
            self.is_in_time(rows[name], before, name in self.touched)
        self.arrived = heard
        assert not [rows[name] for name, _ in heard if rows[name].state in REACHED_NOBODY]

    def is_in_time(self, row: SendRecord, before: datetime, is_touched: bool) -> None:
        assert row.scheduled_at is not None
        assert row.scheduled_at <= self.looked_at + timedelta(seconds=1), row
        assert is_touched or before <= row.scheduled_at + timedelta(hours=1), row


AheadNeverTwice.TestCase.settings = settings(
    max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAheadNeverTwice = AheadNeverTwice.TestCase
