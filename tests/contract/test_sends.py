"""Sends on the sandbox: exactly the phones they are for, once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from reconciler.model.send import SendState
from tests.support.project import audience, custom_property, notification, phone
from tests.support.shop import Shop

PUSH = "/push/notifications"


def populate(shop: Shop) -> None:
    devices: list[dict[str, Any]] = [
        {"install_id": phone(0), "CarrierCountry": "US", "user_id": "ann", "account_id": "x"},
        {"install_id": phone(1), "CarrierCountry": "US", "user_id": "bob", "account_id": "y"},
        {"install_id": phone(2), "CarrierCountry": "FR", "user_id": "ann", "account_id": "y"},
        {"install_id": phone(3), "CarrierCountry": "KP", "custom_properties": {"score": 42}},
        {"install_id": phone(4), "CarrierCountry": "US", "push_enabled": False},
    ]
    shop.admin("POST", "devices", {"app": shop.coordinate, "devices": devices})


TARGETS: list[tuple[Mapping[str, Any], set[int]]] = [
    ({"audiences": ["us"]}, {0, 1}),
    ({"audiences": ["us", "not-kp"]}, {0, 1, 2}),
    ({"audiences": ["answer"]}, {3}),
    ({"devices": [phone(0), phone(3)]}, {0, 3}),
    ({"users": ["ann"]}, {0, 2}),
    ({"accounts": ["y"]}, {1, 2}),
    ({"everyone": True}, {0, 1, 2, 3}),
]


@pytest.mark.parametrize(("target", "reached"), TARGETS, ids=str)
def test_a_send_reaches_exactly_those_it_names_and_the_second_plan_is_empty(
    shop: Shop, target: Mapping[str, Any], reached: set[int]
) -> None:
    populate(shop)
    shop.declare(
        custom_property("score", "number"),
        audience("us"),
        audience("not-kp", "CarrierCountry ne 'KP'"),
        audience("answer", "score eq 42"),
        notification("sale", target),
    )
    ended = shop.apply()
    assert ended.code == 0, ended.said
    (delivery,) = shop.deliveries()
    assert set(delivery["device_ids"]) == {phone(number) for number in reached}
    shop.assert_all_heard_once("sale")


def test_many_devices_are_several_requests_with_a_row_each(shop: Shop) -> None:
    shop.seed(*["US"] * 250)
    shop.declare(notification("direct", {"devices": [phone(number) for number in range(250)]}))
    assert shop.apply().code == 0
    assert [(row.part, row.parts, row.state) for row in shop.rows()] == [
        (part, 3, SendState.CONFIRMED) for part in range(3)
    ]
    assert [len(row.target["devices"]) for row in shop.rows()] == [100, 100, 50]
    assert sum(request[:2] == ("POST", PUSH) for request in shop.requests()) == 3
    assert sorted(each["devices"] for each in shop.deliveries()) == [50, 100, 100]
    shop.assert_all_heard_once("direct", "direct", "direct")


def test_one_over_the_chunk_is_a_second_request_and_exactly_the_chunk_is_not(shop: Shop) -> None:
    shop.declare(
        notification("hundred", {"devices": [phone(number) for number in range(100)]}),
        notification("more", {"devices": [phone(number) for number in range(101)]}),
    )
    assert shop.apply().code == 0
    shop.assert_all_heard_once("hundred", "more", "more")


def test_the_same_phone_named_twice_is_refused(shop: Shop) -> None:
    shop.declare(notification("direct", {"devices": [phone(1), phone(1)]}))
    assert shop.apply().code == 3
    assert not shop.writes()


def test_the_content_arrives_whole_and_the_marker_only_in_the_internal_name(shop: Shop) -> None:
    shop.seed("US")
    content = {"title": "Ça ✓ 🎉", "body": 'a "quote"\nand a line', "data": {"deep_link": "shop://x?a=1&b=2"}}
    document = notification("Sale + 100%")
    document["spec"]["content"] = content
    shop.declare(document)
    assert shop.apply().code == 0
    (row,) = shop.rows()
    shown = shop.api.get(f"{shop.root}{PUSH}/{row.remote_id}").json()["notification_content"]
    assert (shown["title"], shown["body"]) == (content["title"], content["body"])
    assert shown["custom_data"] == content["data"]
    assert shown["name"] == f"Sale + 100% {row.marker}"


def test_a_revision_sends_again_and_an_edit_does_not(shop: Shop) -> None:
    shop.declare(notification("sale", title="one", body="x"))
    assert shop.apply().code == 0
    shop.declare(notification("sale", title="two", body="x"))
    ended = shop.apply()
    assert ended.code == 0, ended.said
    assert "RC510" in ended.said
    assert sum(shop.heard().values()) == 1
    shop.declare(notification("sale", revision=2, title="two", body="x"))
    assert shop.apply().code == 0
    shop.assert_all_heard_once("sale", "sale")
    shop.declare(notification("sale", revision=1, title="one", body="x"))
    assert shop.apply().code == 0
    shop.assert_all_heard_once("sale", "sale")


def test_a_renamed_notification_needs_consent_to_go_again(shop: Shop) -> None:
    shop.declare(notification("old", title="t", body="x"))
    assert shop.apply().code == 0
    shop.declare(notification("new", title="t", body="x"))
    ended = shop.apply()
    assert ended.code == 4, ended.said
    assert "RC402" in ended.err
    assert sum(shop.heard().values()) == 1
    assert shop.apply("--allow-repeats").code == 0
    shop.assert_all_heard_once("new", "old")


def test_a_renamed_app_alias_is_the_same_phone(shop: Shop) -> None:
    shop.declare(notification("sale"))
    assert shop.apply().code == 0
    project = json.loads((shop.folder / "reconciler.yaml").read_text())
    project["spec"]["apps"] = {"renamed": project["spec"]["apps"]["shop"]}
    project["metadata"]["name"] = "another"
    (shop.folder / "reconciler.yaml").write_text(json.dumps(project))
    manifest = notification("sale")
    manifest["metadata"]["apps"] = ["renamed"]
    shop.declare(manifest)
    assert shop.plan_is_empty()
    assert shop.apply().code == 0
    shop.assert_all_heard_once("sale")


@pytest.mark.parametrize(("phones", "is_warned"), [(1000, False), (1001, True)])
def test_a_reach_beyond_what_the_backend_sends_to_is_warned_of(shop: Shop, phones: int, is_warned: bool) -> None:
    shop.seed(*["US"] * phones)
    shop.declare(audience("us"), notification("sale", {"audiences": ["us"]}))
    ended = shop.run("plan")
    assert ended.code == 0, ended.said
    assert ("RC520" in ended.said) is is_warned


def test_a_send_to_more_than_the_guard_allows_is_refused_before_any_effect(shop: Shop) -> None:
    shop.seed("US", "US", "US")
    shop.declare(audience("us"), notification("sale", {"audiences": ["us"]}), guard={"max_recipients": 2})
    ended = shop.apply()
    assert ended.code == 4, ended.said
    assert "RC411" in ended.err
    assert not shop.writes()


def test_an_audience_that_grew_since_it_was_planned_is_not_sent_to(shop: Shop) -> None:
    shop.seed("US")
    shop.declare(audience("us"), notification("sale", {"audiences": ["us"]}), guard={"max_recipients": 2})
    assert shop.run("plan", "--out", "plan.json").code == 0
    # While the audience is being made, a thousand phones arrive.
    shop.break_("PUT", "/analytics/audiences/us", "delay", seconds=1)
    process = shop.start("apply", "plan.json")
    while not shop.faults_hit():
        pass
    shop.seed(*["US"] * 10)
    ended = process.wait()
    assert ended.code in (4, 7), ended.said
    assert not shop.heard()


@pytest.mark.parametrize("names", [["off"], ["us", "off"]])
def test_a_disabled_audience_is_not_sent_to(shop: Shop, names: Sequence[str]) -> None:
    shop.declare(audience("us"), audience("off", enabled=False), notification("sale", {"audiences": names}))
    ended = shop.apply()
    assert ended.code in (1, 3, 7), ended.said
    assert not shop.heard()
