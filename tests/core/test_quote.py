"""Showing values: short, visible, and never out of their backticks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.quote import listing, nearest, quote


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plan", "`plan`"),
        ("a`b", "`a\\x60b`"),
        ("\x1b[31m\u202e\n\u200b\u2028", "`\\x1b[31m\\u202e\\n\\u200b\\u2028`"),
        ("x" * 61, "`" + "x" * 60 + "…`"),
        ("Grüße 😀", "`Grüße 😀`"),
        (None, "`null`"),
        (True, "`true`"),
        (1.5, "`1.5`"),
        (["a", {"b": None}], '`["a", {"b": null}]`'),
    ],
)
def test_a_value_is_shown_short_and_visible(value: Any, shown: str) -> None:
    assert quote(value) == shown


@given(
    st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_what_is_shown_is_printable_and_closes_its_backticks(value: Any) -> None:
    shown = quote(value)
    assert shown.isprintable()
    assert shown.count("`") == 2


def test_names_are_listed_and_the_nearest_is_found() -> None:
    assert listing(["a"]) == "`a`"
    assert listing(["a", "b", "c"], "or") == "`a`, `b` or `c`"
    assert nearest("plann", ["plan", "other"]) == "did you mean `plan`?"
    assert nearest("carriercountry", ["CarrierCountry"]) == "did you mean `CarrierCountry`?"
    assert nearest("zzz", ["plan"]) == ""
