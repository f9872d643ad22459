"""The table of transitions, move by move, against what `facts/plan-apply-tools.md` §3.5 says in words."""

from __future__ import annotations

import pytest

from reconciler.core.transitions import TRANSITIONS, Step, after
from reconciler.model.send import NEVER_LEFT, SENT, TERMINAL, UNSENT, UNSETTLED, SendState

S = SendState
EVERY = [(state, step) for state in SendState for step in Step]

TABLE: dict[Step, tuple[str, SendState]] = {
    Step.CLAIM: ("PLANNED HELD CLAIMED REJECTED FAILED WITHDRAWN", S.CLAIMED),
    Step.HOLD: ("CLAIMED", S.HELD),
    Step.DISPATCH: ("CLAIMED", S.DISPATCHED),
    Step.ACCEPT: ("DISPATCHED UNKNOWN PROBING NEEDS_DECISION", S.ACCEPTED),
    Step.CONFIRM: ("ACCEPTED", S.CONFIRMED),
    Step.REFUSE_FOR_NOW: ("DISPATCHED", S.REJECTED),
    Step.REFUSE: ("DISPATCHED", S.FAILED),
    Step.LOSE: ("DISPATCHED PROBING", S.UNKNOWN),
    Step.REOPEN: ("ACCEPTED CONFIRMED", S.UNKNOWN),
    Step.PROBE: ("UNKNOWN NEEDS_DECISION", S.PROBING),
    Step.FIND: ("PROBING", S.CONFIRMED),
    Step.FIND_UNSENT: ("PROBING UNKNOWN", S.REJECTED),
    Step.MISS: ("PROBING", S.NEEDS_DECISION),
    Step.EXPIRE: ("PLANNED HELD CLAIMED REJECTED", S.EXPIRED),
    Step.WITHDRAW: ("PLANNED HELD CLAIMED REJECTED UNKNOWN", S.WITHDRAWN),
    Step.CANCEL: ("PLANNED HELD CLAIMED REJECTED UNKNOWN", S.CANCELLED),
    Step.MARK_SENT: ("DISPATCHED UNKNOWN PROBING NEEDS_DECISION", S.CONFIRMED),
    Step.MARK_NOT_SENT: ("DISPATCHED UNKNOWN PROBING NEEDS_DECISION FAILED", S.PLANNED),
    Step.ABANDON: ("DISPATCHED UNKNOWN PROBING NEEDS_DECISION FAILED", S.ABANDONED),
}
BY_A_PERSON = {Step.MARK_SENT, Step.MARK_NOT_SENT, Step.ABANDON}


def test_every_step_is_in_the_table() -> None:
    assert set(TABLE) == set(Step)


@pytest.mark.parametrize(("state", "step"), EVERY, ids=str)
def test_a_step_leads_where_the_table_says_or_is_refused(state: SendState, step: Step) -> None:
    states, leads = TABLE[step]
    assert after(state, step) == (leads if state in states.split() else None)


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TRANSITIONS[S.CONFIRMED, Step.CLAIM] = S.CLAIMED  # type: ignore[index]


def test_only_a_dispatched_request_is_ever_made_and_only_a_claimed_one_dispatched() -> None:
    assert {before for (before, _), state in TRANSITIONS.items() if state is S.DISPATCHED} == {S.CLAIMED}


def test_what_may_have_left_becomes_attemptable_by_the_backends_answer_or_by_a_person_only() -> None:
    back = {step for (before, step), state in TRANSITIONS.items() if before in UNSETTLED and state in UNSENT}
    assert back == {Step.REFUSE_FOR_NOW, Step.FIND_UNSENT, Step.MARK_NOT_SENT}


def test_what_was_sent_is_only_reopened_and_from_there_looked_up() -> None:
    moves = {state for (before, step), state in TRANSITIONS.items() if before in SENT and step is not Step.CONFIRM}
    assert moves == {S.UNKNOWN}


@pytest.mark.parametrize("state", sorted(TERMINAL - NEVER_LEFT - SENT))
def test_the_end_is_the_end(state: SendState) -> None:
    assert not [step for step in Step if after(state, step)]


def test_every_state_but_those_of_a_person_is_left_or_reached_by_the_engine() -> None:
    reached = {state for (_, step), state in TRANSITIONS.items() if step not in BY_A_PERSON}
    assert set(SendState) - reached == {S.PLANNED, S.ABANDONED}


def test_nothing_that_may_have_left_expires() -> None:
    assert {before for (before, _), found in TRANSITIONS.items() if found is S.EXPIRED} == UNSENT


def test_what_is_withdrawn_never_left_or_was_taken_back_before_it_did() -> None:
    assert {before for (before, _), found in TRANSITIONS.items() if found is S.WITHDRAWN} == UNSENT | {S.UNKNOWN}
