"""Which sends are due follows from manifests and ledger alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.core.compose import marker, send_key
from reconciler.core.edited import ALLOW_REPEATS
from reconciler.core.sends import sends
from reconciler.model.plan import Skipped
from reconciler.model.send import UNSETTLED, Send, SendRecord, SendState
from tests.core.worlds import codes, dialects, manifest, resources

COORDINATES = {"a": "appcenter/o/a", "b": "appcenter/o/b"}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def push(
    name: str = "n", title: str = "t", target: str = "{everyone: true}", revision: int = 1, apps: str = "a"
) -> str:
    return manifest(
        "Notification", name, f"{{content: {{title: {title}}}, target: {target}, revision: {revision}}}", apps
    )


def due(
    *manifests: str, records: tuple[SendRecord, ...] = ()
) -> tuple[tuple[Send, ...], tuple[Skipped, ...], list[str]]:
    found = sends(resources(*manifests), dialects(), COORDINATES, records)  # type: ignore[arg-type]
    pending, skipped, findings = found.due, found.skipped, found.findings
    return pending, skipped, codes(findings)


def rows(send: Send, *states: SendState) -> tuple[SendRecord, ...]:
    return tuple(
        SendRecord(
            send_key=send.send_key, part=part.index, parts=len(send.parts), coordinates=send.coordinates, kind=send.kind,
            name=send.name, occurrence=send.occurrence, marker=part.marker, payload_digest=part.payload_digest,
            content_digest=send.content_digest, target=part.target, state=state, fence=1, holder="", attempt=1, remote_id="id",
            updated_at=NOW, dispatched_at=NOW, detail="",
        )
        for part, state in zip(send.parts, states, strict=False)
    )  # fmt: skip


def devices(count: int) -> str:
    return "{devices: [" + ", ".join(f"00000000-0000-0000-0000-{number:012d}" for number in range(count)) + "]}"


def test_the_identity_is_made_of_coordinates_kind_name_and_revision() -> None:
    first = due(push())[0][0].send_key
    assert due(push(title="other"))[0][0].send_key == first
    assert due(push(target=devices(2)))[0][0].send_key == first
    others = {
        due(push(name="m"))[0][0].send_key,
        due(push(revision=2))[0][0].send_key,
        due(push(apps="b"))[0][0].send_key,
    }
    assert len(others | {first}) == 4
    assert first == send_key("appcenter/o/a", "Notification", "n", "r1")


def test_a_marker_fits_and_differs_for_each_request() -> None:
    key = send_key("appcenter/o/a", "Notification", "n", "r1")
    assert len({marker(key, part) for part in range(1000)}) == 1000
    assert {len(marker(key, part)) for part in range(50)} == {20}


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
def test_devices_are_cut_into_what_one_request_takes(count: int, sizes: list[int]) -> None:
    send = due(push(target=devices(count)))[0][0]
    assert [len(part.target["devices"]) for part in send.parts] == sizes
    ids = [device for part in send.parts for device in part.target["devices"]]
    assert len(set(ids)) == count


@pytest.mark.parametrize("state", [SendState.ACCEPTED, SendState.CONFIRMED])
def test_what_was_sent_is_never_due_again(state: SendState) -> None:
    send = due(push())[0][0]
    pending, skipped, told = due(push(), records=rows(send, state))
    assert (pending, [each.why for each in skipped], told) == ((), ["already_sent"], [])


def test_editing_what_was_sent_is_told_and_sends_nothing() -> None:
    send = due(push())[0][0]
    pending, skipped, told = due(push(title="new"), records=rows(send, SendState.CONFIRMED))
    assert (pending, [each.why for each in skipped], told) == ((), ["already_sent"], ["RC510"])


def test_a_new_revision_is_due() -> None:
    send = due(push())[0][0]
    pending, _, told = due(push(revision=2), records=rows(send, SendState.CONFIRMED))
    assert [(each.occurrence, each.consent) for each in pending] == [("r2", "")]
    assert told == []


def test_a_renamed_manifest_needs_consent() -> None:
    send = due(push())[0][0]
    pending, _, _ = due(push(name="renamed"), records=rows(send, SendState.CONFIRMED))
    assert [each.consent for each in pending] == [ALLOW_REPEATS]


@pytest.mark.parametrize(
    "state", [SendState.PLANNED, SendState.HELD, SendState.CLAIMED, SendState.REJECTED, SendState.FAILED]
)
def test_a_rename_before_anything_was_sent_needs_none(state: SendState) -> None:
    send = due(push())[0][0]
    pending, _, _ = due(push(name="renamed"), records=rows(send, state))
    assert [each.consent for each in pending] == [""]


def test_the_same_push_twice_in_one_plan_needs_consent() -> None:
    pending, _, _ = due(push(), push(name="copy"))
    assert [each.consent for each in pending] == ["", ALLOW_REPEATS]


@pytest.mark.parametrize(
    "state", [SendState.DISPATCHED, SendState.UNKNOWN, SendState.PROBING, SendState.NEEDS_DECISION]
)
def test_what_may_have_been_sent_is_settled_first_and_holds_its_app_alone(state: SendState) -> None:
    send = due(push(name="z"))[0][0]
    pending, _, _ = due(push(name="y"), push(name="z"), push(name="x", apps="b"), records=rows(send, state))
    stands = {each.address: each.state for each in pending}
    planned = {"a/Notification/z": state, "a/Notification/y": SendState.HELD, "b/Notification/x": SendState.PLANNED}
    assert stands == planned
    assert pending[0].name == "z"


@pytest.mark.parametrize("declared", [(), (push(revision=2),)], ids=["removed", "another revision"])
@pytest.mark.parametrize("state", sorted(UNSETTLED))
def test_what_may_have_been_sent_is_named_once_though_nothing_asks_for_it(
    declared: tuple[str, ...], state: SendState
) -> None:
    (send,), _, _ = due(push(target=devices(150)))
    assert due(*declared, records=rows(send, state, state))[2] == ["RC516"]
    assert due(push(target=devices(150)), records=rows(send, state, state))[2] == []


@pytest.mark.parametrize("state", sorted(set(SendState) - UNSETTLED))
def test_what_is_settled_is_not_told_of_once_nothing_asks_for_it(state: SendState) -> None:
    (send,), _, _ = due(push())
    assert due(records=rows(send, state))[2] == []


def test_what_is_left_of_a_send_is_due_with_the_recipients_it_was_frozen_with() -> None:
    send = due(push(target=devices(250)))[0][0]
    records = rows(send, SendState.CONFIRMED)
    pending, _, told = due(push(target=devices(250)), records=records)
    assert [part.state for part in pending[0].parts] == [SendState.CONFIRMED, SendState.PLANNED, SendState.PLANNED]
    assert told == []


def test_content_edited_while_partly_sent_is_an_error() -> None:
    send = due(push(target=devices(250)))[0][0]
    assert due(push(target=devices(250), title="new"), records=rows(send, SendState.CONFIRMED))[2] == ["RC511"]


def test_a_refused_send_stays_failed_until_the_manifest_says_something_else() -> None:
    send = due(push())[0][0]
    records = rows(send, SendState.FAILED)
    pending, skipped, _ = due(push(), records=records)
    assert (pending, [each.why for each in skipped]) == ((), ["failed"])
    assert len(due(push(title="mended"), records=records)[0]) == 1


@pytest.mark.parametrize("state", [SendState.ABANDONED, SendState.EXPIRED, SendState.CANCELLED])
def test_an_ended_send_stays_ended(state: SendState) -> None:
    send = due(push())[0][0]
    pending, skipped, _ = due(push(title="edited"), records=rows(send, state))
    assert (pending, [each.why for each in skipped]) == ((), [state.lower()])


def test_another_apps_rows_say_nothing() -> None:
    send = due(push(apps="b"))[0][0]
    assert len(due(push(), records=rows(send, SendState.CONFIRMED))[0]) == 1


def test_recipients_are_counted_and_not_named() -> None:
    send = due(push(target=devices(3)))[0][0]
    assert send.target_words == "3 devices"
    assert replace(send).recipients == 3


def test_a_list_that_was_held_and_then_cut_is_sent_whole_once_it_is_made() -> None:
    long = due(push(target=devices(250)))[0][0]
    short = due(push(target=devices(50)))[0][0]
    held = [replace(row, content_digest="old") for row in rows(long, SendState.HELD, SendState.HELD, SendState.HELD)]
    made = rows(short, SendState.CONFIRMED)
    pending, skipped, told = due(push(target=devices(50)), records=(*made, *held[1:]))
    assert (pending, [each.why for each in skipped], told) == ((), ["already_sent"], [])


def test_what_two_manifests_sent_by_consent_is_no_repeat_of_either() -> None:
    first, second = due(push(name="a"))[0][0], due(push(name="b"))[0][0]
    records = (*rows(first, SendState.CONFIRMED), *rows(second, SendState.CONFIRMED))
    pending, _, _ = due(push(name="a", revision=2), push(name="b", revision=2), records=records)
    assert [each.consent for each in pending] == ["", ""]


def test_a_user_is_counted_as_one_device() -> None:
    assert due(push(target="{users: [u1, u2]}"))[0][0].recipients == 2
    assert due(push())[0][0].recipients is None
