"""Lists of devices that grow, shrink or change while a send of several requests is under way or waits: nobody hears it
twice, and nothing of it is lost out of sight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.model.send import SendState
from tests.support.hours import looped, moves_are_of_the_table, timed
from tests.support.project import phone
from tests.support.world import World

__all__ = ["moves_are_of_the_table"]

S = SendState
HALF_PAST_NINE = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOURLY = {"cron": "0 * * * *", "deadline": "30m"}
AT_TEN = {"at": "2026-11-22T10:00:00", "deadline": "30m"}


class Died(BaseException):
    """The process is no more."""


@pytest.fixture
def old(world: World) -> World:
    """A world whose ledger has been there for long, half an hour before ten."""
    world.clock.time = HALF_PAST_NINE
    world.ledger.begin(HALF_PAST_NINE - timedelta(days=30))
    world.ledger.initialise()
    return world


def phones(*numbers: int) -> dict[str, Any]:
    return {"devices": [phone(number) for number in numbers]}


def heard(world: World) -> Counter[str]:
    return Counter(each for made, _ in world.backend.notifications for each in made.target.get("devices", ()))


def states(world: World) -> list[SendState]:
    return [row.state for row in sorted(world.ledger.all_sends(), key=lambda row: (row.occurrence, row.part))]


def ten_past_ten(world: World) -> None:
    world.clock.time = HALF_PAST_NINE + timedelta(minutes=40)


def applied(world: World, document: Mapping[str, Any]) -> None:
    world.apply(document)


def turned(world: World, document: Mapping[str, Any]) -> None:
    looped(world, world.declare(document)).turn()


def dies_after(world: World, document: Mapping[str, Any], requests: int) -> None:
    """An apply whose process dies between two requests."""
    made: list[str] = []

    def step(what: str) -> None:
        made.extend([what] * (what == "after send"))
        if what == "prepare" and len(made) == requests:
            raise Died

    loaded = world.declare(document)
    with pytest.raises(Died):
        world.perform(loaded, world.plan(loaded), world.backend.provider("shop", world.clock, step))


@pytest.mark.parametrize("pauses", [False, True], ids=["edited", "suspended in between"])
def test_a_list_that_shrinks_while_it_waits_is_sent_at_its_time(old: World, pauses: bool) -> None:
    old.apply(timed("n", phones(*range(150)), **HOURLY))
    if pauses:
        old.apply(timed("n", phones(*range(150)), suspend=True, **HOURLY))
    old.apply(timed("n", phones(*range(50)), **HOURLY))
    ten_past_ten(old)
    old.apply(timed("n", phones(*range(50)), **HOURLY))
    assert heard(old) == Counter(phones(*range(50))["devices"])


def test_a_list_that_grows_while_it_waits_and_a_death_lose_no_request(old: World) -> None:
    old.apply(timed("n", phones(*range(150)), **HOURLY))
    grown = timed("n", phones(*range(250)), **HOURLY)
    ten_past_ten(old)
    dies_after(old, grown, requests=2)
    assert states(old)[:3] == [S.CONFIRMED, S.CONFIRMED, S.PLANNED]
    old.apply(grown)
    assert heard(old) == Counter(phones(*range(250))["devices"])


@pytest.mark.parametrize("schedule", [AT_TEN, HOURLY], ids=["at", "cron"])
@pytest.mark.parametrize("after", [applied, turned])
def test_what_was_sent_in_part_and_is_edited_then_is_not_sent_further_until_it_is_restored(
    old: World, schedule: Mapping[str, Any], after: Callable[[World, Mapping[str, Any]], None]
) -> None:
    document = timed("n", phones(*range(150)), **schedule)
    old.apply(document)
    ten_past_ten(old)
    dies_after(old, document, requests=1)
    edited = timed("n", phones(900, *range(150)), body="other", **schedule)
    after(old, edited)
    assert heard(old) == Counter(phones(*range(100))["devices"])
    after(old, document)
    assert heard(old) == Counter(phones(*range(150))["devices"])


@pytest.mark.parametrize("schedule", [AT_TEN, HOURLY], ids=["at", "cron"])
def test_what_is_left_of_an_edited_send_expires_in_sight(old: World, schedule: Mapping[str, Any]) -> None:
    document = timed("n", phones(*range(150)), **schedule)
    old.apply(document)
    ten_past_ten(old)
    dies_after(old, document, requests=1)
    edited = timed("n", phones(900, *range(150)), **schedule)
    told = old.plan(old.declare(edited))
    assert [(each.code, each.is_error) for each in told.findings] == [("RC511", "at" in schedule)]
    turned(old, edited)
    assert any("restore that" in event.detail for event in old.events)
    old.clock.sleep(3000)
    turned(old, edited)
    assert states(old)[:2] == [S.CONFIRMED, S.EXPIRED]


def test_the_unknown_request_of_an_edited_send_is_settled_and_holds_its_app(old: World) -> None:
    document = timed("n", phones(*range(250)), **AT_TEN)
    old.apply(document)
    ten_past_ten(old)
    old.backend.mood = ["accept", "lose-answer"]
    old.backend.hidden = set()
    dies_after(old, document, requests=1)
    old.backend.mood = ["lose-request"]
    old.apply(document)
    assert states(old) == [S.CONFIRMED, S.NEEDS_DECISION, S.PLANNED]
    shorter = timed("n", phones(*range(90)), **AT_TEN)
    turned(old, shorter)
    assert states(old) == [S.CONFIRMED, S.NEEDS_DECISION, S.PLANNED]
    assert heard(old) == Counter(phones(*range(100))["devices"])
    behind = timed("behind", at="2026-11-22T10:05:00", deadline="30m")
    (held,) = (each for each in old.plan(old.declare(shorter, behind)).sends if each.name == "behind")
    assert held.state is S.HELD
    (undecided,) = (row for row in old.ledger.all_sends() if row.state is S.NEEDS_DECISION)
    old.ledger.move(undecided, S.CONFIRMED, detail="a person says so")
    old.clock.sleep(3600)
    turned(old, shorter)
    assert states(old) == [S.CONFIRMED, S.CONFIRMED, S.WITHDRAWN]
    assert old.plan(old.declare(shorter)).is_empty


@pytest.mark.parametrize(("before", "after"), [(150, 250), (50, 250), (250, 50)])
@pytest.mark.parametrize("schedule", [AT_TEN, HOURLY], ids=["at", "cron"])
def test_a_list_that_changes_while_it_waits_comes_to_rest(
    old: World, schedule: Mapping[str, Any], before: int, after: int
) -> None:
    old.apply(timed("n", phones(*range(before)), **schedule))
    changed = timed("n", phones(*range(after)), **schedule)
    old.apply(changed)
    assert old.plan(old.declare(changed)).is_empty
    ten_past_ten(old)
    old.apply(changed)
    assert heard(old) == Counter(phones(*range(after))["devices"])


def test_a_list_cut_while_it_is_partly_sent_is_finished_once_it_is_restored(old: World) -> None:
    document = timed("n", phones(*range(150)), **HOURLY)
    old.apply(document)
    ten_past_ten(old)
    dies_after(old, document, requests=1)
    for _ in range(2):
        old.apply(timed("n", phones(*range(50)), **HOURLY))
    old.apply(document)
    assert heard(old) == Counter(phones(*range(150))["devices"])
