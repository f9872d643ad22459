"""The crash matrix: whatever fails at a point of a send (P0 to P10), on either database, under every fault of the
backend, nobody is pushed to twice, nothing is lost unseen, and the next run does what its table says.

The table is that of `facts/plan-apply-tools.md` §3.8. Everything is real: processes, signals, sandbox, databases.
A sample of the product by default; all of it with RECONCILER_CRASH_FULL (`make crash`).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from reconciler.model.send import SendState
from tests.support.matrix import SENDS, Fault, Housed
from tests.support.postgres import Server
from tests.support.processes import Forks, Process

FULL = bool(os.environ.get("RECONCILER_CRASH_FULL"))
SAMPLED = 9
"""Of the points under a fault, every so-manyth is in the sample; without a fault, all are."""

S = SendState
Left = SendState | None
"""Where the first send stands in the ledger once something has failed; None: the ledger knows nothing of it."""

STEPS = ("consume", "flush", "claim", "move DISPATCHED", "POST", "move ACCEPTED", "move CONFIRMED")
"""Of a run's first send; where its push breaks, another `move` follows the POST, in the same place."""
CONSUME, _, CLAIM, DISPATCH, POST, OUTCOME, _ = range(len(STEPS))

FAULTS: Mapping[str, Fault] = {
    "none": Fault([], True, S.ACCEPTED),
    "delay": Fault([{"effect": "delay", "seconds": 0.1}], True, S.ACCEPTED),
    "delay beyond patience": Fault([{"effect": "delay", "seconds": 2.0}], True, S.UNKNOWN, asks=True, timeout=0.6),
    "throttle": Fault([{"effect": "throttle", "retry_after": 0}], False, S.REJECTED),
    "error-before": Fault([{"effect": "error-before", "status": 503}], False, S.UNKNOWN, asks=True),
    "error-after": Fault([{"effect": "error-after"}], True, S.UNKNOWN),
    "drop-before": Fault([{"effect": "drop-before"}], False, S.UNKNOWN, asks=True),
    "drop-after": Fault([{"effect": "drop-after"}], True, S.UNKNOWN),
}


def killed(at: tuple[int, str], left: Left, shop: Housed, fault: Fault) -> Left:
    ended = shop.apply(kill=at)
    assert ended.code == -9, ended.said
    return fault.told if at == (OUTCOME, "after") else left


def killed_under_way(shop: Housed, fault: Fault) -> Left:
    shop.break_first_push(fault, seconds=1.0)
    assert shop.apply_under_way().kill().code == -9
    return S.DISPATCHED


def cut_off_before(step: int, how: Callable[[Housed, Process], None], code: int, shop: Housed, fault: Fault) -> Left:
    """P6: the ledger is gone before the push: it is not made."""
    process = shop.apply_stopped((step, "before"))
    how(shop, process)
    ended = shop.continued(process)
    assert ended.code == code, ended.said
    assert shop.pushes_begun() == 0
    shop.give_back()
    return S.CLAIMED if step == DISPATCH else None


def cut_off_after(how: Callable[[Housed, Process], None], recovers: bool, shop: Housed, fault: Fault) -> Left:
    """P7: the ledger is gone once the push is answered: what was accepted is kept in a file."""
    process = shop.apply_stopped((OUTCOME, "before"))
    how(shop, process)
    ended = shop.continued(process)
    assert ended.code == 8, ended.said
    shop.give_back()
    records = [str(path) for path in shop.folder.glob("reconciler-emergency-*.json")]
    assert len(records) == ended.err.count("EMERGENCY RECORD") == (fault.told == S.ACCEPTED)
    if not recovers or not records:
        return S.DISPATCHED
    assert shop.code_of("sends", "recover", *records) == 0
    return S.CONFIRMED


def cut_off_for_a_moment(step: int, shop: Housed, fault: Fault) -> Left:
    """P6 and P7: the run waits for its ledger, and goes on as if nothing had been."""
    shop.is_patient = True
    process = shop.apply_stopped((step, "before"))
    if shop.server:
        shop.take_away(process)
    else:
        shop.lock(process)
    shop.wait_for_pushes()  # what is late has arrived by now, and its probe finds it
    asks = fault.asks and not (shop.pushes_begun() and fault.arrives)
    process.send_signal(signal.SIGCONT)
    time.sleep(0.3)
    shop.give_back()
    ended = process.wait()
    assert ended.code == (8 if asks else 0), ended.said
    return S.NEEDS_DECISION if asks else S.CONFIRMED


def paused_before_the_push(shop: Housed, fault: Fault) -> Left:
    """P8: nobody keeps the bytes back; but what is under way in a living process is nobody else's to send, and what became
    of it is written down, whoever has the lease by then.
    """
    process = shop.apply_stopped((POST, "before"))
    shop.break_lease()
    other = shop.apply()
    assert (other.code, shop.pushes_begun()) == (6, 0), other.said
    assert "RC712" in other.err
    ended = shop.continued(process)
    assert ended.code == {S.ACCEPTED: 7, S.UNKNOWN: 8, S.REJECTED: 6}[fault.told], ended.said
    assert shop.pushes_begun() == 1  # and nothing after it: its lease is lost
    return fault.told


def paused_in_mid_push(breaks: bool, shop: Housed, fault: Fault) -> Left:
    """P8: another run gets the lease, looks the push up, and sends nothing that is not certain."""
    shop.break_first_push(fault, seconds=1.0)
    process = shop.apply_under_way()
    process.send_signal(signal.SIGSTOP)
    shop.wait_for_pushes()
    if breaks:
        shop.break_lease()
    other = shop.apply("--lock-timeout", "0" if breaks else "40")
    assert other.code == (0 if fault.arrives else 6), other.said
    made = shop.pushes_begun()
    ended = shop.continued(process)
    assert ended.code in (6, 7, 8), ended.said
    assert shop.pushes_begun() == made == (2 if fault.arrives else 1)
    return S.CONFIRMED if fault.arrives else fault.told


def one_plan_twice(at: tuple[int, str] | None, loses: Collection[int], shop: Housed, fault: Fault) -> Left:
    """P9: two runs of one saved plan, the second while the first is stopped, or both at once."""
    assert shop.code_of("plan", "--out", "plan.json") == 0
    one = shop.apply_stopped(at, "plan.json") if at else shop.start("apply", "plan.json")
    other = shop.run("apply", "plan.json")
    wins = 8 if fault.asks else 0
    codes = sorted([shop.continued(one).code, other.code])
    assert codes in [sorted([wins, each]) for each in loses], other.said
    return S.NEEDS_DECISION if fault.asks else S.CONFIRMED


def restored(backup: Callable[[Housed], Callable[[], None]], shop: Housed, fault: Fault) -> Left:
    """P10: the ledger is older than the backend: nothing is sent until it knows what the backend shows."""
    shop.mend()
    shop.house(shop.ledger, "first")
    assert shop.apply().code == 0
    restore = backup(shop)
    shop.house(shop.ledger)
    shop.break_first_push(fault)
    assert shop.apply().code == (8 if fault.asks else 0)
    shop.wait_for_pushes()
    restore()
    before = shop.writes()
    if sum(shop.heard().values()) == len(SENDS):
        refused = shop.apply()
        assert refused.code == 1, refused.said
        assert "RC720" in refused.err
        assert shop.writes() == before
        assert shop.code_of("sends", "rebuild") == 0
    return S.CONFIRMED


POINTS: Mapping[str, Callable[[Housed, Fault], Left]] = {
    "P0 before the claim": partial(killed, (CLAIM, "before"), None),
    "P1 claimed": partial(killed, (CLAIM, "after"), S.CLAIMED),
    "P2 dispatched": partial(killed, (DISPATCH, "after"), S.DISPATCHED),
    "P3 in mid-push": killed_under_way,
    "P4 answered": partial(killed, (OUTCOME, "before"), S.DISPATCHED),
    "P5 written down": partial(killed, (OUTCOME, "after"), None),
    "P6 away before the claim": partial(cut_off_before, CLAIM, Housed.take_away, 1),
    "P6 away before the push": partial(cut_off_before, DISPATCH, Housed.take_away, 1),
    "P6 locked before the claim": partial(cut_off_before, CLAIM, Housed.lock, 6),
    "P6 locked before the push": partial(cut_off_before, DISPATCH, Housed.lock, 6),
    "P7 away after the push": partial(cut_off_after, Housed.take_away, False),
    "P7 away after the push, recovered": partial(cut_off_after, Housed.take_away, True),
    "P7 locked after the push": partial(cut_off_after, Housed.lock, False),
    "P6 away for a moment": partial(cut_off_for_a_moment, DISPATCH),
    "P7 away for a moment": partial(cut_off_for_a_moment, OUTCOME),
    "P8 paused before the push": paused_before_the_push,
    "P8 paused in mid-push": partial(paused_in_mid_push, True),
    "P8 paused until the lease is over": partial(paused_in_mid_push, False),
    "P9 at once": partial(one_plan_twice, None, (5, 6)),
    "P9 before one consumes it": partial(one_plan_twice, (CONSUME, "before"), (6,)),
    "P9 after one has consumed it": partial(one_plan_twice, (CONSUME, "after"), (5,)),
    "P10 an old export": partial(restored, Housed.exported),
    "P10 an old copy": partial(restored, Housed.copied),
}
SLOW = "P8 paused until the lease is over"
"""It takes as long as a lease does."""


def rows() -> Iterator[tuple[str, str, str]]:
    for number, (point, fault, database) in enumerate(product(POINTS, FAULTS, ("sqlite", "postgresql"))):
        if FULL or (point != SLOW and (fault == "none" or number % SAMPLED == 0)):
            yield point, fault, database


@pytest.fixture
def house(sandbox_url: str, forks: Forks, tmp_path: Path) -> Iterator[Callable[[Server | None], Housed]]:
    made: list[Housed] = []

    def build(server: Server | None) -> Housed:
        made.append(Housed(sandbox_url, tmp_path, forks, server))
        return made[0]

    yield build
    for each in made:
        each.close()


@pytest.mark.parametrize(("point", "fault", "database"), [*rows()], ids=str)
def test_whatever_fails_at_a_point_each_send_is_delivered_once_and_a_person_is_asked_where_nobody_can_know(
    house: Callable[[Server | None], Housed], request: pytest.FixtureRequest, point: str, fault: str, database: str
) -> None:
    shop = house(request.getfixturevalue("server") if database == "postgresql" else None)
    shop.break_first_push(FAULTS[fault])

    left = POINTS[point](shop, FAULTS[fault])

    shop.wait_for_pushes()
    shop.assert_never_twice()
    assert shop.states().get("first/0") == left
    asked = shop.asked(left, FAULTS[fault])
    assert shop.heal() == [8] * asked + [0]
    shop.assert_all_heard_once(*SENDS)
    assert set(shop.states().values()) == {S.CONFIRMED}


def test_the_steps_that_the_points_name_are_those_of_a_run(house: Callable[[Server | None], Housed]) -> None:
    shop = house(None)
    ended, steps = shop.forks.steps(shop.folder, "apply", "--auto-approve")
    assert ended.code == 0, ended.said
    assert tuple(steps[: len(STEPS)]) == STEPS
