"""Campaigns of Mobile Engagement through plan and apply: who gets what, and that nobody gets it twice."""

from __future__ import annotations

import pytest

from reconciler.core.diff import ADOPT, ALLOW_DELETES
from reconciler.core.edited import ALLOW_REPEATS
from reconciler.model.change import Action
from tests.support.campaigns import KINDS, campaign, manual
from tests.support.project import audience, custom_property
from tests.support.stage import Azure


def applied(azure: Azure, *flags: str, code: int = 0) -> None:
    outcome = azure.apply(*flags)
    assert outcome.code == code, outcome.said
    if code == 0:
        assert azure.is_settled(), azure.plan()


@pytest.mark.parametrize("kind", KINDS)
def test_an_active_campaign_reaches_each_device_once(azure: Azure, kind: str) -> None:
    azure.seed("US", "US", "FR")
    azure.declare(campaign(type=kind))
    applied(azure)
    assert sum(azure.told().values()) == 3
    assert azure.state("news", KINDS[kind]) == "in-progress"
    applied(azure)
    assert sum(azure.told().values()) == 3


def test_a_campaign_reaches_those_of_its_audiences(azure: Azure) -> None:
    azure.seed("US", "US", "FR", "KP")
    azure.declare(
        audience("us", "CarrierCountry eq 'US'"),
        audience("fr", "CarrierCountry eq 'FR'"),
        campaign("both", audience=["us", "fr"]),
        campaign("one", audience={"audiences": ["fr"], "filters": []}),
    )
    applied(azure)
    assert azure.told() == {"both: text": 3, "one: text": 1}


@pytest.mark.parametrize(
    "definition",
    ["CarrierCountry eq 'US' and CarrierCountry eq 'FR'", "CarrierCountry ne null and CarrierCountry eq null"],
)
def test_an_audience_of_nobody_is_not_everybody(azure: Azure, definition: str) -> None:
    azure.seed("US", "FR")
    azure.declare(audience("nobody", definition), campaign(audience=["nobody"]))
    assert azure.apply().code in (0, 3)
    assert not azure.told()


def test_an_empty_list_of_audiences_is_refused_before_any_request(azure: Azure) -> None:
    azure.declare(campaign(audience=[]))
    assert azure.apply().code == 3
    assert not azure.exchanges


def test_a_change_of_the_audience_is_told_as_broader_or_narrower(azure: Azure) -> None:
    azure.declare(audience("us", "CarrierCountry eq 'US'"), campaign(audience=["us"], state="draft"))
    applied(azure)
    azure.declare(audience("us", "CarrierCountry in ('US', 'FR')"), campaign(audience=["us"], state="draft"))
    (change,) = azure.plan().changes
    assert "broader" in next(each.note for each in change.fields if each.path == ("definition",))
    applied(azure)
    azure.declare(audience("us", "CarrierCountry eq 'FR'"), campaign(audience=["us"], state="draft"))
    (change,) = azure.plan().changes
    assert "narrower" in next(each.note for each in change.fields if each.path == ("definition",))


def test_a_scheduled_campaign_that_is_changed_is_delivered_once_and_as_it_is_declared_last(azure: Azure) -> None:
    azure.seed("US", "US")
    at = {"start": azure.wall_clock(3600), "timezone": "UTC"}
    azure.declare(campaign(text="one", schedule=at))
    applied(azure)
    azure.declare(campaign(text="two", schedule=at))
    (change,) = azure.plan().changes
    assert "suspended, changed and activated again" in change.reason
    applied(azure)
    assert azure.requests()[-3:] == [
        "POST announcements/1/suspend".replace("1", number(azure)),
        f"PUT announcements/{number(azure)}",
        f"POST announcements/{number(azure)}/activate",
    ]
    assert not azure.told()
    azure.pass_time(4000)
    assert azure.told() == {"news: two": 2}
    applied(azure)
    assert azure.told() == {"news: two": 2}


def number(azure: Azure) -> str:
    return str(azure.campaigns()["news"]["id"])


def test_a_scheduled_campaign_that_is_moved_is_delivered_at_its_new_time(azure: Azure) -> None:
    azure.seed("US")
    azure.declare(campaign(schedule={"start": azure.wall_clock(3600), "timezone": "UTC"}))
    applied(azure)
    azure.declare(campaign(schedule={"start": azure.wall_clock(7200), "timezone": "UTC"}))
    applied(azure)
    azure.pass_time(5000)
    assert not azure.told()
    azure.pass_time(3000)
    assert azure.told() == {"news: text": 1}


def test_a_draft_that_comes_back_from_scheduled_needs_no_consent_to_be_active_again(azure: Azure) -> None:
    azure.seed("US")
    at = {"start": azure.wall_clock(3600), "timezone": "UTC"}
    for state, stands in (
        ("active", "scheduled"),
        ("draft", "draft"),
        ("active", "scheduled"),
        ("draft", "draft"),
        ("active", "scheduled"),
    ):
        azure.declare(campaign(schedule=at, state=state))
        applied(azure)
        assert azure.state("news") == stands
    azure.pass_time(4000)
    assert azure.told() == {"news: text": 1}


def test_each_revision_of_a_finished_campaign_is_delivered_once(azure: Azure) -> None:
    azure.seed("US")
    for revision in (1, 2, 3):
        azure.declare(campaign(text=f"r{revision}", revision=revision))
        applied(azure, ALLOW_DELETES)
        applied(azure, ALLOW_DELETES)
        azure.declare(campaign(text=f"r{revision}", revision=revision, state="finished"))
        applied(azure)
    assert azure.told() == {"news: r1": 1, "news: r2": 1, "news: r3": 1}


def test_an_earlier_revision_is_not_delivered_again(azure: Azure) -> None:
    azure.seed("US")
    for revision, state in ((1, "active"), (1, "finished"), (2, "active"), (2, "finished"), (1, "active")):
        azure.declare(campaign(text=f"r{revision}", revision=revision, state=state))
        assert azure.apply(ALLOW_DELETES).code == 0
    assert azure.told() == {"news: r1": 1, "news: r2": 1}


def test_a_finished_campaign_is_never_activated_again_whatever_is_edited(azure: Azure) -> None:
    azure.seed("US")
    azure.declare(campaign())
    applied(azure)
    azure.by_hand("finish", "news")
    for spec in ({}, {"text": "other"}, {"state": "draft"}, {"text": "third"}, {"category": "x"}):
        azure.declare(campaign(**{"state": "active", **spec}))
        assert azure.apply(ALLOW_DELETES, ALLOW_REPEATS).code == 0
    assert azure.told() == {"news: text": 1}


def test_a_renamed_campaign_needs_consent_to_be_delivered_again(azure: Azure) -> None:
    azure.seed("US")
    azure.declare(campaign("old"))
    applied(azure)
    azure.declare(campaign("old", state="finished"), campaign("new"))
    assert azure.apply().code == 4
    assert azure.told() == {"old: text": 1}
    assert azure.state("old") == "in-progress"
    applied(azure, ALLOW_REPEATS)
    assert azure.told() == {"old: text": 1, "new: text": 1}


def test_two_manual_campaigns_that_say_the_same_need_no_consent(azure: Azure) -> None:
    azure.declare(manual("a"), manual("b"))
    applied(azure)
    assert {azure.state("a"), azure.state("b")} == {"in-progress"}


@pytest.mark.parametrize("state", ["draft", "scheduled", "in-progress", "finished"])
def test_a_campaign_is_removed_from_every_state_and_nobody_hears_of_it_again(azure: Azure, state: str) -> None:
    azure.seed("US")
    schedule = {"start": azure.wall_clock(3600), "timezone": "UTC"} if state == "scheduled" else None
    azure.declare(campaign(schedule=schedule, state="draft" if state == "draft" else "active"))
    applied(azure)
    if state == "finished":
        azure.by_hand("finish", "news")
    assert azure.state("news") == state
    heard = azure.told()
    azure.declare(custom_property("x"))
    assert azure.apply().code == 4
    applied(azure, ALLOW_DELETES)
    assert azure.state("news") == "gone"
    azure.pass_time(4000)
    assert azure.told() == heard


@pytest.mark.parametrize("wanted", ["draft", "active", "finished"])
@pytest.mark.parametrize("state", ["draft", "scheduled", "in-progress", "finished"])
def test_after_an_adoption_in_any_state_a_second_plan_is_empty_and_nobody_hears_it_twice(
    azure: Azure, state: str, wanted: str
) -> None:
    azure.seed("US")
    start = azure.wall_clock(3600)
    timed = {"startTime": f"{start}Z", "timezone": "UTC"} if state == "scheduled" else {}
    azure.make("news", pushMode="one-shot", **timed)
    for verb in {"draft": (), "finished": ("activate", "finish")}.get(state, ("activate",)):
        azure.by_hand(verb, "news")
    schedule = {"start": start, "timezone": "UTC"} if timed else None
    azure.declare(campaign(content={"title": "news", "body": "text"}, schedule=schedule, state=wanted))
    assert azure.apply().code == 4
    applied(azure, ADOPT)
    azure.pass_time(4000)
    assert azure.told() in ({}, {"news: text": 1})


@pytest.mark.parametrize("is_scheduled", [True, False])
def test_an_adopted_campaign_that_ran_and_was_deleted_outside_is_not_activated(
    azure: Azure, is_scheduled: bool
) -> None:
    """A lost ledger, or a campaign made by hand: once it is ours, who deletes it on the backend means it."""
    azure.seed("US")
    start = azure.wall_clock(3600)
    azure.make("news", pushMode="one-shot", **({"startTime": f"{start}Z", "timezone": "UTC"} if is_scheduled else {}))
    azure.by_hand("activate", "news")
    schedule = {"start": start, "timezone": "UTC"} if is_scheduled else None
    azure.declare(campaign(content={"title": "news", "body": "text"}, schedule=schedule))
    applied(azure, ADOPT)
    azure.pass_time(4000)
    azure.by_hand("finish", "news")
    azure.by_hand("delete", "news")
    outcome = azure.apply()
    assert azure.told() == {"news: text": 1}, outcome.said


def test_the_next_revision_of_an_adopted_campaign_that_finished_is_delivered(azure: Azure) -> None:
    azure.seed("US")
    azure.make("news", pushMode="one-shot")
    azure.by_hand("activate", "news")
    azure.declare(campaign(content={"title": "news", "body": "text"}))
    applied(azure, ADOPT)
    azure.by_hand("finish", "news")
    azure.declare(campaign(text="again", revision=2))
    applied(azure, ALLOW_DELETES)
    assert azure.told() == {"news: text": 1, "news: again": 1}


def test_a_campaign_whose_state_is_not_managed_is_still_scheduled_after_it_was_changed(azure: Azure) -> None:
    azure.seed("US")
    schedule = {"start": azure.wall_clock(3600), "timezone": "UTC"}
    azure.declare(campaign(state=None, schedule=schedule))
    applied(azure)
    assert azure.state("news") == "draft"
    azure.by_hand("activate", "news")
    azure.declare(campaign(text="two", state=None, schedule=schedule))
    outcome = azure.apply()
    assert outcome.code in (0, 3, 4), outcome.said
    assert azure.state("news") == "scheduled"
    azure.pass_time(4000)
    assert sum(azure.told().values()) == 1


def test_a_scheduled_campaign_that_starts_before_it_is_made_anew_is_not_delivered_twice(azure: Azure) -> None:
    # Another type is another campaign; between plan and apply the old one starts, and the phones ring.
    azure.seed("US")
    schedule = {"start": azure.wall_clock(3600), "timezone": "UTC"}
    azure.declare(campaign(text="text", schedule=schedule))
    applied(azure)
    azure.declare(campaign(type="poll", text="text", schedule=schedule))
    azure.apply(between=lambda: azure.pass_time(4000))
    azure.apply()
    assert azure.told() == {"news: text": 1}


def test_a_scheduled_campaign_that_starts_before_it_is_changed_stays_as_it_was(azure: Azure) -> None:
    azure.seed("US")
    schedule = {"start": azure.wall_clock(3600), "timezone": "UTC"}
    azure.declare(campaign(text="one", schedule=schedule))
    applied(azure)
    azure.declare(campaign(text="two", schedule=schedule))
    outcome = azure.apply(between=lambda: azure.pass_time(4000))
    assert outcome.code in (1, 7), outcome.said
    assert azure.told() == {"news: one": 1}
    assert "RC512" in azure.apply().codes
    assert azure.told() == {"news: one": 1}
    assert set(azure.states().values()) == {"CONFIRMED"}


def test_a_draft_that_somebody_activates_before_it_is_removed_is_not_ended_by_a_plan_that_showed_a_draft(
    azure: Azure,
) -> None:
    azure.seed("US")
    azure.declare(campaign(state="draft"))
    applied(azure)
    azure.declare(custom_property("x"))
    outcome = azure.apply(ALLOW_DELETES, between=lambda: azure.by_hand("activate", "news"))
    assert outcome.code != 0, outcome.said
    assert azure.state("news") == "in-progress"


def test_a_namesake_of_another_type_is_neither_changed_nor_taken_for_ours(azure: Azure) -> None:
    azure.seed("US")
    azure.make("news", kind="polls", type=None)
    azure.by_hand("activate", "news", "polls")
    azure.declare(campaign(text="ours"))
    azure.break_("POST", "/activate", "drop-before")
    azure.apply()
    azure.mend()
    azure.heal()
    assert azure.told() == {"news: text": 1, "news: ours": 1}
    assert azure.is_settled()


@pytest.mark.parametrize("revision", [1, 2])
def test_a_scheduled_campaign_whose_revision_is_raised_is_delivered_once(azure: Azure, revision: int) -> None:
    azure.seed("US")
    schedule = {"start": azure.wall_clock(3600), "timezone": "UTC"}
    azure.declare(campaign(schedule=schedule))
    applied(azure)
    azure.declare(campaign(schedule=schedule, revision=revision, text="text" if revision == 1 else "two"))
    applied(azure)
    azure.pass_time(4000)
    assert sum(azure.told().values()) == 1


def test_a_campaign_that_is_removed_and_declared_again_is_not_delivered_again(azure: Azure) -> None:
    azure.seed("US")
    azure.declare(campaign())
    applied(azure)
    azure.declare(custom_property("x"))
    applied(azure, ALLOW_DELETES)
    azure.declare(campaign())
    outcome = azure.apply()
    assert "RC514" in outcome.codes, outcome.said
    assert azure.told() == {"news: text": 1}


def test_after_a_lost_ledger_a_campaign_is_adopted_and_nobody_hears_it_twice(azure: Azure) -> None:
    azure.seed("US")
    azure.declare(campaign(), manual())
    applied(azure)
    azure.lose_ledger()
    assert azure.apply().code == 4
    applied(azure, ADOPT)
    assert azure.told() == {"news: text": 1}


def test_the_plan_shows_an_activation_with_its_audience_and_guarantee(azure: Azure) -> None:
    azure.declare(audience("us"), campaign(audience=["us"]), manual())
    plan = azure.plan()
    assert {(send.name, send.target_words) for send in plan.sends} == {
        ("news", "audience us"),
        ("orders", "nobody by itself: notifications push it to devices"),
    }
    assert all("effectively once" in send.guarantee for send in plan.sends)
    assert [change.action for change in plan.changes] == [Action.CREATE] * 2
