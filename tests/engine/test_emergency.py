"""The last resort where even stderr is gone."""

from __future__ import annotations

import io
import json
import sys

import pytest

from reconciler.errors import LedgerError
from reconciler.ledger.sql import SqlLedger
from reconciler.model.send import SendRecord, SendState
from tests.support.project import notification
from tests.support.world import World


class Full(SqlLedger):
    """A ledger whose disk is full once a request was accepted."""

    def move(self, record: SendRecord, state: SendState, *, detail: str = "", remote_id: str = "") -> SendRecord:
        if state is SendState.ACCEPTED:
            raise LedgerError("the disk is full", code="RC702")
        return super().move(record, state, detail=detail, remote_id=remote_id)


class Closed(io.StringIO):
    """A stderr that nobody reads any more, as in a cancelled CI job."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def accept_and_lose(world: World) -> int:
    world.ledger.close()
    world.ledger = Full("sqlite:///.reconciler/ledger.db", str(world.folder))
    return world.apply(notification("sale")).exit_code()


def test_an_accepted_send_that_cannot_be_written_down_is_kept_in_a_file(world: World) -> None:
    assert accept_and_lose(world) == 8
    (path,) = world.folder.glob("reconciler-emergency-*.json")
    assert json.loads(path.read_text())["remote_id"] == "n0"


def test_it_is_kept_though_stderr_is_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Closed())
    assert accept_and_lose(world) == 8
    assert list(world.folder.glob("reconciler-emergency-*.json"))
