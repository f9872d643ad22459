"""The state machine of a send's requests: what may follow what. The ledger stores what it answers, and nothing else.

Source: `facts/plan-apply-tools.md` §3.5. A request that may have left (DISPATCHED and what follows) never becomes one
that may be made but by an answer of the backend, or by a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from reconciler.model.send import NEVER_LEFT, SENT, UNSENT, UNSETTLED, SendState


class Step(StrEnum):
    """What happens to a request."""

    CLAIM = "claim"
    HOLD = "hold"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    CONFIRM = "confirm"
    REFUSE_FOR_NOW = "refuse for now"
    REFUSE = "refuse"
    LOSE = "lose"
    REOPEN = "reopen"
    PROBE = "probe"
    FIND = "find"
    FIND_UNSENT = "find unsent"
    MISS = "miss"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    MARK_SENT = "mark sent"
    MARK_NOT_SENT = "mark not sent"
    ABANDON = "abandon"


S = SendState

_FROM: Mapping[Step, tuple[Iterable[SendState], SendState]] = {
    Step.CLAIM: (NEVER_LEFT, S.CLAIMED),
    Step.HOLD: ({S.CLAIMED}, S.HELD),
    Step.DISPATCH: ({S.CLAIMED}, S.DISPATCHED),
    Step.ACCEPT: (UNSETTLED, S.ACCEPTED),
    Step.CONFIRM: ({S.ACCEPTED}, S.CONFIRMED),
    Step.REFUSE_FOR_NOW: ({S.DISPATCHED}, S.REJECTED),
    Step.REFUSE: ({S.DISPATCHED}, S.FAILED),
    Step.LOSE: ({S.DISPATCHED, S.PROBING}, S.UNKNOWN),
    Step.REOPEN: (SENT, S.UNKNOWN),
    Step.PROBE: ({S.UNKNOWN, S.NEEDS_DECISION}, S.PROBING),
    Step.FIND: ({S.PROBING}, S.CONFIRMED),
    Step.FIND_UNSENT: ({S.PROBING, S.UNKNOWN}, S.REJECTED),
    Step.MISS: ({S.PROBING}, S.NEEDS_DECISION),
    Step.EXPIRE: (UNSENT, S.EXPIRED),
    Step.WITHDRAW: (UNSENT | {S.UNKNOWN}, S.WITHDRAWN),
    Step.CANCEL: (UNSENT | {S.UNKNOWN}, S.CANCELLED),
    Step.MARK_SENT: (UNSETTLED, S.CONFIRMED),
    Step.MARK_NOT_SENT: (UNSETTLED | {S.FAILED}, S.PLANNED),
    Step.ABANDON: (UNSETTLED | {S.FAILED}, S.ABANDONED),
}

TRANSITIONS: Mapping[tuple[SendState, Step], SendState] = MappingProxyType(
    {(before, step): after for step, (states, after) in _FROM.items() for before in states}
)
"""Every step that may be taken, and where it leads."""


def after(state: SendState, step: Step) -> SendState | None:
    """The state to which a step leads, None where it may not be taken."""
    return TRANSITIONS.get((state, step))


def follows(before: SendState, state: SendState) -> bool:
    """Whether some step leads from one state to the other."""
    return (before, state) in _PAIRS


_PAIRS = frozenset((before, leads) for (before, _), leads in TRANSITIONS.items())
