"""Schedules through the real engine and a real ledger, on a backend in memory: announced, sent in time, or told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.apply import reviewed
from reconciler.core.decode import decode
from reconciler.core.encode import encode
from reconciler.core.guard import consented, guard
from reconciler.engine.row import record_of
from reconciler.ledger.sql import SqlLedger
from reconciler.model.event import Happened
from reconciler.model.send import UNSENT, SendRecord, SendState
from reconciler.render.events import summary_text
from reconciler.render.text import plan_text
from tests.support.hours import Days, looped, moves_are_of_the_table, timed, wall
from tests.support.project import audience, notification, phone
from tests.support.world import World

__all__ = ["moves_are_of_the_table"]

S = SendState
TWO: Mapping[str, Any] = {"devices": [phone(number) for number in range(101)]}


@pytest.fixture
def old(world: World) -> World:
    """A world whose ledger has been there for long."""
    world.ledger.begin(world.clock.now() - timedelta(days=30))
    world.ledger.initialise()
    return world


def due_in(world: World, seconds: float, name: str = "sale", **more: Any) -> dict[str, Any]:
    schedule = {key: more.pop(key) for key in ("deadline", "suspend") if key in more}
    return timed(name, at=wall(world.clock.now() + timedelta(seconds=seconds)), **more, **schedule)


def rows(world: World) -> dict[str, list[SendState]]:
    found: dict[str, list[SendState]] = {}
    for row in sorted(world.ledger.all_sends(), key=lambda each: (each.occurrence, each.part)):
        found.setdefault(row.name, []).append(row.state)
    return found


def heard(world: World) -> int:
    assert max(world.backend.heard().values(), default=0) <= 1
    return sum(world.backend.heard().values())


def told(world: World, verb: str) -> list[str]:
    return [event.detail for event in world.events if event.verb == verb and event.happened is Happened.TOLD]


def is_settled(world: World, *documents: Mapping[str, Any]) -> bool:
    return world.plan(world.declare(*documents)).is_empty


def test_an_apply_that_only_keeps_the_time_says_what_it_did(old: World) -> None:
    old.apply(due_in(old, 600), due_in(old, -7200, "late"))
    assert [event.verb for event in old.events if event.happened is Happened.TOLD] == ["announce", "expire"]
    assert summary_text(old.events) == "Apply: 1 announced, 1 too late."
    old.events.clear()
    old.apply()
    assert summary_text(old.events) == "Apply: 1 withdrawn."


def put(world: World, document: Mapping[str, Any], state: SendState) -> SendRecord:
    """The row of a waiting send, by its first states to the one it has reached."""
    loaded = world.declare(document)
    send = world.plan(loaded).coming[0]
    run = world.run(loaded)
    row = record_of(run, send, send.parts[0])
    world.ledger.announce(row)
    row = world.ledger.all_sends()[0]
    if state is S.PLANNED:
        return row
    row = replace(row, state=S.CLAIMED, fence=world.ledger.claim(row), holder="elsewhere 1 2 boot/x")
    if state is S.CLAIMED:
        return row
    if state is S.HELD:
        return world.ledger.move(row, S.HELD)
    return world.ledger.move(world.ledger.move(row, S.DISPATCHED), S.REJECTED)


def test_an_apply_announces_what_comes_and_sends_it_when_it_is_due(old: World) -> None:
    document = due_in(old, 600)
    old.apply(document)
    assert (rows(old), heard(old)) == ({"sale": [S.PLANNED]}, 0)
    assert is_settled(old, document)
    old.clock.sleep(601)
    old.apply(document)
    assert (rows(old), heard(old)) == ({"sale": [S.CONFIRMED]}, 1)
    assert is_settled(old, document)


def test_what_comes_is_announced_before_what_is_due_is_sent(old: World) -> None:
    steps: list[str] = []
    loaded = old.declare(notification("now"), due_in(old, 600, "later"))
    provider = old.backend.provider(
        "shop", old.clock, lambda what: steps.append(f"{what}: {sorted(rows(old))}" if what == "before send" else "")
    )
    old.perform(loaded, old.plan(loaded), provider)
    assert [step for step in steps if step] == ["before send: ['later', 'now']"]


def test_a_first_apply_never_sends_what_was_already_due(world: World) -> None:
    document = due_in(world, -60)
    world.apply(document)
    assert (rows(world), heard(world)) == ({"sale": [S.EXPIRED]}, 0)
    assert is_settled(world, document)


def test_a_first_apply_sends_what_has_no_schedule(world: World) -> None:
    world.apply(notification("now"))
    assert heard(world) == 1


@pytest.mark.parametrize("offset", [-60, 60])
def test_whether_it_is_sent_depends_on_which_was_first_the_ledger_or_the_time(world: World, offset: float) -> None:
    document = due_in(world, 0)
    world.clock.sleep(100)
    world.ledger.begin(world.clock.now() - timedelta(seconds=100 - offset))
    world.apply(document)
    assert heard(world) == (1 if offset < 0 else 0)


def test_a_lost_ledger_never_sends_what_was_due(old: World, tmp_path: Path) -> None:
    document = due_in(old, 600)
    old.apply(document)
    old.clock.sleep(601)
    for path in (tmp_path / ".reconciler").iterdir():
        path.unlink()
    old.ledger.close()
    old.ledger = SqlLedger("sqlite:///.reconciler/ledger.db", str(tmp_path))
    old.apply(document)
    assert (rows(old), heard(old)) == ({"sale": [S.EXPIRED]}, 0)


@pytest.mark.parametrize("state", sorted(UNSENT))
def test_what_waits_in_whatever_state_is_sent_in_time(old: World, state: SendState) -> None:
    document = due_in(old, 600)
    put(old, document, state)
    old.clock.sleep(700)
    old.apply(document)
    assert (rows(old), heard(old)) == ({"sale": [S.CONFIRMED]}, 1)


@pytest.mark.parametrize("state", sorted(UNSENT))
def test_what_waits_in_whatever_state_expires_is_told_and_never_sent(old: World, state: SendState) -> None:
    document = due_in(old, 600, deadline="5m")
    put(old, document, state)
    old.clock.sleep(901)
    old.apply(document)
    assert (rows(old), heard(old)) == ({"sale": [S.EXPIRED]}, 0)
    assert len(told(old, "expire")) == 1
    assert is_settled(old, document)
    old.apply(document)
    assert (len(told(old, "expire")), heard(old)) == (1, 0)


@pytest.mark.parametrize("state", sorted(UNSENT))
def test_what_waits_in_whatever_state_is_withdrawn_when_undeclared_and_announced_anew_when_restored(
    old: World, state: SendState
) -> None:
    document = due_in(old, 600)
    put(old, document, state)
    old.apply()
    assert rows(old) == {"sale": [S.WITHDRAWN]}
    assert len(told(old, "withdraw")) == 1
    assert is_settled(old)
    old.apply(document)
    assert rows(old) == {"sale": [S.PLANNED]}
    old.clock.sleep(600)
    old.apply(document)
    assert (rows(old), heard(old)) == ({"sale": [S.CONFIRMED]}, 1)


def test_what_is_suspended_waits_and_is_sent_when_resumed_in_time(old: World) -> None:
    document = due_in(old, 600)
    suspended = due_in(old, 600, suspend=True)
    old.apply(document)
    old.apply(suspended)
    old.clock.sleep(700)
    old.apply(suspended)
    assert (rows(old), heard(old)) == ({"sale": [S.WITHDRAWN]}, 0)
    old.apply(document)
    assert heard(old) == 1


def test_a_time_moved_while_it_waits_is_the_new_time_in_the_ledger_too(old: World) -> None:
    old.apply(due_in(old, 600))
    moved = due_in(old, 1200)
    old.apply(moved)
    (row,) = old.ledger.all_sends()
    assert row.scheduled_at == old.clock.now() + timedelta(seconds=1200)
    old.clock.sleep(700)
    old.apply(moved)
    assert heard(old) == 0
    old.clock.sleep(600)
    old.apply(moved)
    assert heard(old) == 1


def test_a_content_edited_while_it_waits_is_what_is_sent(old: World) -> None:
    old.apply(due_in(old, 600))
    document = due_in(old, 600, body="other")
    old.clock.sleep(601)
    old.apply(document)
    assert heard(old) == 1
    assert old.backend.notifications[0][0].spec["content"]["body"] == "other"


def test_a_plan_that_is_performed_by_a_clock_that_was_set_back_sends_nothing_before_its_time(old: World) -> None:
    document = due_in(old, 0)
    loaded = old.declare(document)
    plan = old.plan(loaded)
    old.clock.sleep(-60)
    run = old.perform(loaded, plan)
    assert heard(old) == 0
    assert run.exit_code() == 1  # and it is told
    old.clock.sleep(61)
    old.apply(document)
    assert (rows(old), heard(old)) == ({"sale": [S.CONFIRMED]}, 1)


# Too late.


def test_a_plan_that_is_approved_after_the_deadline_sends_nothing(old: World) -> None:
    document = due_in(old, 0, deadline="10m")
    loaded = old.declare(document)
    plan = old.plan(loaded)
    old.clock.sleep(601)  # a person is asked, and at lunch
    old.perform(loaded, plan)
    assert (rows(old), heard(old)) == ({"sale": [S.EXPIRED]}, 0)
    assert len(told(old, "expire")) == 1


def test_a_backend_that_asks_to_wait_beyond_the_deadline_is_not_asked_again(old: World) -> None:
    old.backend.mood = ["soon"]
    old.apply(due_in(old, 0, deadline="20s"))
    assert (rows(old), heard(old)) == ({"sale": [S.EXPIRED]}, 0)


def test_a_send_whose_turn_comes_after_its_deadline_is_not_made(old: World) -> None:
    old.backend.mood = ["soon", "accept"]
    old.apply(due_in(old, 0, "first"), due_in(old, 0, "second", deadline="20s"))
    assert (rows(old), heard(old)) == ({"first": [S.CONFIRMED], "second": [S.EXPIRED]}, 1)


def test_the_rest_of_a_send_in_several_requests_expires_with_its_deadline(old: World) -> None:
    old.backend.mood = ["accept", "busy"]
    document = due_in(old, 0, target=TWO, deadline="10m")
    old.apply(document)
    assert rows(old) == {"sale": [S.CONFIRMED, S.REJECTED]}
    old.clock.sleep(601)
    old.apply(document)
    assert rows(old) == {"sale": [S.CONFIRMED, S.EXPIRED]}
    assert is_settled(old, document)


def test_a_refused_send_that_is_mended_too_late_leaves_nothing_to_do(old: World) -> None:
    old.backend.mood = ["refuse"]
    old.apply(due_in(old, 0))
    mended = due_in(old, 0, body="mended")
    old.clock.sleep(7200)
    old.apply(mended)
    assert rows(old) == {"sale": [S.FAILED]}
    assert is_settled(old, mended)


# Unknown.


def test_a_due_send_is_held_behind_an_unknown_one_and_expires_there(old: World) -> None:
    old.backend.mood = ["lose-request"]
    documents = [notification("first"), due_in(old, 60, "second", deadline="10m")]
    old.apply(*documents)
    old.clock.sleep(120)
    old.apply(*documents)
    assert rows(old) == {"first": [S.NEEDS_DECISION], "second": [S.HELD]}
    old.clock.sleep(600)
    old.apply(*documents)
    assert (rows(old), heard(old)) == ({"first": [S.NEEDS_DECISION], "second": [S.EXPIRED]}, 0)


def test_an_unknown_send_that_is_settled_after_its_deadline_as_not_made_expires(old: World) -> None:
    old.backend.mood = ["lose-request"]
    document = due_in(old, 0, deadline="10m")
    old.apply(document)
    (row,) = old.ledger.all_sends()
    assert row.state is S.NEEDS_DECISION
    old.clock.sleep(601)
    old.ledger.move(row, S.PLANNED, detail="a person says that it was not sent")
    old.apply(document)
    assert (rows(old), heard(old)) == ({"sale": [S.EXPIRED]}, 0)


def test_a_lost_answer_is_found_after_the_deadline_too(old: World) -> None:
    old.clock.time = datetime.now(UTC)  # the ledger writes down the machine's time of the request
    old.backend.mood = ["lose-answer"]
    document = due_in(old, 0, deadline="10m")
    old.apply(document)
    old.clock.sleep(3600)
    old.apply(document)
    assert (rows(old), heard(old)) == ({"sale": [S.CONFIRMED]}, 1)


def test_requests_behind_one_that_has_ended_or_that_are_asked_for_no_more_are_withdrawn(old: World) -> None:
    for name, target in (("over", TWO), ("smaller", TWO)):
        document = due_in(old, 600, name, target=target)
        old.apply(document)
        (first, _) = (row for row in old.ledger.all_sends() if row.name == name)
        if name == "over":
            claimed = replace(first, state=S.CLAIMED, fence=old.ledger.claim(first), holder="")
            old.ledger.move(old.ledger.move(old.ledger.move(claimed, S.DISPATCHED), S.UNKNOWN), S.ABANDONED)
        else:
            document = due_in(old, 600, name, target={"everyone": True})
        old.apply(document)
        assert is_settled(old, document)
    assert rows(old) == {"over": [S.ABANDONED, S.WITHDRAWN], "smaller": [S.PLANNED, S.WITHDRAWN]}
    assert heard(old) == 0


HOURLY = {"cron": "0 * * * *", "deadline": "30m"}


def eleven_past_eleven(world: World) -> None:
    """The world is half past nine, announces ten o'clock, and wakes up after eleven."""
    world.clock.time = datetime(2026, 11, 22, 11, 11, tzinfo=UTC)


def half_past_nine(world: World, *documents: Mapping[str, Any]) -> None:
    world.clock.time = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    world.apply(*documents)


def test_what_falls_due_after_a_plan_was_saved_is_remembered_by_its_apply(old: World) -> None:
    half_past_nine(old, timed("n", **HOURLY))
    changed = timed("n", **HOURLY), audience("us")
    saved = old.folder / "plan.json"
    loaded = old.declare(*changed)
    saved.write_text(json.dumps(encode(replace(old.plan(loaded), sends=()))), encoding="utf-8")
    eleven_past_eleven(old)
    fresh = old.plan(loaded)
    assert [send.occurrence for send in fresh.sends] == ["2026-11-22T11:00:00Z"]
    old.perform(loaded, reviewed(fresh, *decode(json.loads(saved.read_text()))))
    kept = {row.occurrence[11:13]: row.state for row in old.ledger.all_sends()}
    assert kept == {"10": S.EXPIRED, "11": S.PLANNED, "12": S.PLANNED}
    old.apply(*changed)
    assert heard(old) == 1


def test_what_the_guard_refuses_is_remembered_and_sent_once_it_is_raised(old: World) -> None:
    document = timed("n", **HOURLY)
    half_past_nine(old, document)
    eleven_past_eleven(old)
    for cap in (1, 100):
        looped(old, old.declare(document, guard={"max_recipients": cap})).turn()
        assert heard(old) == (0 if cap == 1 else 1)


def the_same(old: World, name: str, **schedule: Any) -> dict[str, Any]:
    """A notification with the content of all others that this makes."""
    made = timed(name, body="the same", **schedule)
    made["spec"]["content"] = {"title": "the same", "body": "the same"}
    return made


@pytest.mark.parametrize("schedule", [{"at": "2026-11-22T11:00:00"}, HOURLY], ids=["at", "cron"])
def test_consent_is_asked_of_what_comes_and_run_remembers_it(old: World, schedule: dict[str, Any]) -> None:
    half_past_nine(old, the_same(old, "first", at="2026-11-22T09:20:00"))
    assert heard(old) == 1
    new = the_same(old, "second", **schedule)
    plan = old.plan(old.declare(new))
    assert plan.blocked == ("--allow-repeats",)
    assert "needs --allow-repeats" in plan_text(plan)
    assert {each.code for each in guard(plan, old.declare(new).project.guard)} == {"RC402"}
    loaded = old.declare(new)
    loop = looped(old, loaded)
    loop.turn()  # nobody has allowed it
    assert any("will need consent" in event.detail for event in old.events)
    old.perform(loaded, consented(old.plan(loaded), {"--allow-repeats"}))
    assert old.plan(loaded).is_empty
    assert old.plan(loaded).blocked == ()
    Days(old, loop).live(hours=4)
    assert heard(old) == (2 if "at" in schedule else 5)


def test_without_consent_what_comes_never_leaves(old: World) -> None:
    half_past_nine(old, the_same(old, "first", at="2026-11-22T09:20:00"))
    new = the_same(old, "second", at="2026-11-22T11:00:00", deadline="5m")
    Days(old, looped(old, old.declare(new))).live(hours=3)
    assert heard(old) == 1
    assert rows(old)["second"] == [S.EXPIRED]


def test_consent_for_one_is_for_the_one_that_says_the_same_too(old: World) -> None:
    pair = the_same(old, "first", at="2026-11-22T11:00:00"), the_same(old, "second", at="2026-11-22T10:00:00")
    old.clock.time = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    loaded = old.declare(*pair)
    old.perform(loaded, consented(old.plan(loaded), {"--allow-repeats"}))
    assert old.plan(loaded).is_empty
    Days(old, looped(old, loaded)).live(hours=3)
    assert rows(old) == {"first": [S.CONFIRMED], "second": [S.CONFIRMED]}


def test_a_schedule_that_is_over_is_told_of_with_its_place_until_the_ledger_knows(old: World) -> None:
    late, ended = due_in(old, -7200, "late"), timed("ended", cron="0 9 * * *", end="2020-01-01T00:00")
    loaded = old.declare(late, ended, due_in(old, -30, "in-time"), due_in(old, -7200, "sleeps", suspend=True))
    told = [each for each in old.plan(loaded).findings if each.code == "RC334"]
    assert [(str(each.where).partition(":")[0], each.is_error) for each in told] == [("manifests/all.yaml", False)] * 3
    assert [each.message.split("`")[1] for each in told] == ["late", "ended", "sleeps"]
    old.perform(loaded, old.plan(loaded))
    assert [each.message.split("`")[1] for each in old.plan(loaded).findings] == ["ended", "sleeps"]


def test_what_only_got_stuck_is_no_consent_for_another_that_says_the_same(old: World) -> None:
    old.backend.mood = ["busy"] * 3
    zeta = the_same(old, "zeta", at="2026-11-22T08:59:00")
    old.apply(zeta)
    assert rows(old) == {"zeta": [S.REJECTED]}
    plan = old.plan(old.declare(the_same(old, "alpha", at="2026-11-22T11:00:00"), zeta))
    assert [(each.name, each.consent) for each in (*plan.sends, *plan.coming)] == [
        ("zeta", ""),
        ("alpha", "--allow-repeats"),
    ]


def test_consent_outlives_an_edit_of_both_by_being_asked_once_more(old: World) -> None:
    def pair(body: str) -> list[dict[str, Any]]:
        made = [the_same(old, name, at=f"2026-11-22T1{hour}:00:00") for hour, name in enumerate(("first", "second"))]
        for each in made:
            each["spec"]["content"]["body"] = body
        return made

    for body in ("one", "two"):
        loaded = old.declare(*pair(body))
        assert old.plan(loaded).blocked
        old.perform(loaded, consented(old.plan(loaded), {"--allow-repeats"}))
        assert old.plan(loaded).is_empty
        assert not old.plan(loaded).blocked
    Days(old, looped(old, loaded)).live(hours=4)
    assert rows(old) == {"first": [S.CONFIRMED], "second": [S.CONFIRMED]}
