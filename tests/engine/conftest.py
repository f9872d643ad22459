import pytest

from tests.support.fixtures import ignore_known_warnings, world

__all__ = ["world"]


def pytest_configure(config: pytest.Config) -> None:
    ignore_known_warnings(config)
