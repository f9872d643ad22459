"""Two runs, old plans and edited manifests: nothing is delivered twice, and nobody hears what was not for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cli.main import run
from reconciler.engine.apply import apply
from reconciler.engine.observe import make_plan
from reconciler.engine.rebuild import rebuild
from reconciler.engine.run import Run
from reconciler.errors import LedgerError
from reconciler.ledger.sql import SqlLedger
from reconciler.model.send import Attempt, Receipt, SendRecord, SendState
from reconciler.providers.connect import connect
from reconciler.sandbox import SandboxOptions, running
from tests.support.backend import FakeProvider
from tests.support.clock import StillClock
from tests.support.project import audience, notification, phone
from tests.support.world import World


def test_holding_a_send_does_not_forget_that_another_runner_made_it(world: World) -> None:
    # Two CI runs, two commits: this one was planned first, the other one sent `second` meanwhile.
    mine = world.declare(notification("first"), notification("second"))
    plan = world.plan(mine)
    world.apply(notification("second"))
    assert world.states()["second"] is SendState.CONFIRMED

    world.backend.mood = ["lose-request"]
    world.perform(mine, plan)

    assert world.states()["second"] is SendState.CONFIRMED


def test_a_send_that_was_held_after_another_runner_made_it_is_not_made_again(world: World) -> None:
    mine = world.declare(notification("first"), notification("second"))
    plan = world.plan(mine)
    world.apply(notification("second"))
    world.backend.hidden = {"n0"}  # the list lags, or somebody tidied it up
    world.backend.mood = ["lose-request"]
    world.perform(mine, plan)
    first = world.record("first")
    world.ledger.put(replace(first, state=SendState.ABANDONED), "send-resolved")

    world.apply(notification("first"), notification("second"))

    assert max(world.backend.heard().values()) == 1


def test_a_send_that_was_rejected_goes_to_the_target_that_is_declared_now(world: World) -> None:
    world.backend.mood = ["busy"]
    world.apply(
        audience("few"),
        audience("all", "CarrierCountry ne 'KP'"),
        notification("sale", {"audiences": ["all"]}, body="x"),
    )
    assert world.states() == {"sale": SendState.REJECTED}

    world.apply(
        audience("few"),
        audience("all", "CarrierCountry ne 'KP'"),
        notification("sale", {"audiences": ["few"]}, body="x"),
    )

    ((attempt, _),) = world.backend.notifications
    assert attempt.target == {"audiences": ["few"]}


def test_a_send_that_was_held_goes_to_the_target_that_is_declared_now(world: World) -> None:
    world.backend.mood = ["lose-request"]
    world.apply(notification("first"), notification("sale", {"devices": [phone(1)]}, body="x"))
    first = world.record("first")
    assert world.states() == {"first": SendState.NEEDS_DECISION, "sale": SendState.HELD}
    world.ledger.put(replace(first, state=SendState.ABANDONED), "send-resolved")

    world.apply(notification("first"), notification("sale", {"devices": [phone(2)]}, body="x"))

    ((attempt, _),) = world.backend.notifications
    assert attempt.target == {"devices": [phone(2)]}


def test_the_digest_in_the_ledger_is_that_of_what_was_sent_after_an_edit(world: World) -> None:
    world.backend.mood = ["busy"]
    world.apply(notification("sale", body="old"))
    loaded = world.declare(notification("sale", body="new"))
    plan = world.plan(loaded)
    world.perform(loaded, plan)

    assert world.record("sale").payload_digest == plan.sends[0].payload_digest


def test_an_old_ledger_in_which_the_send_had_failed_does_not_send_again(world: World) -> None:
    world.backend.mood = ["refuse"]
    world.apply(notification("sale", body="wrong"))
    failed = world.record("sale")
    assert failed.state is SendState.FAILED
    world.apply(notification("sale", body="mended"))
    assert world.states() == {"sale": SendState.CONFIRMED}
    world.ledger.put(failed, "restored")  # the backup from before the mended send

    with pytest.raises(LedgerError) as refused:
        world.apply(notification("sale", body="mended"))

    assert refused.value.code == "RC720"
    assert max(world.backend.heard().values()) == 1


def test_rebuilding_an_old_ledger_in_which_the_send_had_failed_takes_the_send_over(world: World) -> None:
    world.backend.mood = ["refuse"]
    world.apply(notification("sale", body="wrong"))
    failed = world.record("sale")
    world.apply(notification("sale", body="mended"))
    world.ledger.put(failed, "restored")

    rebuild(world.run(world.declare(notification("sale", body="mended"))))

    assert world.states() == {"sale": SendState.CONFIRMED}


def test_a_decision_does_not_overwrite_what_a_probe_found_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.backend.mood = ["lose-answer"]
    world.backend.hidden = {"n0"}
    world.apply(notification("sale"))
    undecided = world.record("sale")
    assert undecided.state is SendState.NEEDS_DECISION

    class Racing(SqlLedger):
        """Between the operator's reading and writing, another runner's probe finds the send."""

        def all_sends(self) -> Sequence[SendRecord]:
            found = super().all_sends()
            world.ledger.put(replace(undecided, state=SendState.CONFIRMED, remote_id="n0"), "test")
            return found

    monkeypatch.setattr("reconciler.ledger.sql.SqlLedger", Racing)
    run(["--project", str(world.folder), "sends", "resolve", undecided.send_key, "--mark-not-sent"])

    assert world.states() == {"sale": SendState.CONFIRMED}


def test_a_request_that_may_be_under_way_in_a_living_run_cannot_be_declared_not_sent(world: World) -> None:
    class Meanwhile(FakeProvider):
        """While the request is under way, an operator sees it in the list of sends, and not on the backend."""

        def send(self, attempt: Attempt) -> Receipt:
            key = world.record("sale").send_key
            codes.append(run(["--project", str(world.folder), "sends", "resolve", key, "--mark-not-sent"]))
            return super().send(attempt)

    codes: list[int] = []
    loaded = world.declare(notification("sale"))
    provider = Meanwhile(world.backend, "shop", world.clock, lambda _: None)
    world.perform(loaded, world.plan(loaded), provider)
    world.backend.hidden = {"n0"}  # the list lags a little
    world.apply(notification("sale"))

    assert max(world.backend.heard().values()) == 1


def test_no_request_waits_for_its_budget_after_it_is_written_down_as_dispatched(world: World, tmp_path: Path) -> None:
    # While it waits (up to five minutes), the row says that it may have left, the backend truly says that it has not;
    # whoever then decides "not sent" has it sent twice once the wait is over.
    seen: list[SendState] = []

    class Watching(StillClock):
        def sleep(self, seconds: float) -> None:
            seen.extend(world.states().values())
            super().sleep(seconds)

    with running(SandboxOptions(data=tmp_path / "sandbox", settle=0, rate_limit=None)) as sandbox:
        loaded = world.declare(notification("sale"), settings={"endpoint": sandbox.url, "rate_limit": "4/3600"})
        clock = Watching()
        connections = connect(loaded.project, {"APPCENTER_TOKEN": "t"}, clock, lambda _: None)
        try:
            plan = make_plan(loaded, world.ledger, connections, clock)
            apply(
                Run(loaded, world.ledger, connections.providers, clock, lambda _: None),
                plan,
                ledger_is_local=True,
                environ={},
            )
        finally:
            connections.close()

    assert world.states() == {"sale": SendState.CONFIRMED}
    assert SendState.DISPATCHED not in seen
