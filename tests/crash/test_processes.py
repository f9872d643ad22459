"""Whole processes: killed at random, two at once, told to stop, on a full disk, and with a ledger lost or old."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.send import SendState
from tests.support.processes import ROOT, Forks
from tests.support.project import audience, notification, phone
from tests.support.shop import PUSH, Shop, wait_until

RUNS = int(os.environ.get("RECONCILER_CRASH_RUNS", "8"))


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_run_that_is_killed_at_any_moment_is_healed_or_asked_about(
    shop: Shop, seed: int, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(seed)
    shop.seed("US", "US", "FR")
    shop.declare(
        audience("us"),
        audience("fr", "CarrierCountry eq 'FR'"),
        notification("sale", {"audiences": ["us"]}),
        notification("direct", {"devices": [phone(number) for number in range(201)]}),
        notification("all"),
    )
    effect = chance.choice(["delay", "delay", "drop-after", "error-before", "none"])
    if effect == "none":
        shop.break_("POST", PUSH, "delay", seconds=0)  # it only counts
    else:
        more = {"seconds": chance.choice([0.01, 0.1, 0.3])} if effect == "delay" else {"nth": chance.randint(1, 4)}
        shop.break_("POST", PUSH, effect, **more)
    for _ in range(chance.randint(1, 3)):
        process = shop.start("apply", "--auto-approve")
        time.sleep(chance.uniform(0.0, 1.0) ** 2)
        record_property("ended", process.kill().code)
    shop.wait_for_pushes()
    shop.mend()
    if shop.ledger_file().exists():
        shop.rows()
    record_property("healed", shop.heal(runs=8))
    shop.assert_all_heard_once("sale", "direct", "direct", "direct", "all")


def test_a_process_killed_while_its_request_is_under_way_does_not_send_again(shop: Shop) -> None:
    # The whole program as a person starts it, without the driver of the other tests.
    shop.declare(notification("sale"))
    shop.break_("POST", PUSH, "delay", seconds=3)
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "apply", "--auto-approve"],
        cwd=shop.folder,
        env={**os.environ, "APPCENTER_TOKEN": "t", "CI": "", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: shop.ledger_file().exists() and SendState.DISPATCHED in shop.states().values(), 60)
    wait_until(lambda: shop.faults_hit() == 1)
    process.kill()
    process.wait()
    wait_until(lambda: bool(shop.heard()))
    assert shop.apply().code == 0
    shop.assert_all_heard_once("sale")


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.5])
def test_two_runs_at_once_deliver_once(shop: Shop, delay: float) -> None:
    shop.declare(audience("us"), notification("sale", {"audiences": ["us"]}), notification("all"))
    shop.break_("POST", PUSH, "delay", seconds=delay)
    both = [shop.start("apply", "--auto-approve") for _ in range(2)]
    codes = sorted(process.wait().code for process in both)
    # The second one finds the app held, or what it planned done by the first.
    assert codes[0] == 0 or codes[1] in (5, 6, 7), codes
    assert all(code in (0, 5, 6, 7) for code in codes), codes
    shop.mend()
    assert shop.apply().code == 0
    shop.assert_all_heard_once("sale", "all")


def test_a_second_run_leaves_a_request_alone_that_is_under_way_in_a_living_one(shop: Shop) -> None:
    shop.declare(notification("sale"))
    shop.break_("POST", PUSH, "delay", seconds=4, nth=1)
    first = shop.start("apply", "--auto-approve")
    wait_until(lambda: shop.faults_hit() == 1)
    second = shop.apply()
    assert second.code == 6, second.said
    assert "RC713" in second.err
    patient = shop.start("apply", "--auto-approve", "--lock-timeout", "30")
    key = shop.rows()[0].send_key
    refused = shop.run("sends", "resolve", key, "--mark-not-sent")
    assert refused.code != 0
    assert "RC712" in refused.err
    assert first.wait().code == 0
    waited = patient.wait()
    assert waited.code in (0, 5), waited.said  # it planned before the first one had ended, or after
    shop.assert_all_heard_once("sale")


def test_a_run_that_was_killed_does_not_keep_the_next_one_waiting(shop: Shop) -> None:
    shop.declare(*(audience(f"a{number:02}") for number in range(8)))
    shop.break_("PUT", "/analytics/audiences/*", "delay", seconds=4, nth=1)
    first = shop.start("apply", "--auto-approve")
    wait_until(lambda: shop.faults_hit() == 1)
    assert "process" in shop.run("lock", "status").out
    first.kill()
    shop.mend()
    assert shop.apply().code == 0
    assert shop.run("lock", "status").out == "Nobody holds a lease.\n"


def test_a_run_whose_lease_is_released_sends_nothing_more(shop: Shop) -> None:
    shop.declare(notification("first"), notification("second"))
    shop.break_("POST", PUSH, "delay", seconds=4, nth=1)
    first = shop.start("apply", "--auto-approve")
    wait_until(lambda: shop.faults_hit() == 1)
    lease = json.loads(shop.run("lock", "status", "--json").out)["leases"][0]["lease_id"]
    assert shop.run("lock", "release", lease).code == 0
    ended = first.wait()
    # What became of the request that was under way is written down, whoever holds the lease by now.
    assert (ended.code, shop.states()["first/0"]) == (7, SendState.ACCEPTED), ended.said
    assert sum(shop.heard().values()) == 1
    shop.mend()
    assert shop.apply().code == 0
    shop.assert_all_heard_once("first", "second")


# A ledger that is lost or old.


def test_a_lost_ledger_is_refused_before_the_first_effect_and_rebuilt_from_the_backend(shop: Shop) -> None:
    shop.declare(audience("us"), notification("sale", {"audiences": ["us"]}), notification("all"))
    assert shop.apply().code == 0
    shop.lose_ledger()
    shop.declare(
        audience("us", "CarrierCountry eq 'FR'"), notification("sale", {"audiences": ["us"]}), notification("all")
    )
    before = shop.writes()

    refused = shop.apply("--adopt")

    assert refused.code != 0
    assert "RC720" in refused.err
    assert shop.writes() == before
    assert shop.run("sends", "rebuild").code == 0
    assert shop.apply("--adopt").code == 0
    shop.assert_all_heard_once("sale", "all")


def test_after_a_rebuild_the_plan_holds_no_send(shop: Shop) -> None:
    shop.declare(notification("direct", {"devices": [phone(number) for number in range(101)]}), notification("all"))
    assert shop.apply().code == 0
    shop.lose_ledger()
    assert shop.run("sends", "rebuild").code == 0
    assert shop.plan_is_empty()


def test_an_old_copy_of_the_ledger_is_refused_likewise(shop: Shop, tmp_path: Path) -> None:
    shop.declare(notification("first"))
    assert shop.apply().code == 0
    shop.copy_ledger(tmp_path / "backup")
    shop.declare(notification("first"), notification("second"))
    assert shop.apply().code == 0
    shop.restore_ledger(tmp_path / "backup")
    before = shop.writes()

    refused = shop.apply()

    assert "RC720" in refused.err
    assert refused.code != 0
    assert shop.writes() == before
    assert shop.run("sends", "rebuild").code == 0
    assert shop.plan_is_empty()
    shop.assert_all_heard_once("first", "second")


# A disk that is full.


@pytest.mark.parametrize(
    ("at", "code", "posted"),
    [
        ((0, "before"), 1, 0),  # before the plan is consumed
        ((1, "before"), 1, 0),  # before the claim
        ((2, "before"), 1, 0),  # before DISPATCHED is written down
        ((3, "after"), 8, 1),  # the request was made
        ((4, "after"), 8, 1),  # ACCEPTED is written down
    ],
    ids=str,
)
def test_a_full_disk_before_the_request_sends_nothing_and_after_it_leaves_a_record(
    shop: Shop, at: tuple[int, str], code: int, posted: int
) -> None:
    shop.declare(notification("sale"))
    ended = shop.apply(full_disk=at)
    assert ended.code == code, ended.said
    assert sum(shop.heard().values()) == posted
    if at == (3, "after"):
        assert "EMERGENCY RECORD" in ended.err
    shop.heal()
    shop.assert_all_heard_once("sale")


# Told to stop.


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_told_to_stop_finishes_what_it_began_and_begins_nothing_new(
    shop: Shop, number: signal.Signals, code: int
) -> None:
    shop.declare(notification("first"), notification("second"))
    shop.break_("POST", PUSH, "delay", seconds=3, nth=1)
    process = shop.start("apply", "--auto-approve")
    wait_until(lambda: shop.faults_hit() == 1)
    process.send_signal(number)
    ended = process.wait()
    assert ended.code == code, ended.said
    assert shop.states() == {"first/0": SendState.CONFIRMED}
    shop.mend()
    assert shop.apply().code == 0
    shop.assert_all_heard_once("first", "second")


def test_a_run_told_to_stop_while_it_waits_for_another_one_changes_nothing(shop: Shop) -> None:
    shop.declare(notification("sale"))
    shop.break_("POST", PUSH, "delay", seconds=4, nth=1)
    first = shop.start("apply", "--auto-approve")
    wait_until(lambda: shop.faults_hit() == 1)
    second = shop.start("apply", "--auto-approve", "--lock-timeout", "60")
    time.sleep(0.5)
    second.send_signal(signal.SIGINT)
    assert second.wait().code == 130
    assert first.wait().code == 0
    shop.assert_all_heard_once("sale")


def test_a_run_told_to_stop_twice_leaves_at_once_and_the_next_one_heals(shop: Shop) -> None:
    shop.declare(notification("sale"))
    shop.break_("POST", PUSH, "delay", seconds=3, nth=1)
    process = shop.start("apply", "--auto-approve")
    wait_until(lambda: shop.faults_hit() == 1)
    process.send_signal(signal.SIGINT)
    wait_until(lambda: "stopping" in process.err.read_text())
    process.send_signal(signal.SIGINT)
    assert process.wait().code == 130
    wait_until(lambda: bool(shop.heard()))
    shop.mend()
    assert shop.apply().code == 0
    shop.assert_all_heard_once("sale")


def test_a_run_told_to_stop_among_its_audiences_completes_with_the_next_one(shop: Shop) -> None:
    shop.declare(*(audience(f"a{number:02}") for number in range(30)))
    shop.break_("PUT", "/analytics/audiences/*", "delay", seconds=1)
    process = shop.start("apply", "--auto-approve")
    wait_until(lambda: shop.faults_hit() >= 1)
    process.send_signal(signal.SIGTERM)
    ended = process.wait()
    assert ended.code == 143, ended.said
    assert len(shop.names()) < 30
    shop.mend()
    assert shop.apply().code == 0  # and no consent to adopt is needed
    assert len(shop.names()) == 30
    assert shop.plan_is_empty()


# In a CI job.


def test_a_ci_job_with_a_local_ledger_does_not_send_unless_that_is_accepted(shop: Shop) -> None:
    shop.declare(audience("us"), notification("sale", {"audiences": ["us"]}))
    refused = shop.apply(environ={"CI": "true"})
    assert refused.code == 4, refused.said
    assert "RC420" in refused.err
    assert not shop.writes()
    assert shop.apply(environ={"CI": "true", "RECONCILER_LOCAL_LEDGER": "accept"}).code == 0
    shop.assert_all_heard_once("sale")


# A saved plan.


def saved(shop: Shop) -> str:
    shop.declare(audience("us"), notification("sale", {"audiences": ["us"]}))
    ended = shop.run("plan", "--out", "plan.json")
    assert ended.code == 0, ended.said
    return "plan.json"


def assert_stale(shop: Shop, code: str) -> None:
    before = shop.writes()
    ended = shop.run("apply", "plan.json")
    assert ended.code == 5, ended.said
    assert code in ended.err
    assert shop.writes() == before


def test_a_saved_plan_is_applied_once(shop: Shop) -> None:
    assert shop.run("apply", saved(shop)).code == 0
    assert_stale(shop, "RC502")
    shop.assert_all_heard_once("sale")


def test_a_saved_plan_applied_by_two_processes_at_once_is_applied_by_one(shop: Shop) -> None:
    name = saved(shop)
    both = [shop.start("apply", name) for _ in range(2)]
    # Who is second finds the plan used up, or the app held by who is about to use it.
    assert sorted(process.wait().code for process in both) in ([0, 5], [0, 6])
    shop.assert_all_heard_once("sale")


def test_a_saved_plan_is_refused_once_the_manifests_are_edited(shop: Shop) -> None:
    saved(shop)
    shop.declare(audience("us", description="x"), notification("sale", {"audiences": ["us"]}))
    assert_stale(shop, "RC501")


def test_a_saved_plan_is_refused_once_what_it_touches_has_moved(shop: Shop) -> None:
    saved(shop)
    shop.put("us", "CarrierCountry eq 'FR'")
    assert_stale(shop, "RC501")


def test_a_saved_plan_is_refused_once_its_send_was_made_by_another_run(shop: Shop) -> None:
    saved(shop)
    assert shop.apply().code == 0
    assert_stale(shop, "RC501")


def test_a_saved_plan_is_applied_though_something_unmanaged_has_moved(shop: Shop) -> None:
    saved(shop)
    shop.put("theirs")
    ended = shop.run("apply", "plan.json")
    assert ended.code == 0, ended.said
    shop.assert_all_heard_once("sale")


@pytest.mark.parametrize("size", [0, 1, 100, -2])
def test_a_saved_plan_that_was_cut_is_refused(shop: Shop, size: int) -> None:
    path = shop.folder / saved(shop)
    path.write_text(path.read_text()[:size])
    assert_stale(shop, "RC503")


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no id": lambda plan: plan.pop("plan_id"),
    "version": lambda plan: plan.update(format_version="2.0"),
    "another id": lambda plan: plan.update(plan_id=str(uuid.uuid4())),
    "fewer sends": lambda plan: plan.update(sends=[]),
    "fewer changes": lambda plan: plan.update(resource_changes=[]),
    "payload": lambda plan: plan["sends"][0].update(payload_digest="sha256:" + "0" * 64),
    "definition": lambda plan: plan["resource_changes"][0]["after"].update(definition="CarrierCountry eq 'KP'"),
    "action": lambda plan: plan["resource_changes"][0].update(action="delete"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_saved_plan_that_was_edited_is_refused(shop: Shop, edit: str) -> None:
    path = shop.folder / saved(shop)
    plan = json.loads(path.read_text())
    EDITS[edit](plan)
    path.write_text(json.dumps(plan))
    ended = shop.run("apply", "plan.json")
    assert ended.code == 5, ended.said
    assert not shop.writes()


def test_the_driver_runs_real_processes(shop: Shop, forks: Forks) -> None:
    one, other = forks.start(shop.folder, "version"), forks.start(shop.folder, "version")
    assert len({one.pid, other.pid, os.getpid()}) == 3
    assert (one.wait().code, other.wait().code) == (0, 0)
