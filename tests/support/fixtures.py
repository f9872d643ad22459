"""Fixtures that several suites share; a suite's conftest imports those it uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.ledger.sql import SqlLedger
from reconciler.sandbox import SandboxOptions, running
from tests.support.processes import Forks, forking
from tests.support.shop import Shop
from tests.support.stage import Azure, Stage, Web
from tests.support.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)  # emergency records are written to the working directory
    ledger = SqlLedger("sqlite:///.reconciler/ledger.db", str(tmp_path))  # where the commands look for it
    yield World(tmp_path, ledger)
    ledger.close()


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One sandbox for all tests of a worker; each test has an app of its own on it."""
    options = SandboxOptions(data=tmp_path_factory.mktemp("sandbox"), settle=0, rate_limit=None)
    with running(options) as sandbox:
        yield sandbox.url


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with forking(tmp_path_factory.mktemp("processes")) as driver:
        yield driver


@pytest.fixture
def shop(sandbox_url: str, forks: Forks, tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Shop(sandbox_url, folder, forks)
    yield made
    made.mend()
    made.close()


@pytest.fixture
def stage_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a stage; runs that die in this process have no living holder."""
    monkeypatch.setattr("reconciler.engine.probe.may_be_under_way", lambda *_: False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def azure(sandbox_url: str, stage_folder: Path) -> Iterator[Azure]:
    made = Azure(sandbox_url, stage_folder)
    yield made
    made.mend()


@pytest.fixture
def web(sandbox_url: str, stage_folder: Path) -> Iterator[Web]:
    made = Web(sandbox_url, stage_folder)
    yield made
    made.mend()


@pytest.fixture
def center(sandbox_url: str, stage_folder: Path) -> Iterator[Stage]:
    made = Stage(sandbox_url, stage_folder, "appcenter")
    yield made
    made.mend()
