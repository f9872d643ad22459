"""What the crash tests stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.fixtures import azure, center, forks, sandbox_url, shop, stage_folder, web
from tests.support.postgres import Server, missing, serving

__all__ = ["azure", "center", "forks", "sandbox_url", "shop", "stage_folder", "web"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL that may be stopped; where there is none, the test is skipped."""
    if missing():
        pytest.skip(missing())
    with serving() as made:
        yield made
