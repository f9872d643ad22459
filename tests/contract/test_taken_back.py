"""What waits on a backend is taken back as it is there: changed, restored, deleted by somebody, or called off with a reason."""

from __future__ import annotations

import pytest

from reconciler.engine.cancel import cancel
from reconciler.engine.run import Run
from tests.support.hours import synchronise, timed
from tests.support.stage import Azure, Life


@pytest.mark.parametrize("step", [14, 15])
@pytest.mark.parametrize("what", ["text", "time"])
def test_what_is_restored_after_a_death_is_what_arrives(azure: Azure, step: int, what: str) -> None:
    synchronise(azure)
    azure.seed("US")
    first, later = azure.wall_clock(600), azure.wall_clock(3600)
    old = timed("sale", at=first, body="old")
    azure.declare(old)
    azure.apply()
    azure.declare(timed("sale", at=first, body="new") if what == "text" else timed("sale", at=later, body="old"))
    azure.survive(life=Life(step))  # dies while it takes the campaign back
    azure.apply()  # it is found as a draft, and leaves with the new content, and the digest of the old
    azure.declare(old)
    for _ in range(3):
        azure.apply()
    assert azure.is_settled()
    details = azure.details(next(iter(azure.campaigns())))
    assert (details["notificationMessage"], details["startTime"]) == ("old", f"{first}Z")


def told(azure: Azure) -> None:
    synchronise(azure)
    azure.seed("US")
    azure.declare(timed("sale", at=azure.wall_clock(600)))
    azure.apply()


def test_what_somebody_deleted_is_not_told_as_having_left(azure: Azure) -> None:
    told(azure)
    (name,) = azure.campaigns()
    azure.by_hand("suspend", name)
    azure.by_hand("delete", name)
    azure.declare()
    outcome = azure.apply()
    assert "it has left already" not in outcome.said
    assert (outcome.code, azure.states()) == (8, {"sale/r1/0": "NEEDS_DECISION"})
    azure.heal()
    assert azure.states() == {"sale/r1/0": "WITHDRAWN"}
    assert not azure.plan().withdrawn


def test_the_reason_of_a_cancel_on_the_backend_is_kept(azure: Azure) -> None:
    told(azure)
    with azure.connected() as (loaded, ledger, connections):
        run = Run(loaded, ledger, connections.providers, azure.clock, lambda _: None)
        (row,) = cancel(run, ledger.all_sends(), "the sale is off")
    assert str(row.state) == "CANCELLED"
    assert "the sale is off" in azure.rows()[0].detail
