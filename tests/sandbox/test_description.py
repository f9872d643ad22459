"""The description: every operation that the vendor describes is answered, and no other."""

from __future__ import annotations

import re

import pytest

from reconciler.sandbox.appcenter import ROUTES

from .conformance import is_described, operations


@pytest.mark.skipif(not is_described(), reason="the specs folder is not present")
def test_the_routes_are_the_described_operations() -> None:
    served = {(route.method, f"/v0.1/{route.pattern}") for route in ROUTES if route.security != "secret"}
    assert {(method, _blank(path)) for method, path in served} == {
        (method, _blank(path)) for method, path in operations()
    }


def _blank(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)
