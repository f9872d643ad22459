"""Guards: what they let through, what they refuse, and where the line is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.core.guard import consented, guard
from reconciler.core.plan import manifests_digest
from reconciler.model.change import Action, Change
from reconciler.model.plan import Plan
from reconciler.model.project import Guard, Limit
from tests.core.worlds import codes, manifest, resources


def plan(deletes: int, owned: int) -> Plan:
    changes = tuple(Change("a", "Audience", f"n{number}", Action.DELETE, "gone") for number in range(deletes))
    return Plan(
        plan_id="p", created_at=datetime(2026, 11, 22, tzinfo=UTC), tool_version="0", project="p", environment="",
        manifests_digest="", ledger="", changes=changes, sends=(), skipped=(), findings=(), no_op=0, unmanaged=0, requests=0, owned=owned,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("deletes", "owned", "is_refused"),
    [
        (10, 10, False),
        (11, 12, True),
        (11, 37, False),
        (11, 36, True),
        (30, 100, False),
        (31, 100, True),
        (0, 0, False),
    ],
)
def test_deletes_are_refused_only_beyond_the_amount_and_the_percentage(
    deletes: int, owned: int, is_refused: bool
) -> None:
    found = guard(plan(deletes, owned), Guard(Limit(amount=10, percent=30)))
    assert (codes(found) == ["RC410"]) == is_refused


def test_a_consent_is_for_its_own_flag_only() -> None:
    change = Change("a", "Audience", "n", Action.ADOPT, "there", consent="--adopt")
    asked = Plan(**{**{name: getattr(plan(0, 1), name) for name in Plan.__slots__}, "changes": (change,)})
    assert codes(guard(asked, Guard())) == ["RC401"]
    assert codes(guard(consented(asked, {"--allow-deletes"}), Guard())) == ["RC401"]
    assert guard(consented(asked, {"--adopt"}), Guard()) == ()


def test_the_digest_of_manifests_covers_where_they_go() -> None:
    made = resources(manifest("Audience", "us", "{definition: CarrierCountry eq 'US'}"))
    there = manifests_digest(made, {"a": "appcenter/o/staging"})
    assert there == manifests_digest(tuple(reversed(made)), {"a": "appcenter/o/staging"})
    assert there != manifests_digest(made, {"a": "appcenter/o/production"})
