"""Secrets: asked for by name, refused by shape, never shown."""

from __future__ import annotations

import pytest

from reconciler.errors import ConfigError
from reconciler.providers.connect import connect
from tests.core.worlds import project
from tests.providers.test_client import StillClock


@pytest.mark.parametrize(
    ("value", "code"), [("", "RC140"), ("s3cret\n", "RC141"), ("s3cr\u00e9t", "RC141"), ("s3 cret", "RC141")]
)
def test_a_secret_of_the_wrong_shape_is_refused_without_being_shown(value: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        connect(project(), {"T": value}, StillClock(), lambda _: None)
    assert {each.code for each in caught.value.findings} == {code}
    assert "s3cr" not in repr(caught.value.findings).replace(repr(project().document), "")


def test_every_secret_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        connect(project(), {}, StillClock(), lambda _: None)
    assert len(caught.value.findings) == 2
