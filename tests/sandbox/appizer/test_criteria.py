"""Criteria: each form on users made for it, three-valued logic, and what is refused."""

from __future__ import annotations

import pytest

from .conftest import App

PEOPLE = {
    "ann": {"plan": "premium", "country": "US", "age": 31, "vip": True, "signup_date": "2023-06-01", "email": "ann@a.example"},
    "bob": {"plan": "premium", "country": "DE", "age": 17.5, "vip": False, "signup_date": "2023-12-31T23:59:59Z"},
    "cat": {"plan": "free", "country": "US", "age": 31.0, "signup_date": "2024-01-01T00:00:00Z", "newsletter": True, "email": "c@b.example"},
    "dan": {"plan": "it's \"free\"", "age": "31", "vip": "true", "signup_date": "2024-01-01T00:30:00+01:00", "dog-lover": True, "newsletter": False, "email": "d@a.example"},
    "eve": {"plan": "Premium", "city": "São Paulo", "and": 1, "users": 2, "with": "x", "completed": True, "last_active": "2020-01-01T00:00:00Z"},
}  # fmt: skip


@pytest.fixture
def people(app: App) -> App:
    for user_id, properties in PEOPLE.items():
        assert app.user(user_id, **properties).status_code == 200
    return app


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        # comparisons: a literal meets values of its own type only
        ("plan=premium", 2),
        ("Users with plan=premium", 2),
        ("all users with plan = 'premium'", 2),
        ('USERS WHO HAVE plan="premium"', 2),
        ("Users with plan = 'it''s \"free\"'", 1),
        ('Users with plan = "it\'s ""free"""', 1),
        ("Users with city = 'São Paulo'", 1),
        ("Users with plan != 'premium'", 3),
        ("Users with plan < 'a'", 1),
        ("Users with age = 31", 2),
        ("Users with age = 31.0", 2),
        ("Users with age = 3.1e1", 2),
        ("Users with age = '31'", 1),
        ("Users with age != 31", 1),
        ("Users with age >= 17.5", 3),
        ("Users with age > 17.5", 2),
        ("Users with age <= 17.5", 1),
        ("Users with age < 17.5", 0),
        ("Users with age > -1", 3),
        ("Users with vip = true", 1),
        ("Users with vip = TRUE", 1),
        ("Users with vip != true", 1),
        ("Users with vip = 'true'", 1),
        ("Users with dog-lover = true", 1),
        # date-times are instants, a day its midnight in UTC
        ("Users with signup_date before 2024-01-01", 3),
        ("Users with signup_date before '2024-01-01T00:00:00Z'", 3),
        ("Users with signup_date after 2023-12-31T22:00:00-01:00", 3),
        ("Users with signup_date after 2023-12-31T23:59:59Z", 1),
        ("Users with signup_date = 2024-01-01", 1),
        ("Users with signup_date >= 2023-12-31T23:59:59Z", 2),
        ("Users with signup_date = '2023-06-01'", 1),
        ("Users with last_active within 7 days", 0),
        ("Users with last_active within 999999 weeks", 1),
        # lists and parts of texts
        ("Users with plan in ('premium', 'free')", 3),
        ("Users with plan in (premium, free)", 3),
        ("Users with age in (31, '31', true)", 3),
        ("Users with age in ('31')", 1),
        ("Users with plan contains 'remiu'", 3),
        ("Users with plan contains \"'\"", 1),
        ("Users with plan starts with 'p'", 2),
        ("Users with plan ends with 'free'", 1),
        ("Users with plan ends with free", 1),
        ("Users with age contains '3'", 1),
        ("Users with plan contains ''", 5),
        # there or not
        ("Users with email", 3),
        ("Users with email is set", 3),
        ("Users with email is missing", 2),
        ("Users with vip is set", 3),
        ("Users with nothing-of-the-kind", 0),
        ("Users with nothing-of-the-kind is missing", 5),
        ("Users subscribed to newsletter", 1),
        ("Users not subscribed to newsletter", 4),
        # joints
        ("Users with plan=premium AND country=US", 1),
        ("Users with plan=premium or country=US and age = 31", 3),
        ("Users with (plan=premium OR country=US) AND age = 31", 2),
        ("Users with NOT plan = 'free' AND country is set", 2),
        ("Users with NOT(plan = 'free' OR age < 18)", 1),
        ("Users with NOT NOT plan = 'free'", 1),
        ("Users who are in ('x') OR plan = 'free'", 1),
        ("Users with ((((plan = 'free'))))", 1),
        ("Users with plan = 'free' AND who have email", 1),
        # a name may be a word of the language
        ("Users with users = 2", 1),
        ("Users with with = 'x'", 1),
        ("Users with completed = true", 1),
        ("Users with completed is set", 1),
        # of something missing, or of another type, nothing is known
        ("Users with vip = true OR vip = false", 2),
        ("Users with NOT vip = true", 1),
        ("Users with NOT (vip = true AND plan = 'premium')", 4),
        ("Users with NOT (vip = true OR plan = 'premium')", 0),
        ("Users with NOT age in (31)", 1),
        ("Users with NOT age in (31, '31')", 0),
        ("Users with NOT plan contains 'remiu'", 2),
        ("Users with NOT signup_date before 2024-01-01", 1),
    ],
)  # fmt: skip
def test_criteria_choose(people: App, criteria: str, count: int) -> None:
    assert people.count(criteria) == count


@pytest.mark.parametrize(
    ("criteria", "quoted"),
    [
        ("Users", "'Users'"),
        ("Users with", "'Users with'"),
        ("everyone I like", "'everyone I like'"),
        ("Users with plan=premium AND blorp gleep OR age = 3", "'blorp gleep'"),
        ("Users with plan==premium", "'plan==premium'"),
        ("Users with plan = united states", "'plan = united states'"),
        ("Users with plan = 'open", "\"plan = 'open\"".strip('"')),
        ("Users with plan = ", "'plan ='"),
        ("Users with plan AND", "Users with plan AND"),
        ("Users with (plan = 'a'", "(plan = 'a'"),
        ("Users with plan = 'a')", "')'"),
        ("Users with ()", "')'"),
        ("Users with plan in ()", "'plan in'"),
        ("Users with plan in ('a' 'b')", "'plan in'"),
        ("Users with vip > true", "'vip > true'"),
        ("Users with signup_date before yesterday", "'signup_date before yesterday'"),
        ("Users with signup_date = 2024-13-01", "'signup_date = 2024-13-01'"),
        ("Users with signup_date = 2024-01-01T00:00:00", "'signup_date = 2024-01-01T00:00:00'"),
        ("Users with last_active within 7 months", "'last_active within 7 months'"),
        ("Users with last_active within 9999999 days", "'last_active within 9999999 days'"),
        ("Users who completed", None),
        ("Users who completed a purchase", "'completed a purchase'"),
        ("Users who triggered app_open 10 times", "'triggered app_open 10 times'"),
        ("plan = 'a' and and = 1", "'and = 1'"),
        ("Users with name'; DROP TABLE users", "name'; DROP TABLE users"),
        ("( " * 10_000, "nested"),
        ("NOT " * 9_000 + "vip", "nested"),
        ("NOT " * 60 + "vip", "nested"),
        ("x " * 30_000, "60000 characters"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_quoted(app: App, criteria: str, quoted: str | None) -> None:
    if quoted is None:
        assert app.count(criteria) == 0  # the bare name of a property, as `email` is
        return
    refused = app.create(criteria)
    assert refused.status_code == 400
    assert refused.json()["code"] == "INVALID_REQUEST"
    assert refused.json()["details"] == {"field": "criteria"}
    assert quoted in refused.json()["message"]
    assert app.list().json()["audiences"] == []


def test_long_and_deep_criteria_are_understood(people: App) -> None:
    assert people.count("Users with " + " OR ".join(f"plan = 'p{number}'" for number in range(1500)) + " OR vip") == 3
    assert people.count("Users with " + " AND ".join(["email"] * 3900)) == 3
    numbers = ", ".join(f"'{number}'" for number in range(4000))
    assert people.count(f"Users with plan in ({numbers}, 'free')") == 1
    nested = "email"
    for depth in range(30):
        nested = f"({nested} {'OR' if depth % 2 else 'AND'} {'users = 1' if depth % 2 else 'plan is set'})"
    assert people.count(f"Users with {nested}") == 3
    assert people.count(f"Users with {'(' * 60}email{')' * 60}") == 3
