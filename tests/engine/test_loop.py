"""The loop of `reconciler run` in this process: on time, awake only when there is something to do, and never stuck."""

from __future__ import annotations

import gc
import shutil
import threading
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from reconciler.engine.loop import Loop
from reconciler.engine.row import record_of
from reconciler.engine.run import Run
from reconciler.engine.watch import Watch
from reconciler.errors import ConfigError, LedgerLocked, ReconcilerError, Unauthorized, Unreachable
from reconciler.ledger.sql import SqlLedger
from reconciler.model.event import Happened
from reconciler.model.freeze import Freeze
from reconciler.model.send import Attempt, SendState
from tests.support.backend import Backend, FakeProvider
from tests.support.hours import Days, looped, moves_are_of_the_table, timed, wall
from tests.support.project import ALIAS, notification, write_manifests
from tests.support.world import World

__all__ = ["moves_are_of_the_table"]

S = SendState
NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)


def days(world: World, *documents: Any, interval: float = 60.0, **spec: Any) -> Days:
    return Days(world, looped(world, world.declare(*documents, **spec), interval=interval))


def sent_at(world: World) -> list[tuple[str, datetime]]:
    assert max(world.backend.heard().values(), default=0) <= 1
    return [(attempt.name, receipt.sent_at) for attempt, receipt in world.backend.notifications if receipt.sent_at]


def states(world: World) -> dict[str, SendState]:
    return {f"{row.name} {row.occurrence}": row.state for row in world.ledger.all_sends()}


def test_it_sends_at_the_due_second_and_not_before(world: World) -> None:
    made = days(world, timed("at", at="2026-11-22T09:10:17"), timed("cron", cron="*/30 * * * *"), interval=3600)
    made.live(hours=2)
    hours = [NINE + timedelta(minutes=30 * number) for number in range(1, 4)]
    assert sent_at(world) == [("at", NINE + timedelta(minutes=10, seconds=17)), *(("cron", each) for each in hours)]


def test_it_wakes_for_what_is_due_and_else_once_in_an_interval(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    original = SqlLedger.sends
    monkeypatch.setattr(SqlLedger, "sends", lambda *given: reads.append(1) or original(*given))
    made = days(world, timed("at", at="2026-11-22T09:10:17"), interval=300)
    made.live(hours=1)
    assert len(made.turned) <= 14
    assert len(reads) < 40
    assert NINE + timedelta(minutes=10, seconds=17) in made.turned


def test_a_first_run_never_sends_what_was_already_due(world: World) -> None:
    made = days(world, timed("past", at="2026-11-22T08:50:00"), timed("coming", at="2026-11-22T09:50:00"))
    made.live(hours=1)
    assert states(world) == {"past r1": S.EXPIRED, "coming r1": S.CONFIRMED}
    assert [name for name, _ in sent_at(world)] == ["coming"]


def test_after_a_pause_of_the_machine_the_last_missed_is_sent_and_the_others_are_told(world: World) -> None:
    made = days(world, timed("cron", cron="0 * * * *"))
    made.live(minutes=90)
    world.clock.sleep(5 * 3600)
    made.live(minutes=1)
    found = states(world)
    assert [key[-20:-1] for key, state in found.items() if state is S.EXPIRED] == [
        f"2026-11-22T{hour}:00:00" for hour in (11, 12, 13, 14)
    ]
    assert len(sent_at(world)) == 2


def test_what_expires_in_the_loop_is_told_once(world: World) -> None:
    made = days(world, timed("cron", cron="0 * * * *", deadline="1m"))
    made.live(minutes=1)
    world.clock.sleep(3 * 3600 + 1)
    made.live(minutes=30)
    told = [event for event in world.events if event.verb == "expire" and event.happened is Happened.TOLD]
    assert len(told) == 3


def test_a_request_of_another_machine_that_is_under_way_holds_its_app_and_does_not_end_the_loop(world: World) -> None:
    # The ledger writes down the machine's time of the request; in the middle of a minute, the next one is not due yet.
    world.clock.time = datetime.now(UTC).replace(second=30)
    document = timed("sale", cron="* * * * *", deadline="1m")
    made = days(world, document)
    made.live(seconds=1)
    (row,) = world.ledger.all_sends()
    row = replace(row, holder="elsewhere 1 2 boot/x")
    claimed = replace(row, state=S.CLAIMED, fence=world.ledger.claim(row))
    world.ledger.move(claimed, S.DISPATCHED)
    made.live(seconds=50)
    assert not made.loop.run.stopping.is_set()
    made.live(minutes=3)
    assert not made.loop.run.stopping.is_set()
    assert states(world)[f"sale {row.occurrence}"] is S.NEEDS_DECISION
    assert not sent_at(world)


def test_what_another_replica_holds_is_looked_at_again_soon(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = days(world, timed("sale", at="2026-11-22T09:00:30"), interval=3600)
    made.live(seconds=1)
    locked = [True] * 3
    original = SqlLedger.acquire

    def acquire(*given: Any, **more: Any) -> Any:
        if locked:
            locked.pop()
            raise LedgerLocked("held", code="RC713")
        return original(*given, **more)

    monkeypatch.setattr(SqlLedger, "acquire", acquire)
    monkeypatch.setattr("reconciler.engine.leases.PATIENCE", 0.0)
    made.live(minutes=1)
    assert [(at - NINE).total_seconds() <= 40 for _, at in sent_at(world)] == [True]


class Moody(FakeProvider):
    """A backend that does not answer at all until some time, or refuses the credentials."""

    until = datetime.max.replace(tzinfo=UTC)
    error: ReconcilerError = ReconcilerError("it is down")

    def _request(self, what: str) -> None:
        if self._clock.now() < self.until:
            raise self.error
        super()._request(what)


def moody(world: World, *documents: Any, until: datetime, error: ReconcilerError, interval: float = 60.0) -> Days:
    provider = Moody(world.backend, "shop", world.clock, lambda _: None)
    provider.until, provider.error = until, error
    return Days(world, looped(world, world.declare(*documents), provider, interval))


def test_a_backend_that_is_down_for_a_moment_costs_no_send_that_its_deadline_allows(world: World) -> None:
    document = timed("sale", at="2026-11-22T09:10:00", deadline="5m")
    made = moody(world, document, until=NINE + timedelta(minutes=11), error=Unreachable("down", code="RC606"), interval=3600)  # fmt: skip
    made.live(minutes=30)
    assert states(world) == {"sale r1": S.CONFIRMED}
    assert len(made.turned) < 200


def test_a_backend_that_was_busy_is_asked_again_before_the_deadline(world: World) -> None:
    world.backend.mood = ["busy"]
    made = days(world, timed("sale", at="2026-11-22T09:10:00", deadline="5m"), interval=3600)
    made.live(minutes=30)
    assert states(world) == {"sale r1": S.CONFIRMED}


def test_a_backend_that_stays_down_beyond_the_deadline_expires_what_was_due(world: World) -> None:
    document = timed("sale", at="2026-11-22T09:10:00", deadline="5m")
    made = moody(world, document, until=NINE + timedelta(hours=1), error=Unreachable("down", code="RC606"))
    made.live(hours=3)
    assert (states(world), sent_at(world)) == ({"sale r1": S.EXPIRED}, [])


def test_wrong_credentials_are_told_and_the_send_is_made_once_they_are_right(world: World) -> None:
    document = timed("sale", at="2026-11-22T09:10:00", deadline="1h")
    made = moody(world, document, until=NINE + timedelta(minutes=30), error=Unauthorized("401", code="RC601"))
    made.live(minutes=29)
    assert states(world) == {"sale r1": S.PLANNED}
    assert {event.exit_code for event in world.events if event.happened is Happened.FAILED} == {9}
    made.live(minutes=5)
    assert states(world) == {"sale r1": S.CONFIRMED}


def test_what_has_no_schedule_is_left_to_an_apply_and_remembered_all_the_same(world: World) -> None:
    made = days(world, notification("now"), timed("sale", at="2026-11-22T09:10:00"))
    made.live(minutes=30)
    assert [name for name, _ in sent_at(world)] == ["sale"]
    assert states(world) == {"sale r1": S.CONFIRMED}


def test_an_unknown_send_without_a_schedule_holds_those_of_its_app_that_have_one(world: World) -> None:
    made = days(world, notification("now"), timed("sale", at="2026-11-22T09:10:00"))
    (now,) = (send for send in world.plan_of_all(made.loop.run.loaded) if send.name == "now")
    row = record_of(made.loop.run, now, now.parts[0])
    claimed = replace(row, state=S.CLAIMED, fence=world.ledger.claim(row), holder="")
    world.ledger.move(world.ledger.move(claimed, S.DISPATCHED), S.UNKNOWN)
    made.live(minutes=30)
    assert states(world) == {"now r1": S.NEEDS_DECISION, "sale r1": S.HELD}
    before = world.ledger.position()
    made.live(minutes=30)
    assert world.ledger.position() - before <= 31 * 3  # the lease, and the probe: nothing about what is held already
    (row,) = (each for each in world.ledger.all_sends() if each.name == "now")
    world.ledger.move(row, S.ABANDONED)
    made.live(minutes=2)
    assert states(world) == {"now r1": S.ABANDONED, "sale r1": S.CONFIRMED}


def test_what_needs_a_consent_is_told_and_not_sent(world: World) -> None:
    at = "2026-11-22T09:02:00"
    first, second = (timed(name, at=at, body="the same") for name in ("first", "second"))
    second["spec"]["content"] = first["spec"]["content"]
    made = days(world, first, second)
    made.live(minutes=5)
    assert [name for name, _ in sent_at(world)] == ["first"]
    assert any(event.happened is Happened.SKIPPED and "second" in event.subject for event in world.events)


def test_a_guard_that_allows_fewer_devices_is_kept(world: World) -> None:
    made = days(world, timed("sale", at="2026-11-22T09:10:00"), guard={"max_recipients": 1})
    made.live(minutes=30)
    assert not sent_at(world)


def test_an_app_whose_first_send_is_unknown_is_looked_through_for_forgotten_sends_all_the_same(world: World) -> None:
    document = timed("sale", at="2026-11-22T09:10:00")
    made = days(world, document)
    made.live(minutes=1)
    (row,) = world.ledger.all_sends()
    claimed = replace(row, state=S.CLAIMED, fence=world.ledger.claim(row), holder="")
    world.ledger.move(world.ledger.move(claimed, S.DISPATCHED), S.UNKNOWN)
    made.live(minutes=15)
    run = world.run(world.declare(document, notification("lost")))
    lost = next(each for each in world.plan_of_all(run.loaded) if each.name == "lost")
    world.backend.provider("shop", world.clock).send(
        Attempt("shop", "Notification", "lost", lost.parts[0].marker, lost.spec, lost.parts[0].target)
    )
    row = world.ledger.all_sends()[0]
    world.ledger.move(row, S.ABANDONED)
    made.loop.run.loaded = run.loaded
    made.live(minutes=5)
    assert len(sent_at(world)) == 1


def test_edited_manifests_are_taken_broken_ones_and_other_apps_are_not(world: World) -> None:
    loaded = world.declare(timed("sale", at="2026-11-22T09:10:00"))
    watch = Watch(str(world.folder), "", loaded)
    assert watch.fresh(loaded) is loaded
    write_manifests(world.folder, timed("other", at="2026-11-22T09:20:00"), timed("more", at="2026-11-22T09:20:00"))
    again = watch.fresh(loaded)
    assert {each.name for each in again.resources} == {"other", "more"}
    assert watch.fresh(again) is again
    (world.folder / "manifests" / "all.yaml").write_text("kind: [", encoding="utf-8")
    with pytest.raises(ConfigError):
        watch.fresh(again)
    assert watch.fresh(again) is again
    world.declare(timed("sale", at="2026-11-22T09:10:00"), settings={"app": "another"})
    with pytest.raises(ReconcilerError, match="apps"):
        watch.fresh(again)
    (world.folder / "reconciler.yaml").unlink()
    with pytest.raises(ReconcilerError):
        watch.fresh(again)


def test_a_stopped_run_does_nothing_more(world: World) -> None:
    made = days(world, timed("sale", at="2026-11-22T09:10:00"))
    made.live(minutes=5)
    made.loop.run.stopping.set()
    made.live(minutes=30)
    assert states(world) == {"sale r1": S.PLANNED}


def test_two_loops_on_one_ledger_send_each_occurrence_once(world: World) -> None:
    loaded = world.declare(timed("sale", cron="*/10 * * * *"), timed("news", cron="*/15 * * * *"))
    loops = [looped(world, loaded) for _ in range(3)]
    for _ in range(120):
        for loop in loops:
            loop.turn()
        world.clock.sleep(60)
    assert len(sent_at(world)) == 11 + 7


def test_memory_stays_bounded_over_many_turns(world: World) -> None:
    documents = [timed(f"n{number}", at=wall(NINE + timedelta(days=30 + number))) for number in range(3)]
    made = days(world, *documents)
    made.live(minutes=50)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(300):
            made.loop.turn()
            made.loop.run.events.clear()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 200_000


def test_what_has_no_schedule_and_was_not_sent_stands_in_the_way_of_none_that_says_the_same(world: World) -> None:
    now, sale = notification("now"), timed("sale", at="2026-11-22T09:10:00")
    sale["spec"]["content"] = now["spec"]["content"]
    days(world, now, sale).live(minutes=30)
    assert states(world) == {"sale r1": S.CONFIRMED}


def test_a_backend_that_shows_what_the_ledger_does_not_know_is_not_asked_all_the_time(world: World) -> None:
    made = days(world, timed("sale", at="2026-11-22T09:10:00", deadline="2h"))
    made.live(minutes=5)
    lost = Attempt("shop", "Notification", "lost", "~pk1aaaaaaaaaaaaaaaa", {}, {"everyone": True})
    world.backend.provider("shop", world.clock).send(lost)
    before = world.backend.requests
    made.live(minutes=65)
    assert {event.code for event in world.events if event.happened is Happened.FAILED} == {"RC720"}
    assert world.backend.requests - before <= 150


def test_a_ledger_that_comes_back_older_than_it_was_sends_nothing_again(world: World, tmp_path: Path) -> None:
    made = days(world, timed("first", at="2026-11-22T09:02:00"), timed("sale", at="2026-11-22T09:10:00"))
    made.live(minutes=5)
    world.ledger._engine.dispose()
    standby = tmp_path / "standby"
    shutil.copytree(world.folder / ".reconciler", standby)
    made.live(minutes=6)
    assert len(sent_at(world)) == 2
    world.ledger._engine.dispose()  # the server dies, and one that lags behind takes its place
    shutil.rmtree(world.folder / ".reconciler")
    shutil.copytree(standby, world.folder / ".reconciler")
    made.live(minutes=5)
    assert len(sent_at(world)) == 2
    assert "RC720" in {event.code for event in world.events}


def test_trouble_of_an_apply_in_between_ends_no_sends(world: World) -> None:
    made = days(world, timed("sale", at="2026-11-22T09:10:00"))

    def heal(*_: object) -> None:
        raise Unauthorized("401", code="RC601")

    made.loop.heal = heal
    made.live(minutes=30)
    assert states(world) == {"sale r1": S.CONFIRMED}
    assert {event.exit_code for event in world.events if event.verb == "apply"} == {9}


def test_after_a_freeze_that_has_an_end_it_goes_on_at_once(world: World) -> None:
    made = days(world, timed("sale", at="2026-11-22T09:10:00"), interval=6 * 3600)
    world.ledger.begin(NINE)
    world.ledger.freeze(Freeze("deploy", "me", NINE, NINE + timedelta(minutes=20)))
    made.live(hours=7)
    assert sent_at(world) == [("sale", NINE + timedelta(minutes=20))]


def test_a_ledger_that_is_busy_for_a_moment_is_asked_again_soon(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = days(world, timed("sale", at="2026-11-22T09:10:00", deadline="1m"), interval=6 * 3600)
    made.live(minutes=5)
    busy, original = [True], SqlLedger.frozen

    def frozen(ledger: SqlLedger) -> Freeze | None:
        if busy:
            busy.pop()
            raise LedgerLocked("held by another process", code="RC710")
        return original(ledger)

    monkeypatch.setattr(SqlLedger, "frozen", frozen)
    made.live(hours=1)
    assert states(world) == {"sale r1": S.CONFIRMED}


def test_a_freeze_stops_what_has_begun_before_its_next_send(world: World) -> None:
    made = days(world, timed("first", at="2026-11-22T09:10:00"), timed("second", at="2026-11-22T09:10:00"))

    def step(what: str) -> None:
        if what == "after send":
            world.ledger.freeze(Freeze("stop", "me", world.clock.now(), None))

    made.loop.run.providers = {ALIAS: world.backend.provider(ALIAS, world.clock, step)}
    made.live(minutes=30)
    assert [name for name, _ in sent_at(world)] == ["first"]
    world.ledger.freeze(None)
    made.live(minutes=2)
    assert [name for name, _ in sent_at(world)] == ["first", "second"]


def test_a_lease_that_is_lost_while_a_request_is_under_way_ends_nothing(world: World) -> None:
    made = days(world, timed("first", at="2026-11-22T09:10:00"), timed("second", at="2026-11-22T09:20:00"))
    elsewhere = SqlLedger("sqlite:///.reconciler/ledger.db", str(world.folder))

    def step(what: str) -> None:
        if what == "after send" and len(world.backend.notifications) == 1:
            (lease,) = elsewhere.leases()
            elsewhere.break_lease(lease.lease_id)

    made.loop.run.providers = {ALIAS: world.backend.provider(ALIAS, world.clock, step)}
    made.live(hours=1)
    elsewhere.close()
    assert states(world) == {"first r1": S.CONFIRMED, "second r1": S.CONFIRMED}
    assert not [event for event in world.events if event.code == "RC721"]


def test_what_nobody_thought_of_is_the_trouble_of_one_look(world: World) -> None:
    document = timed("sale", at="2026-11-22T09:10:00", deadline="5m")
    made = moody(world, document, until=NINE + timedelta(minutes=11), error=cast(ReconcilerError, KeyError("state")))
    made.live(minutes=30)
    assert states(world) == {"sale r1": S.CONFIRMED}
    assert "RC500" in {event.code for event in world.events}


def test_what_is_held_is_looked_at_again_soon_and_when_its_time_is_over(world: World) -> None:
    world.backend.mood = ["lose-request"]
    documents = [timed("lost", at="2026-11-22T09:10:00"), timed("held", at="2026-11-22T09:11:00", deadline="20m")]
    made = days(world, *documents, interval=6 * 3600)
    made.live(minutes=15)
    assert states(world) == {"lost r1": S.NEEDS_DECISION, "held r1": S.HELD}
    row = world.record("lost")
    world.ledger.move(row, S.ABANDONED)
    made.live(minutes=2)
    assert states(world)["held r1"] is S.CONFIRMED


class Slow(FakeProvider):
    """A backend that keeps a send waiting, as after a 429, until it is let go."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.go = threading.Event()

    def prepare(self, attempt: Attempt) -> int | None:
        assert self.go.wait(30)
        return super().prepare(attempt)


def slow_and(world: World, other: FakeProvider, at: str, deadline: str) -> tuple[Slow, Run]:
    """A run with two apps, `one` on a slow backend and `two` on another one, with the same to send at the same time."""
    settings = {"provider": "appcenter", "owner": "c", "token": {"env": "T"}}
    documents = [timed(name, at=at, deadline=deadline) for name in ("one", "two")]
    for document in documents:
        document["metadata"]["apps"] = [document["metadata"]["name"]]
    loaded = world.declare(*documents, apps={name: {**settings, "app": name} for name in ("one", "two")})
    slow = Slow(Backend(), "one", world.clock, lambda _: None)
    return slow, Run(loaded, world.ledger, {"one": slow, "two": other}, world.clock, world.events.append)


def test_a_backend_that_keeps_one_waiting_costs_the_other_apps_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.engine.loop.PATIENCE", 0.2)
    other = FakeProvider(Backend(), "two", world.clock, lambda _: None)
    slow, run = slow_and(world, other, "2026-11-22T09:10:00", "5m")
    made = Days(world, Loop(run, 60.0, world.clock.sleep))
    try:
        for _ in range(70):
            made.loop.pause(max(0.0, (made.loop.turn() - world.clock.now()).total_seconds()))
            if states(world).get("two r1") is S.CONFIRMED:
                break
        assert states(world) == {"one r1": S.PLANNED, "two r1": S.CONFIRMED}
        assert [lease.coordinates for lease in world.ledger.leases()] == [run.loaded.coordinates["one"]]
    finally:
        slow.go.set()
        made.loop.end()
    made.live(minutes=1)
    assert states(world)["one r1"] is S.CONFIRMED
    assert not world.ledger.leases()


def test_a_slow_app_neither_hurries_another_that_fails_nor_stays_out_of_sight(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.engine.loop.PATIENCE", 0.05)
    world.ledger.begin(NINE - timedelta(days=1))
    refuses = Moody(Backend(), "two", world.clock, lambda _: None)
    refuses.error = Unauthorized("401", code="RC601")
    slow, run = slow_and(world, refuses, "2026-11-22T08:59:59", "1h")
    healed: list[set[str]] = []
    loop = Loop(run, 60.0, world.clock.sleep, lambda _, busy: healed.append(set(busy)))
    try:
        until = world.clock.now() + timedelta(minutes=3)
        while world.clock.now() < until:
            loop.pause(max(0.0, (loop.turn() - world.clock.now()).total_seconds()))
        failed = [event for event in world.events if event.happened is Happened.FAILED]
        assert 5 <= len(failed) <= 7
        assert [each - {"two"} for each in healed] == [set(), {"one"}, {"one"}]
        assert not loop.is_stuck
        monkeypatch.setattr("reconciler.engine.loop.STUCK_SECONDS", 0.0)
        assert loop.is_stuck
    finally:
        slow.go.set()
        loop.end()
    assert not loop.is_stuck
