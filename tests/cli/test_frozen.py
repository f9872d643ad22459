"""A freeze as people see it: who may not freeze, and who is told while it holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.engine.frozen import freeze_words
from reconciler.model.freeze import Freeze
from tests.support.fixtures import forks, sandbox_url, shop
from tests.support.project import notification
from tests.support.shop import Shop

__all__ = ["forks", "sandbox_url", "shop"]

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
CLOCK = ("--clock", "2026-11-27T12:00:00Z")


def is_frozen(shop: Shop) -> bool:
    return "Thawed" in shop.run("thaw").out


def test_a_freeze_says_by_whom_since_and_until_when_and_why() -> None:
    lasting = Freeze("second", "root on vm", NOON)
    assert freeze_words(lasting) == "frozen by root on vm since 2026-11-27T12:00:00Z, until it is lifted: second"
    ending = Freeze("deploy", "me", NOON, NOON + timedelta(hours=1))
    assert freeze_words(ending) == "frozen by me since 2026-11-27T12:00:00Z, until 2026-11-27T13:00:00Z: deploy"


@pytest.mark.parametrize("until", ["2026-11-27T11:59:59Z", "2026-11-27T12:00:00Z", "2026-11-27T12:59:00+01:00"])
def test_a_freeze_that_would_be_over_is_refused(shop: Shop, until: str) -> None:
    shop.declare(notification("sale"))
    ended = shop.run("freeze", "--reason", "x", "--until", until, *CLOCK)
    assert ended.code == 64, ended.said
    assert ended.err.startswith("error: `--until`: 2026-11-27T1")
    assert " is over; it is 2026-11-27T12:00:0" in ended.err
    assert not is_frozen(shop)


def test_a_freeze_that_is_to_end_later_holds_until_then(shop: Shop) -> None:
    shop.declare(notification("sale"))
    assert shop.run("freeze", "--reason", "x", "--until", "2026-11-27T12:30:00Z", *CLOCK).code == 0
    assert shop.apply("--clock", "2026-11-27T12:29:00Z").code == 6
    assert shop.apply("--clock", "2026-11-27T12:30:00Z").code == 0


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_freeze_needs_a_reason_that_says_something(shop: Shop, reason: str) -> None:
    shop.declare(notification("sale"))
    ended = shop.run("freeze", "--reason", reason)
    assert (ended.code, ended.err.splitlines()[0]) == (64, "error: `--reason` is empty"), ended.said
    assert not is_frozen(shop)


def test_who_plans_or_looks_around_is_told_of_a_freeze_while_it_holds(shop: Shop) -> None:
    shop.declare(notification("sale"))
    assert shop.run("init").code == 0
    commands = (("plan",), ("plan", "--format", "json"), ("lock", "status"), ("lock", "status", "--json"))
    for command in commands:
        assert "frozen" not in shop.run(*command).said, command
    assert "frozen" not in shop.run("doctor").said
    assert shop.run("freeze", "--reason", "incident\n4711").code == 0
    for command in commands:
        ended = shop.run(*command)
        assert (ended.code, "frozen" in ended.out) == (0, False), ended.said
        (line,) = [line for line in ended.err.splitlines() if "frozen" in line]
        assert line.startswith("frozen by ")
        assert ", until it is lifted: incident\\n4711; " in line
        assert line.endswith("`reconciler thaw`")
        assert "frozen" not in shop.run("-q", *command).said
    doctor = shop.run("doctor", "--format", "json")
    (check,) = [each for each in json.loads(doctor.out)["checks"] if "frozen" in each["detail"]]
    assert (doctor.code, check["subject"], check["status"]) == (0, "ledger", "warning")
    assert check["hint"] == "lift it with `reconciler thaw`"
    assert shop.run("thaw").code == 0
    assert "frozen" not in shop.run("doctor").said


def test_a_freeze_that_is_over_is_not_told_of(shop: Shop) -> None:
    shop.declare(notification("sale"))
    assert shop.run("freeze", "--reason", "x", "--until", "2026-11-27T12:30:00Z", *CLOCK).code == 0
    assert "frozen" in shop.run("plan", *CLOCK).err
    assert "frozen" not in shop.run("plan", "--clock", "2026-11-27T12:31:00Z").said
