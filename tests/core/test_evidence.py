"""What a look for a request is worth is said as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.core.evidence import NEAR, evidence
from reconciler.model.send import SendState, Sighting
from tests.ledger.place import row

LEFT = datetime(2026, 3, 27, 8, tzinfo=UTC)
NOW = LEFT + timedelta(seconds=3)
UNKNOWN = replace(row(0), state=SendState.PROBING, dispatched_at=LEFT)
OTHER = replace(row(1), name="other", state=SendState.CONFIRMED, dispatched_at=LEFT, remote_id="n1")


def test_where_there_is_nothing_to_ask_nothing_is_told() -> None:
    assert evidence(UNKNOWN, Sighting(), [OTHER], 1, NOW) == ""


def test_a_look_by_name_needs_no_control() -> None:
    told = evidence(UNKNOWN, Sighting(asked="the campaign `x`"), [OTHER], 1, NOW)
    assert told == "looked once, until 2026-03-27T08:00:03Z, at the campaign `x`"


def test_a_list_that_shows_another_send_of_that_time_is_up_to_date() -> None:
    told = evidence(UNKNOWN, Sighting(asked="its list", shown=("n0", "n1")), [UNKNOWN, OTHER], 4, NOW)
    assert told == (
        "looked 4 times, until 2026-03-27T08:00:03Z, at its list: 2 listed; "
        f"`other {OTHER.occurrence}`, which left 2026-03-27T08:00:00Z, is among them, so the list is up to date"
    )


@pytest.mark.parametrize(
    "other",
    [
        replace(OTHER, remote_id="n9"),
        replace(OTHER, dispatched_at=LEFT - NEAR - timedelta(seconds=1)),
        replace(OTHER, dispatched_at=None),
        replace(OTHER, state=SendState.CANCELLED),
    ],
    ids=["unlisted", "older", "never left", "taken back"],
)
def test_a_list_without_such_a_send_may_be_late(other: object) -> None:
    told = evidence(UNKNOWN, Sighting(asked="its list", shown=("n0", "n1")), [UNKNOWN, other], 1, NOW)  # type: ignore[list-item]
    assert told.endswith("no other send of ours of that time is among them, so the list may be late")
