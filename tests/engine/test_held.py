"""An apply holds the leases of its apps, and takes nothing for granted that was written before it held them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cli.main import run as main
from reconciler.engine.apply import apply
from reconciler.engine.holder import _machine, _start, holder
from reconciler.engine.leases import Hold
from reconciler.engine.recover import read_record, recover
from reconciler.errors import LedgerLocked, ReconcilerError, StalePlan
from reconciler.ledger.sql import SqlLedger
from reconciler.model.freeze import Freeze
from reconciler.model.send import SENT, UNSETTLED, SendState
from tests.engine.test_emergency import accept_and_lose
from tests.support.project import audience, notification
from tests.support.world import World


def test_what_is_undecided_is_decided_while_the_process_that_sent_it_still_lives(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with subprocess.Popen(["sleep", "60"]) as stays:
        who = " ".join((*holder().split(" ")[:1], str(stays.pid), _start(stays.pid), _machine()))
        monkeypatch.setattr("reconciler.engine.row.holder", lambda: who)
        world.backend.mood = ["lose-request"]
        world.apply(notification("n"))
        row = world.record("n")
        assert (row.state, row.holder) == (SendState.NEEDS_DECISION, who)
        command = ["--project", str(world.folder), "sends", "resolve", row.send_key, "--mark-not-sent"]
        assert main(command) == 0, capsys.readouterr().err
        stays.kill()
    assert world.record("n").state is SendState.PLANNED


def coordinates(world: World) -> str:
    return next(iter(world.declare(audience("us")).coordinates.values()))


def other(world: World) -> SqlLedger:
    """The ledger as another runner has it open."""
    return SqlLedger("sqlite:///.reconciler/ledger.db", str(world.folder))


def test_an_app_that_another_run_holds_is_left_alone(world: World) -> None:
    where = coordinates(world)
    theirs = other(world)
    theirs.acquire([where], "elsewhere 1 1", lambda _: False)
    with pytest.raises(LedgerLocked) as refused:
        world.apply(audience("us"), notification("sale"))
    assert refused.value.code == "RC713"
    assert world.backend.writes == []
    assert not world.backend.heard()
    theirs.release()
    assert world.apply(audience("us"), notification("sale")).exit_code() == 0
    theirs.close()


def test_an_app_that_the_plan_is_not_about_may_be_held(world: World) -> None:
    theirs = other(world)
    theirs.acquire(["appcenter/somebody/else"], "elsewhere 1 1", lambda _: False)
    assert world.apply(audience("us")).exit_code() == 0
    theirs.close()


def test_an_apply_with_nothing_to_do_holds_nothing(world: World) -> None:
    where = coordinates(world)
    assert world.apply(audience("us")).exit_code() == 0
    theirs = other(world)
    theirs.acquire([where], "elsewhere 1 1", lambda _: False)
    assert world.apply(audience("us")).exit_code() == 0
    theirs.close()


def test_the_leases_are_given_back(world: World) -> None:
    world.apply(audience("us"), notification("sale"))
    assert world.ledger.leases() == []


def test_a_plan_is_stale_once_another_run_wrote_about_its_app(world: World) -> None:
    loaded = world.declare(notification("sale"))
    since = world.ledger.position()
    plan = world.plan(loaded)
    world.perform(loaded, world.plan(loaded))
    with pytest.raises(StalePlan) as stale:
        apply(world.run(loaded), plan, ledger_is_local=True, environ={}, hold=Hold(since=since))
    assert (stale.value.code, stale.value.exit_code) == ("RC501", 5)
    assert max(world.backend.heard().values()) == 1
    assert not world.ledger.is_consumed(plan.plan_id)


def test_a_plan_that_its_holder_has_used_up_is_told_to_be(world: World) -> None:
    loaded = world.declare(notification("sale"))
    plan = world.plan(loaded)
    theirs = other(world)
    theirs.acquire(list(loaded.coordinates.values()), "elsewhere 1 1", lambda _: False)
    theirs.consume(plan.plan_id)
    with pytest.raises(StalePlan) as used:
        world.perform(loaded, plan)
    assert used.value.code == "RC502"
    theirs.close()


# An emergency record.


def emergency_of(world: World) -> Path:
    assert accept_and_lose(world) == 8
    (path,) = world.folder.glob("reconciler-emergency-*.json")
    world.ledger.close()
    world.ledger = other(world)
    return path


@pytest.mark.parametrize("state", sorted(UNSETTLED))
def test_an_emergency_record_is_taken_in_once_and_again(world: World, state: SendState) -> None:
    facts = read_record(emergency_of(world).read_text())
    if state is not SendState.DISPATCHED:
        world.ledger.put(replace(world.record("sale"), state=state), "test")
    before, after = recover(world.ledger, facts)
    assert (before.state, after.state, after.remote_id) == (state, SendState.CONFIRMED, "n0")
    assert recover(world.ledger, facts) == (after, after)
    assert world.apply(notification("sale")).exit_code() == 0
    assert max(world.backend.heard().values()) == 1
    assert world.ledger.broken_at() is None


def test_the_line_on_stderr_is_as_good_as_the_file(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    emergency_of(world)
    (line,) = (each for each in capfd.readouterr().err.splitlines() if each.startswith("EMERGENCY RECORD"))
    assert recover(world.ledger, read_record(line))[1].state is SendState.CONFIRMED


@pytest.mark.parametrize("state", sorted(set(SendState) - UNSETTLED - SENT))
def test_a_record_never_writes_over_what_was_settled(world: World, state: SendState) -> None:
    facts = read_record(emergency_of(world).read_text())
    world.ledger.put(replace(world.record("sale"), state=state), "test")
    with pytest.raises(ReconcilerError) as refused:
        recover(world.ledger, facts)
    assert refused.value.code == "RC722"
    assert world.record("sale").state is state


@pytest.mark.parametrize("name", ["marker", "payload_digest", "send_key", "coordinates", "part"])
def test_a_record_of_another_request_is_refused(world: World, name: str) -> None:
    facts = dict(read_record(emergency_of(world).read_text()))
    facts[name] = 7 if name == "part" else "other"
    with pytest.raises(ReconcilerError) as refused:
        recover(world.ledger, facts)
    assert refused.value.code == "RC722"
    assert world.record("sale").state is SendState.DISPATCHED


def test_a_record_that_names_another_id_than_the_ledger_is_refused(world: World) -> None:
    facts = read_record(emergency_of(world).read_text())
    world.ledger.move(world.record("sale"), SendState.CONFIRMED, remote_id="another")
    with pytest.raises(ReconcilerError) as refused:
        recover(world.ledger, facts)
    assert "another" in refused.value.message


@pytest.mark.parametrize("text", ["", "{}", "[]", "no JSON", '{"format": 2}', '{"format": 1, "part": "0"}'])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ReconcilerError) as refused:
        read_record(text)
    assert refused.value.code == "RC722"


def test_a_record_names_no_recipients(world: World) -> None:
    world.ledger.close()
    text = json.dumps(json.loads(emergency_of(world).read_text()))
    assert "target" not in text


def test_who_freezes_while_an_apply_waits_for_its_lease_is_obeyed(world: World) -> None:
    loaded, elsewhere = world.declare(notification("n")), other(world)
    elsewhere.acquire([coordinates(world)], "elsewhere 1 2 boot/x", lambda _: False, 15.0)
    loaded = world.declare(notification("n"))
    run, plan = world.run(loaded), world.plan(loaded)

    def frees(seconds: float) -> bool:
        elsewhere.freeze(Freeze("stop", "me", world.clock.now(), None))
        elsewhere.release()
        return False

    run.stopping.wait = frees  # type: ignore[method-assign]
    with pytest.raises(LedgerLocked, match="frozen"):
        apply(run, plan, ledger_is_local=True, environ={}, hold=Hold(5.0))
    elsewhere.close()
    assert not world.backend.notifications
    assert not world.ledger.is_consumed(plan.plan_id)
