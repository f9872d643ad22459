"""Nothing that has a schedule leaves by a clock that is wrong."""

from __future__ import annotations

import pytest

from reconciler.model.event import Happened
from reconciler.model.send import SendState
from tests.support.backend import FakeProvider
from tests.support.hours import Days, looped, timed
from tests.support.project import notification
from tests.support.world import World


class Skewed(FakeProvider):
    """A backend whose clock is not ours."""

    ahead: float | None = None

    def skew(self) -> float | None:
        return self.ahead


def skewed(world: World, ahead: float | None) -> Skewed:
    provider = Skewed(world.backend, "shop", world.clock, lambda _: None)
    provider.ahead = ahead
    return provider


@pytest.mark.parametrize("ahead", [121.0, -121.0, 3600.0])
def test_a_wrong_clock_sends_nothing_scheduled_until_it_is_right(world: World, ahead: float) -> None:
    provider = skewed(world, ahead)
    made = Days(world, looped(world, world.declare(timed("sale", at="2026-11-22T09:10:00", deadline="1h")), provider))
    made.live(minutes=30)
    assert not world.backend.heard()
    codes = {event.code for event in world.events if event.happened is Happened.FAILED}
    assert codes == {"RC412"}
    provider.ahead = 1.0
    made.live(minutes=2)
    assert world.states() == {"sale": SendState.CONFIRMED}


@pytest.mark.parametrize("ahead", [None, 0.0, 119.0, -119.0])
def test_a_clock_that_is_about_right_or_cannot_be_compared_sends(world: World, ahead: float | None) -> None:
    loaded = world.declare(timed("sale", at="2026-11-22T09:10:00"))
    Days(world, looped(world, loaded, skewed(world, ahead))).live(minutes=30)
    assert world.states() == {"sale": SendState.CONFIRMED}


def test_what_has_no_schedule_leaves_whatever_the_clock(world: World) -> None:
    loaded = world.declare(notification("now"))
    provider = skewed(world, 9999.0)
    run = world.perform(loaded, world.plan(loaded, provider=provider), provider)
    assert run.exit_code() == 0


def test_the_clock_of_a_rehearsal_is_not_meant_to_be_right(world: World) -> None:
    world.clock.is_driven = True
    loaded = world.declare(timed("sale", at="2026-11-22T09:10:00"))
    Days(world, looped(world, loaded, skewed(world, 1e6))).live(minutes=30)
    assert world.states() == {"sale": SendState.CONFIRMED}


def test_a_backend_that_has_not_said_what_time_it_is_is_asked(world: World) -> None:
    asked: list[str] = []

    class Silent(Skewed):
        def identity(self) -> dict[str, str]:
            asked.append("identity")
            self.ahead = 3600.0  # as the answer has it
            return {}

    provider = Silent(world.backend, "shop", world.clock, lambda _: None)
    made = Days(world, looped(world, world.declare(timed("sale", at="2026-11-22T09:10:00")), provider))
    made.live(minutes=10, seconds=10)
    assert asked == ["identity"]
    assert not world.backend.heard()
