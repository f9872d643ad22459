"""Every way in which the sandbox breaks a request: nothing is delivered twice, and what is known is acted upon."""

from __future__ import annotations

import pytest

from reconciler.model.send import SendState
from tests.support.project import audience, notification, phone
from tests.support.shop import Shop

PUSH = "/push/notifications"
CONFIRMED, REJECTED = SendState.CONFIRMED, SendState.REJECTED

SEND_FAULTS = [
    # effect, more of the rule, exit code of the run, what the ledger says then
    ("error-before", {}, 8, SendState.NEEDS_DECISION),
    ("error-before", {"status": 503}, 8, SendState.NEEDS_DECISION),
    ("error-after", {}, 0, CONFIRMED),
    ("error-after", {"status": 504}, 0, CONFIRMED),
    ("drop-before", {}, 8, SendState.NEEDS_DECISION),
    ("drop-after", {}, 0, CONFIRMED),
    ("delay", {"seconds": 0.2}, 0, CONFIRMED),
    ("throttle", {"retry_after": 0}, 0, CONFIRMED),
    ("throttle", {"retry_after": None}, 0, CONFIRMED),
    ("throttle", {"retry_after": 3600}, 1, REJECTED),
]


@pytest.mark.parametrize(("effect", "more", "code", "state"), SEND_FAULTS, ids=str)
def test_a_send_that_breaks_is_made_once_at_most_and_told_of(
    shop: Shop, effect: str, more: dict[str, object], code: int, state: SendState
) -> None:
    shop.seed("US")
    shop.declare(notification("sale"))
    shop.break_("POST", PUSH, effect, nth=1, **more)

    ended = shop.apply()

    assert ended.code == code, ended.said
    assert shop.states() == {"sale/0": state}
    assert shop.faults_hit() == 1
    shop.mend()
    shop.heal()
    shop.assert_all_heard_once("sale")


@pytest.mark.parametrize("effect", ["error-before", "error-after", "drop-before", "drop-after"])
def test_a_send_that_always_breaks_asks_once_more_on_every_run_and_never_goes_by_itself(
    shop: Shop, effect: str
) -> None:
    shop.declare(notification("sale"))
    shop.break_("POST", PUSH, effect)
    codes = [shop.apply().code for _ in range(3)]
    assert codes == ([0, 0, 0] if effect.endswith("after") else [8, 8, 8])
    assert sum(method == "POST" and path == PUSH for method, path, _ in shop.requests()) == 1


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("effect", ["drop-before", "drop-after"])
def test_one_broken_request_of_three_is_settled_and_the_others_are_made_once(shop: Shop, nth: int, effect: str) -> None:
    shop.declare(notification("direct", {"devices": [phone(number) for number in range(201)]}))
    shop.break_("POST", PUSH, effect, nth=nth)
    shop.heal()
    shop.assert_all_heard_once("direct", "direct", "direct")


def test_an_unknown_send_holds_the_later_ones_until_it_is_decided(shop: Shop) -> None:
    shop.declare(notification("first"), notification("second"))
    shop.break_("POST", PUSH, "drop-before", nth=1)
    assert shop.apply().code == 8
    assert shop.states() == {"first/0": SendState.NEEDS_DECISION, "second/0": SendState.HELD}
    assert shop.apply().code == 8
    assert not shop.heard()
    shop.heal()
    shop.assert_all_heard_once("first", "second")


def test_an_abandoned_send_is_never_made_and_the_held_one_is(shop: Shop) -> None:
    shop.declare(notification("first"), notification("second"))
    shop.break_("POST", PUSH, "drop-before", nth=1)
    assert shop.apply().code == 8
    key = next(row.send_key for row in shop.rows() if row.name == "first")
    assert shop.run("sends", "resolve", key, "--abandon").code == 0
    assert shop.apply().code == 0
    shop.assert_all_heard_once("second")


AUDIENCE_FAULTS = [
    ("error-before", {}),
    ("error-after", {}),
    ("drop-before", {}),
    ("drop-after", {}),
    ("delay", {"seconds": 0.2}),
    ("throttle", {"retry_after": 0}),
    ("throttle", {"retry_after": None}),
]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/analytics/audiences/us"),
        ("GET", "/analytics/audiences?include_disabled=true"),
        ("GET", "/analytics/audiences/us"),
    ],
    ids=["put", "list", "details"],
)
@pytest.mark.parametrize(("effect", "more"), AUDIENCE_FAULTS, ids=str)
def test_a_request_of_an_audience_that_breaks_once_is_repeated(
    shop: Shop, method: str, path: str, effect: str, more: dict[str, object]
) -> None:
    shop.seed("US")
    shop.declare(audience("us"), notification("sale", {"audiences": ["us"]}))
    shop.break_(method, path, effect, nth=1, **more)
    ended = shop.apply()
    assert ended.code == 0, ended.said
    assert shop.faults_hit() == 1
    shop.assert_all_heard_once("sale")


@pytest.mark.parametrize("effect", ["error-before", "error-after", "drop-before", "drop-after"])
def test_an_audience_that_cannot_be_put_is_not_pushed_to_and_the_next_run_needs_no_consent(
    shop: Shop, effect: str
) -> None:
    shop.declare(audience("us"), notification("sale", {"audiences": ["us"]}))
    shop.break_("PUT", "/analytics/audiences/us", effect)
    ended = shop.apply()
    assert ended.code in (1, 7), ended.said
    assert not shop.heard()
    shop.mend()
    assert shop.apply().code == 0
    shop.assert_all_heard_once("sale")


@pytest.mark.parametrize(
    "path", ["/analytics/audiences?*", "/analytics/audiences/metadata/*", "/analytics/audiences/us"]
)
@pytest.mark.parametrize("effect", ["error-before", "drop-before"])
def test_what_cannot_be_read_is_never_taken_for_absent(shop: Shop, path: str, effect: str) -> None:
    shop.declare(audience("us"))
    assert shop.apply().code == 0
    shop.put("us", "CarrierCountry eq 'FR'")  # drift, so that details are read
    before = shop.writes()
    shop.break_("GET", path, effect)
    ended = shop.apply("--allow-deletes", "--adopt")
    assert ended.code == 1, ended.said
    assert shop.writes() == before
    shop.mend()
    assert shop.apply().code == 0
    assert shop.plan_is_empty()


def test_a_listing_that_cannot_be_read_sends_nothing(shop: Shop) -> None:
    shop.declare(notification("sale"))
    shop.break_("GET", "/push/notifications*", "error-before")
    ended = shop.apply()
    assert ended.code == 1, ended.said
    shop.mend()
    assert not shop.heard()
    assert shop.apply().code == 0
    shop.assert_all_heard_once("sale")
