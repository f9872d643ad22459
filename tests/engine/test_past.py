"""What is due when a ledger begins is taken as dealt with, whatever happens meanwhile."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from reconciler.engine.load import load
from reconciler.engine.past import settle_past
from reconciler.engine.run import Run
from reconciler.errors import LedgerLocked
from reconciler.ledger.sql import SqlLedger
from reconciler.model.send import SendState
from tests.support.hours import timed
from tests.support.project import notification, phone, write_project
from tests.support.world import World

AZURE = {"provider": "mobileengagement", "subscription": "s", "resource_group": "g", "collection": "c", "owner": None}


def test_a_death_in_the_middle_is_healed_by_the_next_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    direct = notification("direct", {"devices": [phone(number) for number in range(201)]})
    loaded = world.declare(notification("sale"), direct)
    run = Run(loaded, world.ledger, {}, world.clock, lambda _: None)
    left = [2]
    original = SqlLedger.put

    def put(*given: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        original(*given)

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(SqlLedger, "put", put)
        settle_past(run)
    settle_past(run)
    world.ledger.initialise()
    world.perform(loaded, world.plan(loaded))
    assert not world.backend.heard(), world.states()


def test_what_a_backend_could_wait_for_is_still_to_come_and_is_left(world: World) -> None:
    settings = {key: value for key, value in AZURE.items() if value}
    write_project(world.folder, timed("next-week", at="2026-11-29T09:00:00"), settings=settings)
    project = world.folder / "reconciler.yaml"
    project.write_text(project.read_text().replace('"owner": "contoso", ', ""))
    loaded = load(str(world.folder))
    world.ledger.begin(world.clock.now())
    assert not settle_past(Run(loaded, world.ledger, {}, world.clock, lambda _: None))


def test_apps_that_a_run_holds_are_waited_for_and_not_written_over(world: World) -> None:
    loaded = world.declare(notification("sale"))
    theirs = SqlLedger("sqlite:///.reconciler/ledger.db", str(world.folder))
    theirs.acquire(list(loaded.coordinates.values()), "elsewhere 1 1", lambda _: False)
    with pytest.raises(LedgerLocked):
        settle_past(Run(loaded, world.ledger, {}, world.clock, lambda _: None))
    assert not world.ledger.all_sends()
    theirs.close()


def test_it_is_written_in_one_word(world: World) -> None:
    loaded = world.declare(notification("sale"))
    (taken,) = settle_past(Run(loaded, world.ledger, {}, world.clock, lambda _: None))
    assert taken.name == "sale"
    assert world.states() == {"sale": SendState.ABANDONED}
