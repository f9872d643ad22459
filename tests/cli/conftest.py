"""What tests of commands that stay share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.processes import Process


@pytest.fixture
def running() -> Iterator[list[Process]]:
    """Processes of a test that are to end with it."""
    started: list[Process] = []
    yield started
    for process in started:
        process.kill()
