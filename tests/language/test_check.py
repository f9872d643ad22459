"""Each finding, its place and its hint."""

from __future__ import annotations

import pytest

from reconciler.language import PROBLEMS, Problem, Property, check, parse
from reconciler.language.countries import ACCEPTED_COUNTRIES, COUNTRIES, MEANT_COUNTRIES
from reconciler.language.languages import ACCEPTED_LANGUAGES, LANGUAGES, MEANT_LANGUAGES

PROPERTIES = {
    "plan": Property("string", ("free", "basic", "premium")),
    "postcode": Property("string", pattern="^[0-9]{5}$"),
    "broken": Property("string", pattern="["),
    "age": Property("number", minimum=0, maximum=150),
    "level": Property("number", (1, 2, 3)),
    "visits": Property("number"),
    "vip": Property("boolean"),
    "signup": Property("date_time", minimum="2020-01-01T00:00:00Z"),
    "city": Property("string"),
}


def _found(text: str) -> list[Problem]:
    return list(check(parse(text), PROPERTIES))


FINDINGS = [
    ("CarrierContry eq 'US'", "RC221", "CarrierContry", "did you mean `CarrierCountry`?"),
    ("Plan eq 'free'", "RC221", "Plan", "did you mean `plan`?"),
    ("completely-else eq 'x'", "RC221", "completely-else", "declare it as a `CustomProperty`"),
    ("age eq '18'", "RC222", "'18'", "write it without quotes: 18"),
    ("age eq 'old'", "RC222", "'old'", "write a number, without quotes"),
    ("vip eq 'True'", "RC222", "'True'", "write it without quotes: True"),
    ("vip eq 1", "RC222", "1", "write `true` or `false`"),
    ("city eq 12", "RC222", "12", "put it in single quotes: '12'"),
    ("OsVersion eq 9", "RC222", "9", "put it in single quotes: '9'"),
    ("age in (1, 'x')", "RC222", "'x'", "write a number"),
    ("signup gt '2026-01-31T00:00:00Z'", "RC222", "'2026-01-31T00:00:00Z'", "write it without quotes: 2026-01-31"),
    ("contains(age, '1')", "RC222", "age", "compare it with `eq`"),
    ("vip gt true", "RC223", "true", "compare it with `eq` or `ne`"),
    ("plan eq 'premum'", "RC224", "'premum'", "did you mean 'premium'?"),
    ("plan in ('free', 'xyz')", "RC224", "'xyz'", "the declared values are 'free', 'basic', 'premium'"),
    ("startswith(plan, 'x')", "RC224", "'x'", "the declared values are"),
    ("level ne 4", "RC224", "4", "the declared values are 1, 2, 3"),
    ("postcode eq '1234'", "RC224", "'1234'", "the pattern is `^[0-9]{5}$`"),
    ("age eq 151", "RC224", "151", "it is at least 0 and at most 150"),
    ("age gt 150", "RC224", "150", "it is at least 0"),
    ("age ge 151", "RC224", "151", "it is at least 0"),
    ("age lt 0", "RC224", "0", "it is at least 0"),
    ("age le -1", "RC224", "-1", "it is at least 0"),
    ("signup eq 2019-01-01T00:00:00Z", "RC224", "2019-01-01T00:00:00Z", "it is at least 2020-01-01T00:00:00Z"),
    ("carriercountry eq 'us'", "RC225", "'us'", "did you mean 'US'?"),
    ("CarrierCountry in ('US', 'UK')", "RC225", "'UK'", "did you mean 'GB'?"),
    ("CarrierCountry ne 'ZZ'", "RC225", "'ZZ'", "write an ISO 3166-1 code"),
    ("locale eq 'eng'", "RC226", "'eng'", "did you mean 'en'?"),
    ("Language eq 'english'", "RC226", "'english'", "write an ISO 639-1 code"),
    ("Language eq 'de-'", "RC226", "'de-'", "write an ISO 639-1 code"),
    ("AppVersion gt '1.9'", "RC228", "'1.9'", "list the versions with `in`"),
    ("city le '10'", "RC228", "'10'", "declare a custom property of type `number`"),
    ("vip eq true and (plan eq 'free' and plan eq 'basic')", "RC229", "plan eq 'free' and plan eq 'basic'", "an `or`"),
    ("visits lt 5 and visits gt 5", "RC229", "visits lt 5 and visits gt 5", "an `or` or `in` may be meant"),
    ("plan eq null or plan ne null", "RC230", "plan eq null or plan ne null", "everyone: true"),
    ("plan ne 'free' or plan ne 'basic'", "RC233", "plan ne 'free' or plan ne 'basic'", "an `and` may be meant"),
    ("visits le 5 or visits ge 5 or vip eq true", "RC233", "visits le 5 or visits ge 5 or vip eq true", None),
    ("contains(city, '')", "RC233", "city, ''", None),
]


@pytest.mark.parametrize(("text", "code", "part", "hint"), FINDINGS, ids=[text for text, *_ in FINDINGS])
def test_findings(text: str, code: str, part: str, hint: str | None) -> None:
    [problem] = _found(text)
    assert (problem.code, text[problem.offset : problem.offset + problem.length]) == (code, part)
    assert hint is None or hint in (problem.hint or "")
    assert problem.severity == ("warning" if code in {"RC228", "RC230", "RC233"} else "error")
    assert not problem.message.endswith(".")
    assert code in PROBLEMS


@pytest.mark.parametrize(
    "text",
    [
        "CarrierCountry eq 'XK' or CarrierCountry eq null",
        "Language in ('de', 'DE', 'pt-BR', 'zh_Hans_CN', 'fil', 'iw')",
        "startswith(CarrierCountry, 'U')",
        "age le 150 and age ge 0",
        "age lt 151 and age gt -1",
        "plan ne null and startswith(plan, 'pre')",
        "plan ne 'free' and plan ne 'basic'",
        "broken eq 'x'",
        "signup gt 2019-01-01T00:00:00Z",
        "Model gt 'Pixel'",
        "AppVersion eq '1.9'",
        "(plan eq 'free' and age gt 5) or (plan eq 'basic' and age lt 3)",
    ],
)
def test_no_finding(text: str) -> None:
    assert _found(text) == []


def test_all_findings_come_at_once_in_the_order_of_the_text() -> None:
    text = "CarrierCountry eq 'UK' and (age gt '5' or AppVersion gt '2') and unknown eq 1"
    assert [problem.code for problem in _found(text)] == ["RC225", "RC222", "RC228", "RC221"]


def test_reach_is_judged_beside_warnings_but_not_beside_errors() -> None:
    assert [problem.code for problem in _found("AppVersion gt '2' and AppVersion lt '1'")] == [
        "RC229",
        "RC228",
        "RC228",
    ]
    assert [problem.code for problem in _found("plan eq 'x' and plan eq 'free'")] == ["RC224"]


def test_the_tables_of_codes() -> None:
    assert (len(COUNTRIES), len(LANGUAGES)) == (249, 183)
    assert all(len(code) == 2 and code.isupper() for code in COUNTRIES)
    assert all(len(code) == 2 and code.islower() for code in LANGUAGES)
    assert set(MEANT_COUNTRIES.values()) <= ACCEPTED_COUNTRIES
    assert not set(MEANT_COUNTRIES) & ACCEPTED_COUNTRIES
    assert set(MEANT_LANGUAGES.values()) <= ACCEPTED_LANGUAGES
    assert not set(MEANT_LANGUAGES) & ACCEPTED_LANGUAGES
