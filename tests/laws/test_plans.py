"""Laws of the plan: applied once it is empty, whatever the world; the order of what is read means nothing; no input is
touched; and what is written down is read back the same.
"""

from __future__ import annotations

import copy
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.decode import decode
from reconciler.core.diff import ADOPT, ALLOW_DELETES, diff
from reconciler.core.encode import encode
from reconciler.core.plan import changes, manifests_digest
from reconciler.core.sends import sends
from reconciler.core.validate import plan_problems
from reconciler.ledger.sql import SqlLedger
from reconciler.model.change import Action, Change
from reconciler.model.document import Source
from reconciler.model.resource import LiveResource, Recorded, Resource
from reconciler.providers.appcenter.kinds import KINDS
from tests.support.backend import DEFAULTS
from tests.support.project import audience, custom_property, notification, phone, write_manifests
from tests.support.world import World

NAMES = ("a", "b", "c", "A b", "ü%+")
DEFINITIONS = (
    "CarrierCountry eq 'US'",
    "carriercountry  =  'US'",
    "CarrierCountry ne 'KP' and OsVersion ge '9'",
    "plan eq 'x'",
)
specs = st.fixed_dictionaries(
    {"definition": st.sampled_from(DEFINITIONS)},
    optional={"description": st.sampled_from(["", "x", "Ünï 'q' \"d\""]), "enabled": st.booleans()},
)
audiences = st.dictionaries(st.sampled_from(NAMES), specs, max_size=4)
notifications = st.lists(
    st.builds(
        notification,
        st.sampled_from(["first", "second"]),
        st.sampled_from([{"everyone": True}, {"devices": [phone(n) for n in range(101)]}]),
        st.sampled_from([None, 1, 2]),
    ),
    unique_by=lambda document: document["metadata"]["name"],
    max_size=2,
)
outside = st.dictionaries(st.sampled_from(NAMES), st.none() | specs, max_size=3)


@contextmanager
def a_world() -> Iterator[World]:
    with tempfile.TemporaryDirectory() as name:
        ledger = SqlLedger("sqlite:///ledger.db", name)
        try:
            yield World(Path(name), ledger)
        finally:
            ledger.close()


def documents(declared: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [custom_property("plan"), *(audience(name, **spec) for name, spec in declared.items())]


def meddle(world: World, moved: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Somebody makes, changes and deletes audiences by hand."""
    for name, spec in moved.items():
        if spec is None:
            world.backend.audiences.pop(name, None)
        else:
            world.backend.audiences[name] = dict(spec)


@settings(max_examples=40, deadline=None)
@given(walk=st.lists(st.tuples(audiences, notifications, outside), min_size=1, max_size=3))
def test_after_an_apply_the_plan_is_empty_and_the_world_is_as_declared(
    walk: Sequence[tuple[Mapping[str, Any], Sequence[dict[str, Any]], Mapping[str, Any]]],
) -> None:
    with a_world() as world:
        for declared, messages, moved in walk:
            meddle(world, moved)
            loaded = world.declare(*documents(declared), *messages)
            plan = world.plan(loaded)
            theirs = {name: spec for name, spec in world.backend.audiences.items() if name not in touched(plan.changes)}
            world.perform(loaded, plan)
            assert world.plan(loaded).is_empty
            for resource in loaded.resources:
                if resource.kind == "Audience":
                    live = {**DEFAULTS, **world.backend.audiences[resource.name]}
                    changed = diff(
                        KINDS["Audience"],
                        resource,
                        LiveResource("shop", "Audience", resource.name, live, resource.name),
                        Recorded("shop", "Audience", resource.name, resource.spec, ""),
                    )
                    assert changed is not None
                    assert changed.action is Action.NO_OP
            for name, spec in theirs.items():
                assert world.backend.audiences[name] == spec
        assert max(world.backend.heard().values(), default=0) <= 1


def touched(listed: Sequence[Change]) -> set[str]:
    return {change.name for change in listed}


@settings(max_examples=40, deadline=None)
@given(before=audiences, declared=audiences, messages=notifications, moved=outside, seed=st.integers(0, 1000))
def test_the_order_of_what_is_declared_live_and_recorded_means_nothing(
    before: Mapping[str, Any],
    declared: Mapping[str, Any],
    messages: Sequence[dict[str, Any]],
    moved: Mapping[str, Any],
    seed: int,
) -> None:
    with a_world() as world:
        world.apply(*documents(before))
        meddle(world, moved)
        listed = [*documents(declared), *messages]
        first = world.plan(world.declare(*listed))
        chance = random.Random(seed)
        chance.shuffle(listed)
        shuffled = list(world.backend.audiences.items())
        chance.shuffle(shuffled)
        world.backend.audiences = dict(shuffled)
        write_manifests(world.folder, *listed)
        second = world.plan(world.declare(*listed))
        assert [bare(change) for change in first.changes] == [bare(change) for change in second.changes]
        assert first.manifests_digest == second.manifests_digest
        assert {send.send_key for send in first.sends} == {send.send_key for send in second.sends}
        assert {send.payload_digest for send in first.sends} == {send.payload_digest for send in second.sends}


def bare(change: Change) -> Change:
    """A change without its place in the files."""
    return replace(change, source=None)


@settings(max_examples=30, deadline=None)
@given(before=audiences, declared=audiences, messages=notifications, moved=outside)
def test_planning_touches_none_of_its_inputs(
    before: Mapping[str, Any],
    declared: Mapping[str, Any],
    messages: Sequence[dict[str, Any]],
    moved: Mapping[str, Any],
) -> None:
    with a_world() as world:
        world.apply(*documents(before), *messages)
        meddle(world, moved)
        loaded = world.declare(*documents(declared), *messages)
        live = [
            LiveResource("shop", "Audience", name, {**DEFAULTS, **spec}, name) for name, spec in moved.items() if spec
        ]
        recorded = list(world.ledger.recorded(dict.fromkeys(loaded.coordinates.values(), "shop")))
        records = world.ledger.sends(list(loaded.coordinates.values()))
        wanted = [each for each in loaded.resources if each.kind == "Notification"]
        inputs = (loaded.resources, live, recorded, records)
        kept = copy.deepcopy([[asdict(each) for each in group] for group in inputs])
        changes({"shop": KINDS}, loaded.resources, live, recorded)
        sends(wanted, loaded.dialects, loaded.coordinates, records)
        manifests_digest(loaded.resources, loaded.coordinates)
        encode(world.plan(loaded))
        assert [[asdict(each) for each in group] for group in inputs] == kept


def asdict(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__ if name != "source"}


@settings(max_examples=30, deadline=None)
@given(before=audiences, declared=audiences, messages=notifications, moved=outside)
def test_a_plan_that_is_saved_and_read_is_the_same_and_fits_its_schema(
    before: Mapping[str, Any],
    declared: Mapping[str, Any],
    messages: Sequence[dict[str, Any]],
    moved: Mapping[str, Any],
) -> None:
    with a_world() as world:
        world.apply(*documents(before), *messages[:1])
        meddle(world, moved)
        plan = world.plan(world.declare(*documents(declared), *messages))
        written = json.loads(json.dumps(encode(plan)))
        assert not plan_problems(written)
        read, digests = decode(written)
        again = json.loads(json.dumps(encode(read)))
        # A digest covers the recorded world too, which is not saved: those of the file are what counts.
        for each in (*again["resource_changes"], *again["sends"]):
            each["digest"] = digests[each.get("send_key") or each["address"]]
        again["document_digest"] = written["document_digest"]
        assert again == written


# The decision table, row by row.

OLD, NEW = {"definition": "CarrierCountry eq 'US'"}, {"definition": "CarrierCountry eq 'FR'"}
KEY = ("shop", "Audience", "a")


def decide(
    desired: Mapping[str, Any] | None, live: Mapping[str, Any] | None, recorded: Mapping[str, Any] | None, intent: bool
) -> Change | None:
    return diff(
        KINDS["Audience"],
        Resource(*KEY, desired, cast(Source, None)) if desired is not None else None,
        LiveResource(*KEY, {**DEFAULTS, **live}, "a") if live is not None else None,
        Recorded(*KEY, recorded, "a", is_intent=intent) if recorded is not None else None,
    )


ROWS: list[tuple[Any, Any, Any, bool, Action | None, str]] = [
    # declared, live, recorded, is the record an open intent; action, consent
    (NEW, None, None, False, Action.CREATE, ""),
    (NEW, None, NEW, False, Action.CREATE, ""),
    (NEW, None, OLD, True, Action.CREATE, ""),
    (NEW, OLD, None, False, Action.ADOPT, ADOPT),
    (NEW, NEW, None, False, Action.ADOPT, ADOPT),
    (NEW, NEW, NEW, True, Action.ADOPT, ""),
    (NEW, OLD, NEW, True, Action.UPDATE, ""),
    (NEW, OLD, OLD, False, Action.UPDATE, ""),
    (NEW, OLD, NEW, False, Action.UPDATE, ""),
    (NEW, NEW, NEW, False, Action.NO_OP, ""),
    (NEW, NEW, OLD, False, Action.ADOPT, ""),
    (None, OLD, OLD, False, Action.DELETE, ALLOW_DELETES),
    (None, OLD, OLD, True, Action.DELETE, ALLOW_DELETES),
    (None, NEW, OLD, False, Action.DELETE, ALLOW_DELETES),
    (None, None, OLD, False, Action.FORGET, ""),
    (None, None, OLD, True, Action.FORGET, ""),
    (None, OLD, None, False, None, ""),
]


@pytest.mark.parametrize(("desired", "live", "recorded", "intent", "action", "consent"), ROWS, ids=str)
def test_the_decision_table_holds_row_by_row(
    desired: Any, live: Any, recorded: Any, intent: bool, action: Action | None, consent: str
) -> None:
    change = decide(desired, live, recorded, intent)
    assert (change.action if change else None) is action
    assert (change.consent if change else "") == consent


@pytest.mark.parametrize(
    ("live", "recorded", "origin"),
    [(OLD, NEW, "drift"), (OLD, OLD, "config"), ({"definition": "CarrierCountry eq 'DE'"}, OLD, "both")],
    ids=str,
)
def test_the_ledger_is_the_referee_of_who_moved_a_field(live: Any, recorded: Any, origin: str) -> None:
    change = decide(NEW, live, recorded, False)
    assert change is not None
    assert [field.origin for field in change.fields] == [origin]


def test_a_field_that_is_recorded_and_live_and_no_longer_declared_is_unset() -> None:
    change = decide(OLD, {**OLD, "description": "x"}, {**OLD, "description": "x"}, False)
    assert change is not None
    assert change.action is Action.UPDATE
    assert [(field.path, field.before, field.after) for field in change.fields] == [(("description",), "x", None)]


def test_a_field_that_was_never_declared_is_left_alone() -> None:
    change = decide(OLD, {**OLD, "description": "x", "enabled": False}, OLD, False)
    assert change is not None
    assert change.action is Action.NO_OP
