"""Digests: one text for one value, on every machine."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.equality import equal
from reconciler.model.digest import canonical, digest

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_the_canonical_text_is_the_value(value: object) -> None:
    assert equal(json.loads(canonical(value)), value)


@given(VALUES, VALUES)
def test_equal_values_and_no_others_have_one_digest(left: object, right: object) -> None:
    assert (digest(left) == digest(right)) == equal(left, right)


@given(st.integers(min_value=-(2**53), max_value=2**53), st.text())
def test_an_integral_float_is_its_integer(number: int, key: str) -> None:
    assert canonical({key: [float(number)]}) == canonical({key: [number]})


def test_truth_is_no_number() -> None:
    assert not equal(True, 1)
    assert not equal({"a": [0]}, {"a": [False]})
    assert equal({"a": 1.0}, {"a": 1})
    assert digest(True) != digest(1)
