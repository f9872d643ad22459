"""Leases: one holder at a time, all or none, a fence that only grows, and nothing written by whoever lost one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.engine.holder import holder, is_dead
from reconciler.errors import LedgerLocked
from reconciler.ledger.sql import SqlLedger
from reconciler.model.lease import Lease
from reconciler.model.send import SendState
from tests.ledger.place import OTHER, WHERE, Place, change, claimed, row

SPAWN = multiprocessing.get_context("spawn")


def never(lease: Lease) -> bool:
    """Nobody is known to be dead."""
    del lease
    return False


def always(lease: Lease) -> bool:
    """Whoever holds a lease is gone: the shortest way to lose one."""
    del lease
    return True


def by_process(lease: Lease) -> bool:
    return is_dead(lease.holder)


def take(ledger: SqlLedger, *coordinates: str, is_dead: Callable[[Lease], bool] = never, seconds: float = 15) -> Lease:
    return ledger.acquire(coordinates or [WHERE], holder(), is_dead, seconds)[0]


def refusal(act: Callable[[], object]) -> LedgerLocked:
    with pytest.raises(LedgerLocked) as refused:
        act()
    assert refused.value.exit_code == 6
    return refused.value


def test_a_lease_says_who_holds_what_until_when(ledger: SqlLedger, second: SqlLedger) -> None:
    take(ledger, WHERE, OTHER, seconds=15)
    first, last = second.leases()
    assert (first.coordinates, last.coordinates) == (OTHER, WHERE)
    assert first.lease_id == last.lease_id
    assert first.holder_words.startswith(f"process {os.getpid()} on ")
    assert 10 < first.seconds_left <= 15
    # Of the server's clock, which is read for each of the two.
    assert (first.expires_at - first.heartbeat_at).total_seconds() == pytest.approx(15, abs=0.1)


def test_what_is_held_is_refused_by_name(ledger: SqlLedger, second: SqlLedger) -> None:
    lease = take(ledger)
    refused = refusal(lambda: take(second))
    assert refused.code == "RC713"
    assert all(word in refused.message for word in (WHERE, f"process {os.getpid()} on", lease.lease_id))
    assert "lock status" in refused.hint


def test_all_of_several_are_taken_or_none(ledger: SqlLedger, second: SqlLedger) -> None:
    take(ledger, OTHER)
    refusal(lambda: take(second, "appcenter/contoso/a", OTHER, WHERE))
    assert [lease.coordinates for lease in ledger.leases()] == [OTHER]
    second.move(claimed(second, row()), SendState.DISPATCHED)  # and nothing is thought to be held


def test_what_is_given_back_is_free(ledger: SqlLedger, second: SqlLedger) -> None:
    take(ledger)
    ledger.release()
    assert not second.leases()
    take(second)


def test_a_fence_grows_with_every_change_of_hands(ledger: SqlLedger, second: SqlLedger) -> None:
    fences = []
    for holds in (ledger, second, ledger):
        fences.append(take(holds).fence)
        holds.release()
    fences.append(take(second).fence)
    second.break_lease(second.leases()[0].lease_id)
    fences.append(take(ledger).fence)
    assert fences == sorted(set(fences))


def test_an_expired_lease_is_taken_over(ledger: SqlLedger, second: SqlLedger) -> None:
    first = take(ledger, seconds=0.05)
    time.sleep(0.1)
    assert second.leases()[0].seconds_left < 0
    assert take(second).fence > first.fence


def test_a_heartbeat_keeps_a_lease(ledger: SqlLedger, second: SqlLedger) -> None:
    take(ledger, seconds=2)
    for _ in range(6):
        time.sleep(0.5)
        ledger.renew()
    assert refusal(lambda: take(second)).code == "RC713"


def test_a_write_is_a_heartbeat(ledger: SqlLedger, second: SqlLedger) -> None:
    take(ledger, seconds=5)
    before = second.leases()[0].heartbeat_at
    time.sleep(0.01)
    ledger.claim(row())
    assert second.leases()[0].heartbeat_at > before


WRITES: dict[str, Callable[[SqlLedger], object]] = {
    "claim": lambda ledger: ledger.claim(row(1)),
    "move": lambda ledger: ledger.move(replace(row(), state=SendState.CLAIMED, fence=1), SendState.DISPATCHED),
    "put": lambda ledger: ledger.put(row(1, state=SendState.CONFIRMED), "test"),
    "announce": lambda ledger: ledger.announce(row(1)),
    "intend": lambda ledger: ledger.intend(WHERE, [change("b")]),
    "settle": lambda ledger: (ledger.settle(WHERE, change("a"), "a"), ledger.flush()),
    "renew": lambda ledger: ledger.renew(),
}


@pytest.mark.parametrize("loss", ["taken over", "expired and taken over", "released by an operator", "row removed"])
@pytest.mark.parametrize("write", WRITES)
def test_whoever_lost_a_lease_writes_nothing_more(
    place: Place, ledger: SqlLedger, second: SqlLedger, write: str, loss: str
) -> None:
    lease = take(ledger, seconds=0.02 if loss == "expired and taken over" else 15)
    if loss != "expired and taken over":
        ledger.intend(WHERE, [change("a")])
    claimed(ledger, row())
    match loss:
        case "taken over":
            take(second, is_dead=always)
        case "expired and taken over":
            time.sleep(0.05)
            take(second)
        case "released by an operator":
            assert [each.coordinates for each in second.break_lease(lease.lease_id)] == [WHERE]
        case _:
            place.by_hand("DELETE FROM leases")
    before = (place.count(), place.by_hand("SELECT * FROM sends"), place.by_hand("SELECT * FROM recorded"))

    lost = refusal(lambda: WRITES[write](ledger))

    assert lost.code == "RC714"
    assert WHERE in lost.message
    assert before == (place.count(), place.by_hand("SELECT * FROM sends"), place.by_hand("SELECT * FROM recorded"))
    assert refusal(lambda: WRITES[write](ledger)).code == "RC714"  # and it does not come back by itself
    assert ledger.broken_at() is None


def test_a_lost_lease_of_one_app_does_not_stop_writes_about_another(ledger: SqlLedger, second: SqlLedger) -> None:
    take(ledger, WHERE, OTHER)
    take(second, WHERE, is_dead=always)
    ledger.claim(row(1, coordinates=OTHER))
    refusal(lambda: ledger.claim(row(2)))


def test_giving_back_a_lease_that_was_lost_leaves_the_new_holder_alone(ledger: SqlLedger, second: SqlLedger) -> None:
    take(ledger)
    lease = take(second, is_dead=always)
    ledger.release()
    assert [each.lease_id for each in second.leases()] == [lease.lease_id]
    second.claim(row())


def test_an_expired_lease_that_nobody_took_is_still_good(ledger: SqlLedger) -> None:
    take(ledger, seconds=0.02)
    time.sleep(0.05)
    ledger.claim(row())


def test_a_lease_is_broken_once(ledger: SqlLedger) -> None:
    lease = take(ledger, WHERE, OTHER)
    assert [each.coordinates for each in ledger.break_lease(lease.lease_id)] == [OTHER, WHERE]
    assert ledger.break_lease(lease.lease_id) == []
    assert ledger.leases() == []


def test_changes_of_hands_stand_in_the_chain(place: Place, ledger: SqlLedger) -> None:
    ledger.break_lease(take(ledger).lease_id)
    ledger.claim(row(1, coordinates=OTHER))
    events = [event for (event,) in place.by_hand("SELECT event FROM entries ORDER BY seq")]
    assert events == ["lease-taken", "lease-broken", "send-claimed"]
    assert ledger.moved_since(0, [WHERE]) == ""
    assert ledger.broken_at() is None


# Who is dead.


def test_this_process_lives_and_one_of_its_number_from_before_does_not() -> None:
    host, number, start, machine = holder().split(" ")
    assert not is_dead(holder())
    assert is_dead(f"{host} {number} {int(start) - 1} {machine}")


@pytest.mark.parametrize("other", ["host", "machine", "no machine"])
def test_a_process_of_another_machine_may_live(other: str) -> None:
    host, number, start, machine = holder().split(" ")
    gone = {
        "host": f"not-{host} {number} 1 {machine}",
        "machine": f"{host} {number} 1 another-boot/pid:[1]",
        "no machine": f"{host} {number} 1",
    }
    assert is_dead(f"{host} {number} {int(start) - 1} {machine}")
    assert not is_dead(gone[other])


def _hold(place: Place, answers: Any) -> None:
    ledger = place.open()
    take(ledger)
    answers.put(holder())
    time.sleep(60)


def test_a_holder_that_was_killed_is_succeeded_at_once(place: Place, ledger: SqlLedger) -> None:
    answers = SPAWN.Queue()
    process = SPAWN.Process(target=_hold, args=(place, answers))
    process.start()
    answers.get(timeout=60)
    assert refusal(lambda: take(ledger, is_dead=by_process)).code == "RC713"
    process.kill()
    process.join(30)
    began = time.monotonic()
    assert take(ledger, is_dead=by_process).fence == 2
    assert time.monotonic() - began < 5


def _pause(place: Place, answers: Any, orders: Any) -> None:
    ledger = place.open()
    take(ledger, seconds=0.3)
    record = claimed(ledger, row())
    answers.put("held")
    orders.get(timeout=60)
    try:
        ledger.move(record, SendState.DISPATCHED)
    except LedgerLocked as lost:
        answers.put(lost.code)
    else:
        answers.put("sent")


def test_a_process_that_was_paused_past_its_lease_sends_nothing(place: Place, ledger: SqlLedger) -> None:
    answers, orders = SPAWN.Queue(), SPAWN.Queue()
    process = SPAWN.Process(target=_pause, args=(place, answers, orders))
    process.start()
    assert answers.get(timeout=60) == "held"
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(0.35)
    take(ledger, is_dead=by_process)
    orders.put("go")
    os.kill(process.pid, signal.SIGCONT)
    assert answers.get(timeout=60) == "RC714"
    process.join(30)
    assert ledger.all_sends()[0].state is SendState.CLAIMED


# Several at once.


def test_of_many_that_want_overlapping_apps_one_holds_each_at_a_time(place: Place) -> None:
    apps = [f"appcenter/contoso/{number}" for number in range(4)]
    inside: list[str] = []
    failures: list[str] = []
    turns: list[int] = []

    def want(number: int) -> None:
        ledger = place.open()
        mine = [apps[number % 4], apps[(number + 1) % 4]][:: 1 if number % 2 else -1]
        until = time.monotonic() + 20
        done = 0
        while done < 4 and time.monotonic() < until:
            try:
                take(ledger, *mine)
            except LedgerLocked as refused:
                if refused.code != "RC713":
                    failures.append(refused.message)
                time.sleep(0.002)
                continue
            if set(mine) & set(inside):
                failures.append(f"{mine} and {inside}")
            inside.extend(mine)
            time.sleep(0.001)
            for app in mine:
                inside.remove(app)
            ledger.release()
            done += 1
        turns.append(done)
        ledger.close()

    place.open().close()
    threads = [threading.Thread(target=want, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert turns == [4] * 4
    assert place.broken() is None
