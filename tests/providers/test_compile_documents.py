"""Every definition of the user's documents and of the fact sheets, on every backend, as a list written out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reconciler.language import DefinitionError, Property, check, normal_text, parse, show
from reconciler.providers.appizer.sentence import compile_sentence
from reconciler.providers.mobileengagement.criteria import compile_audience

SAYABLE = [
    # document, definition, types, what App Center gets, Mobile Engagement's expression, Appizer's sentence
    (
        "johnthiriet.com",
        "CarrierCountry ne 'KP'",
        {},
        "CarrierCountry ne 'KP'",
        "not CarrierCountry_missing and not CarrierCountry_KP",
        "Users with CarrierCountry != 'KP'",
    ),
    (
        "johnthiriet.com",
        "TestProperty eq '42'",
        {"TestProperty": "string"},
        "TestProperty eq '42'",
        "TestProperty_42",
        "Users with TestProperty = '42'",
    ),
    (
        "pushapi.md",
        "CarrierCountry eq 'US'",
        {},
        "CarrierCountry eq 'US'",
        "CarrierCountry_US",
        "Users with CarrierCountry = 'US'",
    ),
    (
        "pushapi.md",
        "myBooleanProperty eq true and myStringPropety eq 'myStringValue'",
        {"myBooleanProperty": "boolean", "myStringPropety": "string"},
        "myBooleanProperty eq true and myStringPropety eq 'myStringValue'",
        "MyBooleanProperty_true and MyStringPropety_myStringValue",
        "Users with myBooleanProperty = true AND myStringPropety = 'myStringValue'",
    ),
    (
        "Appizer, create audience, in our words",
        "country = 'US' AND plan = 'premium'",
        {"country": "string", "plan": "string"},
        "country eq 'US' and plan eq 'premium'",
        "Country_US and Plan_premium",
        "Users with country = 'US' AND plan = 'premium'",
    ),
    (
        "Appizer, create audience, in our words",
        "signup_date lt 2024-01-01T00:00:00Z",
        {"signup_date": "date_time"},
        "signup_date lt 2024-01-01T00:00:00Z",
        "Signup_date_LT_2024_01_01",
        "Users with signup_date < 2024-01-01T00:00:00Z",
    ),
    (
        "appcenter.md §4, symbols and other spellings",
        "locale = 'DE' and screenSize != '1024X768' and carrierName = 'AT&T'",
        {},
        "CarrierName eq 'AT&T' and Language eq 'DE' and ScreenSize ne '1024X768'",
        "CarrierName_AT_T and Language_DE and not ScreenSize_missing and not ScreenSize_1024X768",
        "Users with CarrierName = 'AT&T' AND Language = 'DE' AND ScreenSize != '1024X768'",
    ),
    (
        "appcenter.md §4, the six comparisons",
        "n = 1 or n != 2 or n < 3 or n > 4 or n <= 5 or n >= 6",
        {"n": "number"},
        "n eq 1 or n ge 6 or n gt 4 or n le 5 or n lt 3 or n ne 2",
        "N_EQ_1 or N_GE_6 or N_GT_4 or N_LE_5 or N_LT_3 or N_LT_2 or N_GT_2",
        "Users with n = 1 OR n >= 6 OR n > 4 OR n <= 5 OR n < 3 OR n != 2",
    ),
    (
        "mobile-engagement.md §6, information not available",
        "CarrierName eq null",
        {},
        "CarrierName eq null",
        "CarrierName_missing",
        "Users with CarrierName is missing",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("document", "definition", "types", "odata", "expression", "sentence"), SAYABLE)
def test_a_definition_that_every_backend_can_say(
    document: str, definition: str, types: dict[str, str], odata: str, expression: str, sentence: str
) -> None:
    expr = parse(definition)
    errors = [problem for problem in check(expr, _declared(types)) if problem.severity == "error"]
    audience, problems = compile_audience(expr, types)
    assert (errors, problems) == ([], ()), document
    assert normal_text(definition) == odata == normal_text(odata)
    assert audience is not None
    assert audience["expression"] == expression
    assert compile_sentence(expr, types) == (sentence, ())


NOT_IN_MOBILE_ENGAGEMENT = [
    ("rest-api.md", "dog-lover eq true and dog-breed eq 'Golden Retriever'", ["dog-lover", "dog-breed"]),
    ("appcenter.md §4, versions", "AppVersion gt '1.10.0'", ["'1.10.0'"]),
]


@pytest.mark.parametrize(("document", "definition", "blamed"), NOT_IN_MOBILE_ENGAGEMENT)
def test_a_definition_that_mobile_engagement_cannot_say(document: str, definition: str, blamed: list[str]) -> None:
    types = {"dog-lover": "boolean", "dog-breed": "string"}
    expr = parse(definition)
    assert not [problem for problem in check(expr, _declared(types)) if problem.severity == "error"], document
    assert parse(show(expr)) == expr
    assert compile_sentence(expr, types)[1] == ()
    audience, problems = compile_audience(expr, types)
    assert audience is None
    assert [definition[each.offset : each.offset + each.length] for each in problems] == blamed
    assert {each.code for each in problems} == {"RC234"}


@pytest.mark.parametrize(
    "criteria",
    [
        "Users with plan=premium AND last_active within 7 days",
        "Users who completed purchase in the last 30 days",
        "Users with email AND NOT subscribed to newsletter",
        "Users from country=US AND plan=premium",
        "Users who triggered event=app_open more than 10 times",
        "Users with signup_date before 2024-01-01",
    ],
)
def test_a_sentence_of_appizer_is_no_definition(criteria: str) -> None:
    """They are compared as text; what they ask of events and of the last days our language cannot say."""
    with pytest.raises(DefinitionError):
        parse(criteria)


def test_what_the_page_on_the_language_shows() -> None:
    page = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8").split("\n## Backends")[1]
    expr = parse("CarrierCountry ne 'KP' and age ge 18")
    [shown] = re.findall(r"^```json\n(.*?)^```", page, re.M | re.S)
    assert compile_audience(expr, {"age": "number"})[0] == json.loads(shown)
    [sentence] = re.findall(r"^```text\n(.*?)\n```", page, re.M | re.S)
    assert compile_sentence(expr, {"age": "number"})[0] == sentence


def _declared(types: dict[str, str]) -> dict[str, Property]:
    return {name: Property(type) for name, type in types.items()}  # type: ignore[arg-type]
