"""What a rebuilt ledger remembers: a send that no manifest declared at that moment, and one that was half made."""

from __future__ import annotations

from reconciler.engine.rebuild import rebuild
from reconciler.ledger.sql import SqlLedger
from tests.support.project import notification, phone
from tests.support.world import World


def lose_the_ledger(world: World) -> None:
    world.ledger.close()
    (world.folder / ".reconciler" / "ledger.db").unlink()
    world.ledger = SqlLedger("sqlite:///.reconciler/ledger.db", str(world.folder))


def test_a_send_that_was_rebuilt_while_it_was_not_declared_is_not_made_again_when_it_is(world: World) -> None:
    world.apply(notification("sale"))
    lose_the_ledger(world)
    rebuild(world.run(world.declare(notification("other"))))  # on a branch without it, or after its revision was bumped
    world.apply(notification("sale"))
    assert max(world.backend.heard().values()) == 1


def test_the_rest_of_a_rebuilt_send_does_not_reach_phones_that_have_it(world: World) -> None:
    phones = [phone(number) for number in range(150)]
    world.backend.mood = ["accept", "busy"]
    world.apply(notification("sale", {"devices": phones}))
    lose_the_ledger(world)
    turned = notification("sale", {"devices": phones[::-1]})
    rebuild(world.run(world.declare(turned)))
    world.apply(turned)
    reached = [each for attempt, _ in world.backend.notifications for each in attempt.target["devices"]]
    assert len(reached) == len(set(reached))
