"""What the machines of the laws share: a folder of each example's own, and a sandbox for those that speak HTTP."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis.stateful import RuleBasedStateMachine

from reconciler.sandbox import SandboxOptions, running

_sandbox: dict[str, str] = {}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For a module that asks for it: a sandbox in this process, whose address is `sandbox_url()`."""
    options = SandboxOptions(data=tmp_path_factory.mktemp("sandbox"), settle=0, rate_limit=None)
    with running(options) as server:
        _sandbox["url"] = server.url
        yield


def sandbox_url() -> str:
    return _sandbox["url"]


class Machine(RuleBasedStateMachine):
    """One example lives in its own folder, and a process that died in it is known to be dead."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.patch = pytest.MonkeyPatch()
        self.patch.chdir(self.folder)
        self.patch.setattr("reconciler.engine.probe.may_be_under_way", lambda *_: False)

    def teardown(self) -> None:
        self.patch.undo()
        shutil.rmtree(self.folder)
