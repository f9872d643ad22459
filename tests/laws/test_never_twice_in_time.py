"""Any story of schedules, edits, passing time, applies, loops, crashes and faults: each occurrence is delivered at most
once, never before its time nor after its deadline, and ends in sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from reconciler.core.guard import guard
from reconciler.core.schedule import schedule_of
from reconciler.engine.apply import apply
from reconciler.engine.load import Loaded
from reconciler.engine.loop import Loop, turns
from reconciler.engine.run import Run
from reconciler.errors import ReconcilerError
from reconciler.model.plan import Plan
from reconciler.model.send import UNSENT, UNSETTLED, SendRecord, SendState
from tests.laws.machine import Machine
from tests.laws.test_never_twice import Crashed, Life, MortalLedger
from tests.support.hours import MOVES, timed, wall
from tests.support.project import ALIAS, phone
from tests.support.world import World

MINUTE = timedelta(minutes=1)
TARGETS: list[dict[str, Any]] = [{"everyone": True}, {"devices": [phone(number) for number in range(101)]}]
QUIET = Life(None, None)


class TimelyLedger(MortalLedger):
    """A ledger whose process may die, and whose moves are held to the table."""

    def announce(self, record: SendRecord) -> None:
        self.life.step()
        super().announce(record)
        self.life.step()

    def move(self, record: SendRecord, state: SendState, *, detail: str = "", remote_id: str = "") -> SendRecord:
        assert (record.state, state) in MOVES
        return super().move(record, state, detail=detail, remote_id=remote_id)


def schedules() -> st.SearchStrategy[dict[str, Any]]:
    """An `at` some minutes from now, or a cron; with deadlines that are short."""
    deadlines = st.sampled_from([{}, {"deadline": "3m"}, {"deadline": "20m"}])
    once = st.builds(lambda minutes: {"minutes": minutes}, st.sampled_from([-20, -2, 0, 1, 3, 5, 10, 40]))
    again = st.sampled_from([{"cron": "*/10 * * * *"}, {"cron": "*/7 * * * *"}, {"cron": "30 * * * *"}])
    return st.builds(
        lambda when, more, is_paused: {**when, **more, **({"suspend": True} if is_paused else {})},
        st.one_of(once, again),
        deadlines,
        st.sampled_from([False] * 7 + [True]),
    )


documents = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "three"]), schedules(), st.sampled_from(TARGETS), st.sampled_from([1, 1, 1, 2])
    ),
    unique_by=lambda each: each[0],
    min_size=1,
    max_size=3,
)
moods = st.lists(st.sampled_from(["lose-answer", "accept", "lose-request", "refuse", "busy", "soon"]), max_size=3)
deaths = st.sampled_from([None] * 6 + [*range(40)]) | st.none()


class NeverTwiceInTime(Machine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.folder, self.opened())
        self.world.ledger.begin(self.world.clock.now())
        self.loaded: Loaded = self.world.declare()
        self.looked = 0

    def opened(self) -> TimelyLedger:
        return TimelyLedger("sqlite:///.reconciler/ledger.db", str(self.folder))

    def teardown(self) -> None:
        try:
            self.everything_that_was_due_ends_in_sight()
        finally:
            self.world.ledger._engine.dispose()
            super().teardown()

    @initialize(listed=documents)
    def begin(self, listed: Sequence[tuple[str, dict[str, Any], dict[str, Any], int]]) -> None:
        self.edit(listed)
        self.loop(QUIET, 1)

    @rule(listed=documents)
    def edit(self, listed: Sequence[tuple[str, dict[str, Any], dict[str, Any], int]]) -> None:
        made = []
        for name, schedule, target, revision in listed:
            minutes = schedule.get("minutes")
            when = {} if minutes is None else {"at": wall(self.world.clock.now() + minutes * MINUTE)}
            rest = {key: value for key, value in schedule.items() if key != "minutes"}
            made.append(timed(name, target, revision, **when, **rest))
        self.loaded = self.world.declare(*made)

    @rule(minutes=st.sampled_from([0, 1, 4, 45, 300]))
    def time_passes(self, minutes: int) -> None:
        self.world.clock.sleep(minutes * 60)

    @rule()
    def everything_is_taken_out(self) -> None:
        self.loaded = self.world.declare()

    @rule(mood=moods, steps=deaths, waits=st.sampled_from([0, 0, 5, 120]), late=st.sampled_from([0, 0, 2, 15, None]))
    def apply(self, mood: list[str], steps: int | None, waits: int, late: int | None) -> None:
        """At once, or some minutes after the next time that is written down."""
        now = self.world.clock.now()
        coming = [row.scheduled_at for row in self.world.ledger.all_sends() if row.state in UNSENT and row.scheduled_at]
        if coming and late is not None:
            self.world.clock.sleep(max(0.0, (min(coming) - now).total_seconds()) + late * 60)
        self.world.backend.mood = list(mood)
        with self.living(Life(steps, None)) as (run, ledger), suppress(Crashed, ReconcilerError):
            plan: Plan = self.world.plan(self.loaded, ledger, run.providers[ALIAS])
            self.world.clock.sleep(waits * 60)  # somebody is asked
            if not guard(plan, self.loaded.project.guard) and not any(each.is_error for each in plan.findings):
                apply(run, plan, ledger_is_local=True, environ={})

    @rule(mood=moods, steps=deaths, minutes=st.integers(1, 40))
    def run(self, mood: list[str], steps: int | None, minutes: int) -> None:
        self.world.backend.mood = list(mood)
        self.loop(Life(steps, None), minutes)

    @rule(truthfully=st.booleans())
    def decide(self, truthfully: bool) -> None:
        markers = {attempt.marker for attempt, _ in self.world.backend.notifications}
        for row in self.world.ledger.all_sends():
            if row.state in UNSETTLED:
                state = SendState.CONFIRMED if row.marker in markers else SendState.PLANNED
                self.world.ledger.move(row, state if truthfully else SendState.ABANDONED, detail="decided")

    def loop(self, life: Life, minutes: float) -> None:
        end = self.world.clock.now() + minutes * MINUTE
        with self.living(life) as (run, _), suppress(Crashed):
            for _ in turns(Loop(run, 60.0, self.world.clock.sleep), end):
                run.events.clear()

    def living(self, life: Life) -> _Living:
        return _Living(self, life)

    def everything_that_was_due_ends_in_sight(self) -> None:
        self.world.backend.mood = []
        self.loop(QUIET, 2)
        rows = self.world.ledger.all_sends()
        asked = {row.send_key for row in rows if row.state in UNSETTLED}  # the rest of them waits for a person too
        for row in rows:
            assert row.scheduled_at is not None
            is_past = row.scheduled_at + timedelta(hours=1) < self.world.clock.now()
            is_over = row.state not in UNSENT or row.state is SendState.HELD or row.send_key in asked
            assert not is_past or is_over, row
        self.nothing_is_delivered_twice()
        self.nothing_is_early_or_late()

    @invariant()
    def nothing_is_delivered_twice(self) -> None:
        assert max(self.world.backend.heard().values(), default=0) <= 1

    @invariant()
    def nothing_is_early_or_late(self) -> None:
        rows = {row.marker: row for row in self.world.ledger.all_sends()}
        for attempt, receipt in self.world.backend.notifications[self.looked :]:
            row, deadline = rows[attempt.marker], schedule_of(attempt.spec["schedule"]).deadline
            assert row.scheduled_at is not None
            assert receipt.sent_at is not None
            assert row.scheduled_at <= receipt.sent_at <= row.scheduled_at + deadline, row
        self.looked = len(self.world.backend.notifications)

    @invariant()
    def the_chain_holds(self) -> None:
        assert self.world.ledger.broken_at() is None


class _Living:
    """One process, from its start to its end or death."""

    def __init__(self, story: NeverTwiceInTime, life: Life) -> None:
        self._story, self._life = story, life

    def __enter__(self) -> tuple[Run, TimelyLedger]:
        world = self._story.world
        self._ledger = self._story.opened()
        self._ledger.life = self._life
        provider = world.backend.provider(ALIAS, world.clock, self._life.step)
        return Run(self._story.loaded, self._ledger, {ALIAS: provider}, world.clock, lambda _: None), self._ledger

    def __exit__(self, *_: object) -> None:
        self._ledger._engine.dispose()


NeverTwiceInTime.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestNeverTwiceInTime = NeverTwiceInTime.TestCase
