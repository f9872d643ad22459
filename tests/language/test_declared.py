"""How two audiences stand to each other if devices have declared values only."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.language import And, Expr, Not, Or, Property, describe_change, evaluate, parse, relation

from .definitions import trees

law = settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))

PROPERTIES = {
    "plan": Property("string", ("free", "premium")),
    "level": Property("number", (1, 2.0, 3.5)),
    "age": Property("number", minimum=0, maximum=3),
    "vip": Property("boolean", (True,)),
    "day": Property("date_time", ("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z")),
    "mixed": Property("string", ("a", 1)),
    "postcode": Property("string", pattern="^[0-9]{5}$"),
}


@pytest.mark.parametrize(
    ("old", "new", "found", "undeclared"),
    [
        ("plan ne 'free'", "plan eq 'premium'", "equivalent", "narrower"),
        ("plan ne 'free'", "plan eq 'free'", "disjoint", "disjoint"),
        ("plan eq 'free'", "plan in ('free', 'gold')", "equivalent", "broader"),
        ("plan in ('free', 'premium')", "plan ne null", "equivalent", "broader"),
        ("contains(plan, 're')", "plan ne null", "equivalent", "broader"),
        ("plan ne 'free' and Model eq 'a'", "plan eq 'premium'", "broader", "overlapping"),
        ("plan ne 'free'", "plan eq 'premium' or plan eq null", "broader", "overlapping"),
        ("level ne 1", "level in (2, 3.5)", "equivalent", "narrower"),
        ("age ge 0", "age ne null", "equivalent", "broader"),
        ("age gt 0", "age ne null", "broader", "broader"),
        ("age lt 3", "age ne null", "broader", "broader"),
        ("age gt 2.5", "age ge 2.5 and age le 3", "broader", "overlapping"),
        ("vip ne null", "vip eq true", "equivalent", "narrower"),
        ("day gt 2026-01-31T00:00:00Z", "day eq 2026-02-01T00:00:00Z", "equivalent", "narrower"),
        ("mixed eq 'a'", "mixed ne null", "broader", "broader"),
        ("postcode eq '12345'", "postcode ne null", "broader", "broader"),
        ("plan eq 'free'", "plan eq 1", "unknown", "unknown"),
    ],
)
def test_declared_values_are_all_there_are(old: str, new: str, found: str, undeclared: str) -> None:
    assert relation(parse(old), parse(new), PROPERTIES) == found
    assert relation(parse(old), parse(new)) == undeclared
    assert describe_change(parse(old), parse(new), PROPERTIES).startswith(f"{found}: ")


_TERMS = st.sampled_from(
    [
        parse(text)
        for text in (
            *(f"plan {operator} '{value}'" for operator in ("eq", "ne", "lt", "ge") for value in ("free", "gold", "premium")),
            *(f"level {operator} {value}" for operator in ("eq", "ne", "lt", "ge") for value in (1, 2, 3, 3.5, 4)),
            "plan in ('free', 'premium')",
            "plan eq null",
            "level ne null",
            "startswith(plan, 'p')",
            "contains(plan, 'e')",
            "endswith(plan, 'm')",
            "vip eq true",
            "vip ne true",
        )
    ]
)  # fmt: skip
_EVERY_DEVICE = [
    {name: value for name, value in zip(("plan", "level", "vip"), values, strict=True) if value is not None}
    for values in itertools.product((None, "free", "premium"), (None, 1, 2, 3.5), (None, True))
]


@law
@given(trees(_TERMS, 6), trees(_TERMS, 6), st.integers(0, 3))
def test_the_relation_is_exact_over_the_declared_values(old: Expr, other: Expr, kind: int) -> None:
    new = (other, And((old, other)), Or((old, other)), Not(old))[kind]
    before = {place for place, row in enumerate(_EVERY_DEVICE) if evaluate(old, row) is True}
    after = {place for place, row in enumerate(_EVERY_DEVICE) if evaluate(new, row) is True}
    expected = (
        "equivalent" if before == after
        else "broader" if before <= after
        else "narrower" if after <= before
        else "overlapping" if before & after
        else "disjoint"
    )  # fmt: skip
    assert relation(old, new, PROPERTIES) == expected
