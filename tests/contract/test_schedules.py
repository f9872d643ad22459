"""Scheduled sends on the backends that send: told ahead where the backend waits, ours elsewhere; moved, taken back, once."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from reconciler.model.send import SendState
from tests.support.hours import moves_are_of_the_table, synchronise, timed
from tests.support.stage import Azure, Stage

__all__ = ["moves_are_of_the_table"]

S = SendState


def begun(stage: Stage) -> Stage:
    synchronise(stage)
    stage.seed("US", "FR")
    return stage


@pytest.fixture(params=["center", "azure"])
def stage(request: pytest.FixtureRequest) -> Stage:
    return begun(request.getfixturevalue(request.param))


@pytest.fixture
def engage(azure: Azure) -> Azure:
    begun(azure)
    return azure


def due_in(stage: Stage, seconds: float, name: str = "sale", **more: Any) -> dict[str, Any]:
    return timed(name, at=stage.wall_clock(seconds), **more)


def done(stage: Stage, *flags: str) -> None:
    outcome = stage.apply(*flags)
    assert outcome.code == 0, outcome.said


def at_most_once(stage: Stage) -> int:
    return sum(stage.told().values())


def test_it_arrives_once_when_it_is_due_and_not_before(stage: Stage) -> None:
    stage.declare(due_in(stage, 600))
    done(stage)
    assert stage.is_settled()
    stage.pass_time(590)
    done(stage)
    assert at_most_once(stage) == 0
    stage.pass_time(20)
    done(stage)
    assert at_most_once(stage) == 2
    stage.pass_time(7200)
    done(stage)
    assert at_most_once(stage) == 2
    assert stage.is_settled()


def test_what_is_removed_before_its_time_never_arrives_and_what_is_restored_does(stage: Stage) -> None:
    document = due_in(stage, 600)
    stage.declare(document)
    done(stage)
    stage.declare()
    done(stage)
    assert stage.is_settled()
    assert set(stage.states().values()) <= {"WITHDRAWN", "CANCELLED"}
    stage.pass_time(300)
    stage.declare(document)
    done(stage)
    stage.pass_time(400)
    done(stage)
    assert at_most_once(stage) == 2


def test_what_is_suspended_pauses_and_goes_on(stage: Stage) -> None:
    document = due_in(stage, 600)
    stage.declare(document)
    done(stage)
    paused = {**document, "spec": {**document["spec"], "schedule": {**document["spec"]["schedule"], "suspend": True}}}
    stage.declare(paused)
    done(stage)
    assert stage.is_settled()
    stage.declare(document)
    done(stage)
    stage.pass_time(700)
    done(stage)
    assert at_most_once(stage) == 2


@pytest.mark.parametrize(("first", "then"), [(600, 1200), (1200, 600)])
def test_a_moved_time_is_the_time_at_which_it_arrives(stage: Stage, first: float, then: float) -> None:
    early = min(first, then)
    documents = due_in(stage, first), due_in(stage, then)
    stage.declare(documents[0])
    done(stage)
    stage.declare(documents[1])
    done(stage)
    assert stage.is_settled()
    stage.pass_time(early + 10)
    done(stage)
    assert at_most_once(stage) == (2 if then == early else 0)
    stage.pass_time(700)
    done(stage)
    assert at_most_once(stage) == 2


def test_an_edited_text_is_what_arrives(stage: Stage) -> None:
    stage.declare(due_in(stage, 600))
    done(stage)
    stage.declare(due_in(stage, 600, body="another text"))
    done(stage)
    stage.pass_time(610)
    done(stage)
    last = [each.body for each in stage.exchanges if b" text" in each.body or b"text of" in each.body][-1]
    assert b"another text" in last
    assert at_most_once(stage) == 2


def test_a_revision_replaces_what_still_waits(stage: Stage) -> None:
    stage.declare(due_in(stage, 600))
    done(stage)
    stage.declare(due_in(stage, 600, revision=2))
    done(stage)
    stage.pass_time(610)
    done(stage)
    assert at_most_once(stage) == 2
    states = {key.split("/")[1]: state for key, state in stage.states().items()}
    assert states["r2"] == "CONFIRMED"
    assert states["r1"] in ("WITHDRAWN", "CANCELLED")


def test_a_time_moved_after_it_arrived_sends_nothing(stage: Stage) -> None:
    stage.declare(due_in(stage, 60))
    done(stage)
    stage.pass_time(70)
    done(stage)
    stage.declare(due_in(stage, 600))
    done(stage)
    stage.pass_time(700)
    done(stage)
    assert at_most_once(stage) == 2


def test_what_is_too_late_is_told_and_never_sent(stage: Stage) -> None:
    stage.declare(due_in(stage, -120, deadline="1m"))
    outcome = stage.apply()
    assert "deadline is over" in outcome.said
    assert (at_most_once(stage), set(stage.states().values())) == (0, {"EXPIRED"})
    assert stage.is_settled()


def test_the_digest_of_the_ledger_is_that_of_the_request(stage: Stage) -> None:
    stage.declare(due_in(stage, -10))
    done(stage)
    (row,) = stage.rows()
    bodies = {f"sha256:{hashlib.sha256(each.body).hexdigest()}" for each in stage.exchanges if each.method in ("POST", "PUT")}  # fmt: skip
    assert row.payload_digest in bodies


def test_a_cron_is_ours_on_every_backend(stage: Stage) -> None:
    stage.declare(timed("news", cron="*/10 * * * *"))
    done(stage)
    assert not stage.deliveries()
    for _ in range(3):
        stage.pass_time(600)
        done(stage)
    rows = {row.occurrence: row.state for row in stage.rows()}
    assert list(rows.values()).count(S.CONFIRMED) == 3
    assert list(rows.values()).count(S.PLANNED) == 1
    assert sum(stage.heard().values()) == 6


# Taken back from a backend that waits.


def test_what_was_told_ahead_is_scheduled_there_and_cancelled_in_sight(engage: Azure) -> None:
    engage.declare(due_in(engage, 600))
    done(engage)
    (made,) = engage.campaigns().values()
    assert made["state"] == "scheduled"
    engage.declare()
    done(engage)
    assert engage.state(next(iter(engage.campaigns()))) == "draft"
    assert engage.states()["sale/r1/0"] in ("WITHDRAWN", "CANCELLED")
    engage.pass_time(700)
    done(engage)
    assert at_most_once(engage) == 0


def test_what_has_left_meanwhile_is_not_taken_back(engage: Azure) -> None:
    engage.declare(due_in(engage, 60))
    done(engage)
    engage.declare(due_in(engage, 3600))
    outcome = engage.apply(between=lambda: engage.pass_time(61))
    assert outcome.code in (0, 1), outcome.said
    assert at_most_once(engage) == 2
    engage.pass_time(4000)
    done(engage)
    assert (at_most_once(engage), engage.states()) == (2, {"sale/r1/0": "CONFIRMED"})


def test_what_was_removed_after_it_had_left_is_not_told_as_withdrawn(engage: Azure) -> None:
    engage.declare(due_in(engage, 60))
    done(engage)
    engage.declare()
    outcome = engage.apply(between=lambda: engage.pass_time(61))
    assert engage.states() == {"sale/r1/0": "CONFIRMED"}
    assert "it has left already" in outcome.said


FAULTS = ["error-before", "error-after", "drop-before", "drop-after"]


@pytest.mark.parametrize("effect", FAULTS)
@pytest.mark.parametrize("what", ["removed", "moved"])
def test_a_lost_answer_of_taking_back_is_settled_by_the_next_apply(engage: Azure, what: str, effect: str) -> None:
    engage.declare(due_in(engage, 600))
    done(engage)
    engage.declare(*([due_in(engage, 3600)] if what == "moved" else []))
    engage.break_("POST", "/suspend", effect, nth=None)
    engage.apply()
    engage.mend()
    engage.heal()
    engage.heal()
    assert engage.is_settled()
    engage.pass_time(700)
    done(engage)
    assert at_most_once(engage) == 0
    engage.pass_time(3600)
    done(engage)
    assert at_most_once(engage) == (2 if what == "moved" else 0)


def test_what_somebody_deleted_there_is_not_made_again_by_itself(engage: Azure) -> None:
    engage.declare(due_in(engage, 600))
    done(engage)
    (name,) = engage.campaigns()
    engage.by_hand("suspend", name)
    engage.by_hand("delete", name)
    engage.apply()
    engage.pass_time(700)
    engage.apply()
    assert at_most_once(engage) == 0
