"""Any sequence of applies, crashes, faults, edits, probes, restored ledgers and truthful decisions delivers each
request at most once.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from reconciler.core.diff import ADOPT, ALLOW_DELETES
from reconciler.core.guard import consented, guard
from reconciler.engine.apply import apply
from reconciler.engine.load import Loaded
from reconciler.engine.probe import probe
from reconciler.engine.rebuild import rebuild
from reconciler.engine.run import Run
from reconciler.errors import LedgerError, ReconcilerError
from reconciler.ledger.sql import SqlLedger
from reconciler.model.plan import Plan
from reconciler.model.send import UNSETTLED, SendRecord, SendState
from tests.laws.machine import Machine
from tests.support.project import ALIAS, audience, notification, phone
from tests.support.world import World


class Crashed(BaseException):
    """The process is dead: nothing after this happened."""


class Life:
    """Counts the steps of one run and ends it at one of them, for good; `meanwhile` happens at its first request."""

    def __init__(self, steps: int | None, meanwhile: Callable[[], None] | None) -> None:
        self._left, self._meanwhile, self._is_over = steps, meanwhile, False

    def step(self, what: str = "") -> None:
        if self._left is not None:
            self._left -= 1
            self._is_over = self._is_over or self._left < 0
        if self._is_over:
            raise Crashed
        if what == "before send" and self._meanwhile:
            act, self._meanwhile = self._meanwhile, None
            act()


class MortalLedger(SqlLedger):
    """A ledger of a process that may die before and after each write."""

    life: Life = Life(None, None)

    def _around(self, write: Callable[[], Any]) -> Any:
        self.life.step()
        result = write()
        self.life.step()
        return result

    def claim(self, record: SendRecord) -> int:
        result: int = self._around(lambda: SqlLedger.claim(self, record))
        return result

    def move(self, record: SendRecord, state: SendState, *, detail: str = "", remote_id: str = "") -> SendRecord:
        result: SendRecord = self._around(
            lambda: SqlLedger.move(self, record, state, detail=detail, remote_id=remote_id)
        )
        return result

    def put(self, record: SendRecord, event: str) -> None:
        self._around(lambda: SqlLedger.put(self, record, event))

    def consume(self, plan_id: str) -> bool:
        result: bool = self._around(lambda: SqlLedger.consume(self, plan_id))
        return result

    def flush(self) -> None:
        self._around(lambda: SqlLedger.flush(self))

    def release(self, coordinates: Collection[str] | None = None) -> None:
        self._around(lambda: SqlLedger.release(self, coordinates))


class Everything(set[str]):
    """The ids of a list that shows nothing, now and later."""

    def __contains__(self, _: object) -> bool:
        return True


NAMES = ("first", "second", "third")
TARGETS: list[dict[str, Any]] = [
    {"everyone": True},
    {"audiences": ["us"]},
    {"devices": [phone(number) for number in range(101)]},
    {"devices": [phone(number) for number in reversed(range(150))]},
]
documents = st.lists(
    st.builds(
        lambda name, target, revision, body: notification(name, target, revision, title=name, body=body),
        st.sampled_from(NAMES),
        st.sampled_from(TARGETS),
        st.sampled_from([1, 1, 1, 2]),
        st.sampled_from(["text", "other"]),
    ),
    unique_by=lambda document: document["metadata"]["name"],
    min_size=1,
    max_size=3,
)
moods = st.lists(st.sampled_from(["lose-answer", "accept", "lose-request", "refuse", "busy"]), max_size=4)


class NeverTwice(Machine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.folder, self.opened())
        self.alive: set[str] = set()
        self.leases_lapse = True
        self.runs, self.current = 0, ""
        self.loaded: Loaded = self.world.declare(audience("us"), notification("first"))
        self.saved: tuple[Loaded, Plan] | None = None
        self.backup: Path | None = None
        self.patch.setattr("reconciler.engine.row.holder", lambda: self.current)
        self.patch.setattr("reconciler.engine.probe.may_be_under_way", lambda row, _: row.holder in self.alive)
        self.patch.setattr("reconciler.engine.leases.PATIENCE", 0.0)
        self.patch.setattr("reconciler.engine.leases.may_be_taken", lambda _: self.leases_lapse)

    def opened(self) -> MortalLedger:
        return MortalLedger("sqlite:///.reconciler/ledger.db", str(self.folder))

    def teardown(self) -> None:
        self.world.ledger._engine.dispose()
        super().teardown()

    @rule(listed=documents)
    def edit(self, listed: Sequence[dict[str, Any]]) -> None:
        self.loaded = self.world.declare(audience("us"), *listed)

    @rule(mood=moods, steps=st.none() | st.integers(0, 40), two=st.booleans(), lapse=st.booleans())
    def apply(self, mood: list[str], steps: int | None, two: bool, lapse: bool) -> None:
        """With `lapse`, the second run takes the first one's lease over, which was paused in the middle of a send."""
        self.world.backend.mood = list(mood)
        self.leases_lapse = lapse
        self.live(
            self.loaded, None, Life(steps, (lambda: self.live(self.loaded, None, Life(None, None))) if two else None)
        )

    @rule(mood=moods, times=st.integers(1, 3))
    def apply_again_while_the_list_shows_nothing(self, mood: list[str], times: int) -> None:
        self.world.backend.hidden = Everything()
        for _ in range(times):
            self.world.backend.mood = list(mood)
            self.live(self.loaded, None, Life(None, None))

    @rule()
    def save_a_plan(self) -> None:
        try:
            self.saved = (self.loaded, self.world.plan(self.loaded))
        except ReconcilerError:
            self.saved = None

    @precondition(lambda self: self.saved is not None)
    @rule(mood=moods)
    def apply_the_saved_plan_late(self, mood: list[str]) -> None:
        """Harder than the command, which compares it with the world first."""
        assert self.saved
        self.world.backend.mood = list(mood)
        self.live(*self.saved, Life(None, None))

    @rule()
    def probe(self) -> None:
        run = self.world.run(self.loaded)
        for row in self.undecided():
            probe(run, ALIAS, row)

    @rule(is_abandoned=st.booleans())
    def decide_truthfully(self, is_abandoned: bool) -> None:
        ids = {attempt.marker: receipt.remote_id for attempt, receipt in self.world.backend.notifications}
        for row in self.undecided():
            if row.marker in ids:
                self.world.ledger.move(row, SendState.CONFIRMED, remote_id=ids[row.marker])
            else:
                self.world.ledger.move(row, SendState.ABANDONED if is_abandoned else SendState.PLANNED)

    @rule(is_hidden=st.booleans(), is_mute=st.sampled_from([False, False, False, False, True]))
    def let_the_list_lag(self, is_hidden: bool, is_mute: bool) -> None:
        self.world.backend.hidden = Everything() if is_hidden else set()
        self.world.backend.is_mute = is_mute

    @rule()
    def back_the_ledger_up(self) -> None:
        self.backup = self.folder / "backup.db"
        self.backup.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(self.folder / ".reconciler" / "ledger.db")) as source,
            closing(sqlite3.connect(self.backup)) as copy,
        ):
            source.backup(copy)

    @rule(is_lost=st.booleans())
    def restore_an_old_ledger_or_none_and_rebuild(self, is_lost: bool) -> None:
        """The list shows all: what neither ledger nor backend remembers, nobody can know."""
        if not is_lost and not self.backup:
            return
        self.world.ledger._engine.dispose()
        shutil.rmtree(self.folder / ".reconciler")
        if not is_lost and self.backup:
            (self.folder / ".reconciler").mkdir()
            shutil.copy(self.backup, self.folder / ".reconciler" / "ledger.db")
        self.world.ledger = self.opened()
        self.world.backend.hidden, self.world.backend.is_mute, self.saved = set(), False, None
        self.world.backend.mood = []
        self.live(self.loaded, None, Life(None, None))
        rebuild(self.world.run(self.loaded))

    def undecided(self) -> list[SendRecord]:
        return [row for row in self.world.ledger.all_sends() if row.state in UNSETTLED and row.holder not in self.alive]

    def live(self, loaded: Loaded, plan: Plan | None, life: Life) -> None:
        """One process, from its start to its end or death."""
        self.runs += 1
        outer, self.current = self.current, f"run {self.runs}"
        self.alive.add(self.current)
        ledger = self.opened()
        ledger.life = life
        provider = self.world.backend.provider(ALIAS, self.world.clock, life.step)
        try:
            plan = plan or self.world.plan(loaded, ledger, provider)
            plan = consented(plan, {ADOPT, ALLOW_DELETES})
            if not guard(plan, loaded.project.guard) and not any(each.is_error for each in plan.findings):
                run = Run(loaded, ledger, {ALIAS: provider}, self.world.clock, lambda _: None)
                apply(run, plan, ledger_is_local=True, environ={})
            ledger.flush()
        except (Crashed, LedgerError, ReconcilerError):
            pass
        finally:
            ledger._engine.dispose()
            self.alive.discard(self.current)
            self.current = outer

    @invariant()
    def nothing_is_delivered_twice(self) -> None:
        assert max(self.world.backend.heard().values(), default=0) <= 1

    @invariant()
    def no_phone_is_named_by_two_requests_of_one_send(self) -> None:
        keys = {row.marker: row.send_key for row in self.world.ledger.all_sends()}
        named = Counter(
            (keys[attempt.marker], device)
            for attempt, _ in self.world.backend.notifications
            for device in attempt.target.get("devices", ())
            if attempt.marker in keys
        )
        assert max(named.values(), default=0) <= 1

    @invariant()
    def the_chain_holds(self) -> None:
        assert self.world.ledger.broken_at() is None


NeverTwice.TestCase.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestNeverTwice = NeverTwice.TestCase
