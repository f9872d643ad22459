"""The documented examples of criteria, on users, devices and events made for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import App, started

DAY = 86_400


@pytest.fixture
def timed(tmp_path: Path) -> Iterator[App]:
    """An app on a sandbox of its own, whose clock may be moved."""
    with started(tmp_path) as (_, app):
        yield app


def advance(app: App, seconds: float) -> None:
    assert app.api.put("/_sandbox/clock", json={"advance": seconds}).status_code == 200


def test_completed_purchase_in_the_last_30_days(timed: App) -> None:
    criteria = "Users who completed purchase in the last 30 days"
    timed.event("old", "purchase")
    advance(timed, 20 * DAY)
    timed.event("new", "purchase", total=3)
    timed.event("other", "Purchase")
    timed.event("other", "app_open")
    assert timed.count(criteria) == 2
    advance(timed, 11 * DAY)
    assert timed.count(criteria) == 1
    assert [one["user_count"] for one in timed.list().json()["audiences"]] == [1, 1]
    advance(timed, 20 * DAY)
    assert timed.count(criteria) == 0
    assert timed.count("Users who completed purchase") == 2
    assert timed.count("Users who have not completed purchase") == 1


def test_email_and_not_subscribed_to_newsletter(app: App) -> None:
    app.api.post("/v1/users", json={"app_id": app.id, "user_id": "silent", "email": "a@example.com"})
    app.user("subscribed", email="b@example.com", newsletter=True)
    app.user("left", email="c@example.com", newsletter=False)
    app.user("unreachable", phone="+1")
    assert app.count("Users with email AND NOT subscribed to newsletter") == 2


def test_country_and_plan_of_devices_and_of_users(app: App) -> None:
    app.seed(
        {"install_id": "1", "user_id": "ann", "CarrierCountry": "US", "custom_properties": {"plan": "premium"}},
        {"install_id": "2", "user_id": "bob", "CarrierCountry": "US", "custom_properties": {"plan": "free"}},
        {"install_id": "3", "user_id": "cat", "CarrierCountry": "DE", "custom_properties": {"plan": "premium"}},
        {"install_id": "4", "CarrierCountry": "US", "custom_properties": {"plan": "premium"}},
        {"install_id": "5", "user_id": "dan", "CarrierCountry": "DE", "custom_properties": {"country": "US"}},
    )
    app.user("dan", plan="premium")
    app.user("eve", plan="premium", country="US")
    assert app.count("Users from country=US AND plan=premium") == 3
    assert app.count("Users with CarrierCountry = 'US' AND plan = 'premium'") == 1


def test_triggered_app_open_more_than_10_times(timed: App) -> None:
    def opens(user_id: str, times: int) -> None:
        events = [{"event_name": "app_open", "user_id": user_id}] * times
        answered = timed.api.post("/v1/events/batch", json={"app_id": timed.id, "events": events})
        assert answered.json()["processed_count"] == times

    opens("ten", 10)
    opens("eleven", 11)
    advance(timed, 2 * DAY)
    opens("ten", 1)
    opens("two", 2)
    for criteria, count in {
        "Users who triggered event=app_open more than 10 times": 2,
        "Users who triggered event = 'app_open' more than 10 times": 2,
        "Users who triggered app_open at least 11 times": 2,
        "Users who triggered event app_open exactly 2 times": 1,
        "Users who triggered app_open fewer than 11 times": 1,
        "Users who triggered app_open at most 11 times": 3,
        "Users who triggered app_open at least 1 time in the last 1 day": 2,
        "Users who triggered app_open more than 1 times within 24 hours": 1,
        "Users who triggered app_open in the last 1 week AND NOT triggered app_open within 60 minutes": 1,
        "Users who triggered app_open less than 1 time": 0,
    }.items():
        assert timed.count(criteria) == count, criteria


def test_signup_date_before_2024(app: App) -> None:
    for user_id, signup in {"a": "2023-12-31", "b": "2023-12-31T23:59:59.999Z", "c": "2024-01-01", "d": "soon"}.items():
        app.user(user_id, signup_date=signup)
    app.user("e")
    assert app.count("Users with signup_date before 2024-01-01") == 2


def test_plan_premium_and_last_active_within_7_days(timed: App) -> None:
    timed.user("ann", plan="premium", last_active="2020-01-01T00:00:00Z")
    timed.user("bob", plan="premium")
    timed.user("cat", plan="free")
    criteria = "Users with plan=premium AND last_active within 7 days"
    assert timed.count(criteria) == 0
    for user_id in ("ann", "cat"):
        timed.event(user_id, "app_open")  # an event is activity
    assert timed.count(criteria) == 1
    advance(timed, 7 * DAY + 1)
    assert [one["user_count"] for one in timed.list().json()["audiences"]] == [0, 0]
