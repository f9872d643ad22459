"""Scheduled notifications, the loop of `reconciler run` in this process, and a record of every move of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.core.transitions import TRANSITIONS
from reconciler.engine.load import Loaded
from reconciler.engine.loop import Loop, turns
from reconciler.ledger.sql import SqlLedger
from reconciler.model.send import SendRecord, SendState
from reconciler.ports import Provider
from tests.support.project import notification
from tests.support.stage import Stage
from tests.support.world import World

MOVES = frozenset((before, after) for (before, _), after in TRANSITIONS.items())
"""Every move that the table of transitions allows."""


def timed(
    name: str, target: Mapping[str, Any] | None = None, revision: int | None = None, body: str = "", **schedule: Any
) -> dict[str, Any]:
    """A notification with a schedule, in UTC unless it says otherwise."""
    made = notification(name, target, revision, title=name, body=body or f"text of {name}")
    made["spec"]["schedule"] = {"timezone": "UTC", **schedule}
    return made


def wall(moment: datetime) -> str:
    """What a clock of UTC shows, as a manifest says it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def looped(world: World, loaded: Loaded, provider: Provider | None = None, interval: float = 60.0) -> Loop:
    """The loop of `reconciler run` on a world; pausing is free."""
    return Loop(world.run(loaded, provider=provider), interval, world.clock.sleep)


@dataclass
class Days:
    """A world and the loop in it, driven by hand."""

    world: World
    loop: Loop
    turned: list[datetime] = field(default_factory=list)

    def until(self, end: datetime) -> None:
        """Let the loop go round until a time."""
        for wake in turns(self.loop, end):
            self.turned.append(wake)

    def live(self, **duration: float) -> None:
        self.until(self.world.clock.now() + timedelta(**duration))


@contextmanager
def moves_of(patch: pytest.MonkeyPatch) -> Iterator[set[tuple[SendState, SendState]]]:
    """Every (from, to) that any ledger of this process makes; those that are not of the table are the caller's to
    refuse.
    """
    made: set[tuple[SendState, SendState]] = set()
    original: Callable[..., SendRecord] = SqlLedger.move

    def move(self: SqlLedger, record: SendRecord, state: SendState, **more: Any) -> SendRecord:
        moved = original(self, record, state, **more)
        made.add((record.state, state))
        return moved

    with patch.context() as patched:
        patched.setattr(SqlLedger, "move", move)
        yield made


@pytest.fixture(autouse=True)
def moves_are_of_the_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In a module that imports it, every move of every test is one that the table allows."""
    with moves_of(monkeypatch) as made:
        yield
    assert made <= MOVES


def synchronise(stage: Stage) -> None:
    """Set the clock of a stage to that of its sandbox, which other tests may have moved on."""
    there = datetime.fromisoformat(stage.admin("GET", "clock")["now"])
    stage.clock.offset += there - stage.clock.now()
    stage.lose_ledger()
    ledger = stage.ledger()
    ledger.begin(stage.clock.now() - timedelta(days=1))
    ledger.initialise()
    ledger.close()
