"""A run is killed at every step around every effect: nobody is pushed to twice, and the next run heals or asks."""

from __future__ import annotations

import pytest

from reconciler.model.send import SendState
from tests.support.project import audience, notification, phone
from tests.support.shop import Shop

_SEND = ("claim", "move DISPATCHED", "POST", "move ACCEPTED", "move CONFIRMED")
STEPS = ("consume", "intend", "PUT", "settle", "flush", *_SEND, *_SEND, *_SEND, "flush")
"""Every durable write and every effect of an apply of one audience, one send to it, and one of two requests."""

POINTS = [(number, when, what) for number, what in enumerate(STEPS) for when in ("before", "after")]


def declared(shop: Shop) -> None:
    shop.seed("US", "US", "FR")
    devices = [phone(number) for number in range(101)]
    shop.declare(
        audience("us"),
        notification("sale", {"audiences": ["us"]}),
        notification("direct", {"devices": devices}),
    )


def test_the_steps_that_are_killed_at_are_all_there_are(shop: Shop) -> None:
    declared(shop)
    ended, steps = shop.forks.steps(shop.folder, "apply", "--auto-approve")
    assert ended.code == 0, ended.said
    assert tuple(steps) == STEPS


@pytest.mark.parametrize(("number", "when", "what"), POINTS, ids=str)
def test_a_run_that_is_killed_at_any_step_is_healed_by_the_next_one_or_asked_about(
    shop: Shop, number: int, when: str, what: str
) -> None:
    declared(shop)
    killed = shop.apply(kill=(number, when))
    assert killed.code == -9, killed.said
    shop.assert_never_twice()
    left = set(shop.states().values())

    codes = shop.heal()

    # Only where the request may have left, and the backend does not show it, is a person asked.
    is_asked = SendState.DISPATCHED in left and (when, what) in (("before", "POST"), ("after", "move DISPATCHED"))
    assert codes == ([8, 0] if is_asked else [0])
    shop.assert_all_heard_once("sale", "direct", "direct")


@pytest.mark.parametrize(("number", "when", "what"), [p for p in POINTS if p[0] in range(5, 10)], ids=str)
def test_a_second_run_killed_at_the_same_step_changes_nothing_about_it(
    shop: Shop, number: int, when: str, what: str
) -> None:
    del what
    declared(shop)
    assert shop.apply(kill=(number, when)).code == -9
    shop.apply(kill=(number - 5, when))  # without the audience's five steps
    shop.heal()
    shop.assert_all_heard_once("sale", "direct", "direct")


@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("when", ["before", "after"])
def test_changes_of_audiences_that_are_killed_at_any_step_are_healed_without_consent_to_adopt(
    shop: Shop, number: int, when: str
) -> None:
    shop.declare(audience("kept"), audience("gone"))
    assert shop.apply().code == 0
    shop.declare(audience("kept", "CarrierCountry eq 'FR'"), audience("new"))
    killed = shop.apply("--allow-deletes", kill=(number, when))
    assert killed.code == -9, killed.said
    shop.rows()

    ended = shop.apply("--allow-deletes")

    assert ended.code == 0, ended.said
    assert shop.names() == {"kept", "new"}
    assert shop.plan_is_empty()
