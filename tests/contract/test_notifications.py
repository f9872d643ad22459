"""Notifications on Mobile Engagement: to audiences by campaigns of their own, to devices by pushes of a manual one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.campaigns import QUESTIONS, campaign, manual, push
from tests.support.described import check_exchanges
from tests.support.project import audience, notification
from tests.support.stage import Azure, device_id

SEED_003 = ["ae7a1e59c25725f77c6a06219dd67044", "4f56b6db7023558b1ce30068f64404c0"]
INVALID = "97fddfdf62a4f8816fe2d355806c787b"


def applied(azure: Azure, *flags: str, code: int = 0) -> None:
    outcome = azure.apply(*flags)
    assert outcome.code == code, outcome.said
    if code == 0:
        assert azure.is_settled(), azure.plan()


def pushes(azure: Azure) -> list[str]:
    return [each for each in azure.requests() if each.endswith("/push")]


def text(name: str, **spec: Any) -> dict[str, Any]:
    made = notification(
        name, spec.pop("target", {"everyone": True}), spec.pop("revision", None), title=name, body="text"
    )
    made["spec"] |= spec
    return made


@pytest.mark.parametrize(
    ("target", "reached"),
    [({"everyone": True}, 4), ({"audiences": ["us"]}, 2), ({"audiences": ["us", "fr"]}, 3)],
    ids=str,
)
def test_a_notification_reaches_those_it_is_for_at_once_and_once(
    azure: Azure, target: dict[str, Any], reached: int
) -> None:
    azure.seed("US", "US", "FR", "KP")
    azure.declare(
        audience("us", "CarrierCountry eq 'US'"),
        audience("fr", "CarrierCountry eq 'FR'"),
        text("sale", target=target),
    )
    applied(azure)
    assert azure.told() == {"sale: text": reached}
    applied(azure)
    assert azure.told() == {"sale: text": reached}
    check_exchanges(azure)


def test_a_phone_that_comes_later_does_not_get_a_notification_that_was_sent(azure: Azure) -> None:
    azure.seed("US")
    azure.declare(text("sale"))
    applied(azure)
    azure.admin("POST", "devices", {"app": azure.coordinate, "devices": [{"install_id": device_id(77)}]})
    assert azure.told() == {"sale: text": 1}


def test_a_scheduled_notification_waits_for_its_time_on_the_backend(azure: Azure) -> None:
    azure.seed("US", "FR")
    azure.declare(text("sale", schedule={"at": azure.wall_clock(3600), "timezone": "UTC"}))
    applied(azure)
    azure.pass_time(1800)
    applied(azure)
    assert not azure.told()
    azure.pass_time(2000)
    assert azure.told() == {"sale: text": 2}
    applied(azure)
    assert azure.told() == {"sale: text": 2}


def test_a_notification_whose_time_is_long_past_is_not_sent(azure: Azure) -> None:
    # Design, section 8: too late is visible, and never sent; a first run never sends what was already due.
    azure.seed("US")
    azure.declare(text("sale", schedule={"at": azure.wall_clock(-7 * 86400), "timezone": "UTC"}))
    azure.apply()
    assert not azure.told()


def test_each_revision_is_sent_once(azure: Azure) -> None:
    azure.seed("US")
    for revision in (1, 2, 2, 1):
        azure.declare(text("sale", revision=revision))
        applied(azure)
    assert azure.heard().total() == 2
    assert len([name for name in azure.campaigns() if name.startswith("sale ~pk1")]) == 2


def test_an_edit_is_told_and_sends_nothing(azure: Azure) -> None:
    azure.seed("US")
    azure.declare(text("sale"))
    applied(azure)
    azure.declare(notification("sale", title="sale", body="other"))
    assert "RC510" in azure.apply().codes
    assert azure.told() == {"sale: text": 1}


def test_after_a_lost_ledger_a_notification_is_refused_until_it_is_rebuilt(azure: Azure) -> None:
    azure.seed("US")
    azure.declare(text("sale"))
    applied(azure)
    azure.lose_ledger()
    outcome = azure.apply()
    assert "RC720" in outcome.codes, outcome.said
    assert azure.told() == {"sale: text": 1}


def test_the_pushes_of_seed_003(azure: Azure) -> None:
    azure.admin("POST", "devices", {"app": azure.coordinate, "devices": [{"install_id": each} for each in SEED_003]})
    override = {
        "title": "Your command number #123 has been shipped!",
        "body": "Click to track it.",
        "action_url": "http://mysite.com/commands/123",
    }
    azure.declare(
        manual(content={"title": "Your order", "body": "News about your order"}),
        push("all", [SEED_003[0], INVALID]),
        push("shipped", SEED_003[1:], content=override),
    )
    outcome = azure.apply()
    assert outcome.code == 0, outcome.said
    assert f"the backend rejected 1 of 2 ids: {INVALID}" in outcome.said
    assert [(each["device_ids"], each["content"]) for each in azure.deliveries()] == [
        ([SEED_003[0]], {"notificationTitle": "Your order", "notificationMessage": "News about your order"}),
        (
            [SEED_003[1]],
            {
                "notificationTitle": override["title"],
                "notificationMessage": override["body"],
                "actionUrl": override["action_url"],
            },
        ),
    ]
    assert azure.is_settled()
    assert INVALID in next(row.detail for row in azure.rows() if row.name == "all")
    check_exchanges(azure)


def test_an_override_names_only_what_differs(azure: Azure) -> None:
    ids = azure.seed("US")
    azure.declare(
        manual(content={"title": "ours", "body": "text", "action_url": "shop://a"}),
        push("one", ids, content={"action_url": "shop://b"}),
        push(
            "two",
            ids,
            content={"title": "other", "mobileengagement": {"notificationSound": True, "endTime": "2030-01-01T00:00"}},
        ),
    )
    applied(azure)
    first, second = (each["content"] for each in azure.deliveries())
    assert (first["notificationTitle"], first["actionUrl"]) == ("ours", "shop://b")
    assert (second["notificationTitle"], second["notificationMessage"], second["actionUrl"]) == (
        "other",
        "text",
        "shop://a",
    )
    check_exchanges(azure)


def test_a_poll_is_pushed_with_other_questions_of_the_same_shape(azure: Azure) -> None:
    ids = azure.seed("US")
    own = {"mobileengagement": {"questions": [{**each, "title": "Other?"} for each in QUESTIONS]}}
    azure.declare(manual(type="poll"), push("one", ids, content=own))
    applied(azure)
    assert len(pushes(azure)) == 1
    check_exchanges(azure)
    azure.declare(manual(type="poll"), push("two", ids, content={"mobileengagement": {"questions": QUESTIONS[:1]}}))
    assert "RC208" in azure.apply().codes


def test_many_devices_are_pushed_to_in_chunks_with_a_row_each_and_each_once(azure: Azure) -> None:
    ids = azure.seed(*["US"] * 2400) + [device_id(number) for number in range(9000, 9100)]
    azure.declare(manual(), push("all", ids))
    outcome = azure.apply()
    assert outcome.code == 0, outcome.said
    rows = [row for row in azure.rows() if row.name == "all"]
    assert [(row.part, row.parts, str(row.state), len(row.target["devices"])) for row in rows] == [
        (0, 3, "CONFIRMED", 1000),
        (1, 3, "CONFIRMED", 1000),
        (2, 3, "CONFIRMED", 500),
    ]
    assert [each for row in rows for each in row.target["devices"]] == ids
    assert azure.told() == {"orders: text": 2400}
    assert all(each in rows[2].detail for each in ids[2400:])
    assert "rejected 100 of 500 ids" in outcome.said
    assert azure.is_settled()


@pytest.mark.parametrize("count", [999, 1000, 1001])
def test_a_chunk_is_full_at_a_thousand(azure: Azure, count: int) -> None:
    ids = [device_id(number) for number in range(count)]
    azure.declare(manual(), push("all", ids))
    applied(azure)
    assert len(pushes(azure)) == (2 if count > 1000 else 1)


def test_an_id_that_is_named_twice_is_refused_before_any_request(azure: Azure) -> None:
    azure.declare(manual(), push("all", [device_id(1), device_id(2), device_id(1)]))
    outcome = azure.apply()
    assert outcome.code == 3
    assert "RC112" in outcome.codes
    assert not azure.exchanges


def test_the_rest_of_a_push_is_sent_to_the_ids_that_were_frozen(azure: Azure) -> None:
    ids = azure.seed(*["US"] * 1500)
    azure.declare(manual(), push("all", ids))
    azure.break_("POST", "/push", "throttle", nth=2, retry_after=3600)
    assert azure.apply().code != 0
    azure.mend()
    azure.declare(manual(), push("all", ids[::-1]))
    outcome = azure.apply()
    assert "RC511" in outcome.codes, outcome.said
    assert azure.heard().total() == 1000
    azure.declare(manual(), push("all", ids))
    applied(azure)
    assert azure.told() == {"orders: text": 1500}


@pytest.mark.parametrize(
    ("effect", "delivered"), [("drop-before", 0), ("drop-after", 1), ("error-before", 0), ("error-after", 1)]
)
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_push_whose_answer_is_lost_asks_a_person_and_is_never_made_again_by_itself(
    azure: Azure, effect: str, delivered: int, nth: int
) -> None:
    ids = azure.seed(*["US"] * 2001)
    azure.declare(manual(), push("all", ids), push("behind", ids[:1], content={"body": "behind"}))
    azure.break_("POST", "/push", effect, nth=nth)
    outcome = azure.apply()
    assert outcome.code == 8, outcome.said
    azure.mend()
    states = azure.states()
    assert states[f"all/r1/{nth - 1}"] == "NEEDS_DECISION"
    assert states["behind/r1/0"] == "HELD"
    left = len(pushes(azure))
    for _ in range(2):
        assert azure.apply().code == 8
    azure.probe_all()
    assert len(pushes(azure)) == left
    assert azure.heard().total() in (1000 * (nth - 1) + delivered * min(1000, 2001 - 1000 * (nth - 1)),)
    assert azure.heal()[-1] == 0
    assert azure.told() == {"orders: text": 2001, "orders: behind": 1}
    assert azure.is_settled()


@pytest.mark.parametrize("status", ["draft", "finished"])
def test_a_campaign_that_is_not_in_progress_is_not_pushed(azure: Azure, status: str) -> None:
    ids = azure.seed("US")
    azure.declare(manual())
    applied(azure)
    azure.by_hand("finish", "orders")
    azure.declare(manual(), push("all", ids))
    outcome = azure.apply()
    assert outcome.code in (1, 7), outcome.said
    assert "RC609" in outcome.codes
    assert not azure.told()
    assert not pushes(azure), status


@pytest.mark.parametrize(
    "documents", [[campaign("orders")], [manual(state="draft")], []], ids=["not manual", "draft", "missing"]
)
def test_a_push_through_a_campaign_that_cannot_be_pushed_is_refused_before_any_request(
    azure: Azure, documents: Sequence[dict[str, Any]]
) -> None:
    azure.declare(*documents, push("all", [device_id(1)]))
    outcome = azure.apply()
    assert outcome.code == 3
    assert outcome.codes & {"RC206", "RC207"}
    assert not azure.exchanges


def test_devices_without_a_campaign_and_a_campaign_without_devices_are_refused(azure: Azure) -> None:
    azure.declare(manual(), notification("all", {"devices": [device_id(1)]}))
    assert azure.apply().code == 3
    azure.declare(
        manual(),
        notification("all", {"everyone": True}) | {"spec": {"campaign": "orders", "target": {"everyone": True}}},
    )
    assert azure.apply().code == 3
    assert not azure.exchanges


def test_a_push_waits_for_its_campaign_to_begin(azure: Azure) -> None:
    ids = azure.seed("US")
    azure.declare(manual(), push("all", ids))
    assert azure.apply().code == 0
    assert azure.told() == {"orders: text": 1}


def test_after_a_lost_ledger_devices_are_not_pushed_to_until_a_person_says_so(azure: Azure) -> None:
    ids = azure.seed("US")
    azure.declare(manual(), push("all", ids))
    applied(azure)
    azure.lose_ledger()
    outcome = azure.apply("--adopt")
    assert outcome.code == 4, outcome.said
    assert "RC421" in outcome.codes
    assert azure.told() == {"orders: text": 1}
