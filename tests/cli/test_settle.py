"""A person decides, in bulk and at the beginning: `sends resolve`, `sends probe`, `init --baseline`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.ledger.sql import SqlLedger
from reconciler.model.send import SendState
from tests.support.fixtures import forks, sandbox_url, shop
from tests.support.hours import timed
from tests.support.processes import Forks
from tests.support.project import notification, phone
from tests.support.shop import Shop, wait_until

__all__ = ["forks", "sandbox_url", "shop"]

PUSH = "/push/notifications"
S = SendState


def test_several_sends_are_decided_together_and_only_if_all_can_be(shop: Shop) -> None:
    shop.declare(notification("direct", {"devices": [phone(number) for number in range(101)]}), notification("b"))
    shop.break_("POST", PUSH, "drop-before")
    assert shop.apply().code == 8
    keys = {row.name: row.send_key for row in shop.rows()}
    refused = shop.run("sends", "resolve", *keys.values(), "--mark-not-sent")
    assert refused.code == 1, refused.said
    assert "RC531" in refused.err  # `b` is only held
    assert shop.states() == {"direct/0": S.NEEDS_DECISION, "b/0": S.HELD}
    ended = shop.run("sends", "resolve", "--all", "--mark-not-sent", "--reason", "looked")
    assert (ended.code, ended.out.count("-> PLANNED")) == (0, 1), ended.said
    shop.mend()
    shop.heal()
    shop.assert_all_heard_once("direct", "direct", "b")


def test_where_nothing_is_unknown_all_of_it_is_decided(shop: Shop) -> None:
    shop.declare(notification("sale"))
    assert shop.apply().code == 0
    ended = shop.run("sends", "resolve", "--all", "--abandon")
    assert (ended.code, ended.out, ended.err.strip()) == (0, "", "Nothing is unknown.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--abandon"],
        ["3f2a", "--all", "--abandon"],
        ["--all", "--mark-sent", "1"],
        ["3f2a", "4f2a", "--mark-sent", "1"],
        ["3f2a"],
        ["3f2a", "--abandon", "--mark-not-sent"],
    ],
    ids=" ".join,
)
def test_what_is_not_clear_is_a_mistake_of_usage(shop: Shop, arguments: list[str]) -> None:
    shop.declare(notification("sale"))
    ended = shop.run("sends", "resolve", *arguments)
    assert ended.code == 64, ended.said


def test_a_probe_waits_for_the_lease_of_its_app_or_says_who_has_it(shop: Shop) -> None:
    shop.declare(notification("first"), notification("second"))
    shop.break_("POST", PUSH, "drop-before", nth=1)
    assert shop.apply().code == 8
    shop.declare(notification("first"), notification("second"), notification("third"))
    rule = {"method": "GET", "path": f"{shop.root}{PUSH}", "effect": "delay", "seconds": 4, "nth": 1}
    shop.admin("PUT", "faults", {"rules": [rule]})
    running = shop.start("sends", "probe")
    wait_until(lambda: shop.faults_hit() == 1)
    refused = shop.run("sends", "probe")
    assert (refused.code, "RC713" in refused.err) == (6, True), refused.said
    waited = shop.run("sends", "probe", "--lock-timeout", "30")
    assert waited.code == 8, waited.said
    assert running.wait().code == 8
    (row,) = (each for each in shop.rows() if each.name == "first")
    assert row.detail.startswith("the backend shows nothing of it (looked once, until ")


class TestBaseline:
    """`init --baseline` in a project whose notifications went out by other means."""

    def test_what_is_due_never_leaves_and_what_comes_later_does(self, shop: Shop) -> None:
        now = "2026-11-27T08:00:00Z"
        shop.declare(
            notification("now", {"devices": [phone(number) for number in range(101)]}),
            timed("past", at="2026-11-27T07:00:00"),
            timed("soon", at="2026-11-27T08:00:30"),
            timed("cron", cron="* * * * *"),
        )
        ended = shop.run("init", "--baseline", "--clock", now)
        assert ended.code == 0, ended.said
        assert [line for line in ended.out.splitlines() if "ABANDONED" in line] == [
            "shop/Notification/now r1: ABANDONED (baseline)",
            "shop/Notification/past r1: ABANDONED (baseline)",
        ]
        for later in (now, "2026-11-27T08:00:45Z", "2026-11-27T08:01:10Z"):
            assert shop.run("apply", "--auto-approve", "--clock", later).code == 0
        assert sorted(name.rpartition(" ")[0] for name in shop.heard()) == ["cron", "soon"]

    def test_another_revision_leaves_and_a_second_baseline_changes_nothing(self, shop: Shop) -> None:
        shop.declare(notification("sale"))
        for _ in range(2):
            assert shop.run("init", "--baseline").code == 0
        assert shop.states() == {"sale/0": S.ABANDONED}
        shop.declare(notification("sale", revision=2))
        assert shop.apply().code == 0
        shop.assert_all_heard_once("sale")

    def test_it_leaves_alone_what_the_ledger_knows(self, shop: Shop) -> None:
        shop.declare(notification("sale"))
        shop.break_("POST", PUSH, "drop-before")
        assert shop.apply().code == 8
        shop.mend()
        assert shop.run("init", "--baseline").code == 0
        assert shop.states() == {"sale/0": S.NEEDS_DECISION}

    def test_manifests_that_are_wrong_are_told_and_no_ledger_is_made(self, shop: Shop) -> None:
        shop.declare(notification("sale", {"audiences": ["nowhere"]}))
        ended = shop.run("init", "--baseline")
        assert ended.code == 3, ended.said
        assert not shop.ledger_file().exists()


def test_all_is_all_of_this_project_whoever_else_keeps_sends_in_the_ledger(
    sandbox_url: str, forks: Forks, tmp_path: Path
) -> None:
    shops: list[Shop] = []
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        shops.append(Shop(sandbox_url, tmp_path / name, forks))
        shops[-1].declare(notification("sale"), ledger=f"sqlite:///{tmp_path}/shared.db")
        shops[-1].break_("POST", PUSH, "drop-before")
        assert shops[-1].apply().code == 8
    ours, theirs = shops
    assert ours.run("sends", "resolve", "--all", "--mark-not-sent").code == 0
    ledger = SqlLedger(f"sqlite:///{tmp_path}/shared.db", str(tmp_path))
    states = {row.coordinates.rpartition("/")[2]: row.state for row in ledger.all_sends()}
    assert states == {ours.app: S.PLANNED, theirs.app: S.NEEDS_DECISION}
    ledger.close()
    for each in shops:
        each.mend()
        each.close()


def test_a_ledger_of_an_older_version_is_named_where_leases_are_needed(shop: Shop) -> None:
    shop.declare(notification("sale"))
    shop.break_("POST", PUSH, "drop-before")
    assert shop.apply().code == 8
    shop.mend()
    with closing(sqlite3.connect(shop.ledger_file())) as database:
        database.execute("DROP TABLE leases")
        database.execute("ALTER TABLE sends DROP COLUMN scheduled_at")
        database.execute("UPDATE meta SET value = '1' WHERE name = 'version'")
        database.execute("DELETE FROM meta WHERE name = 'since'")
        database.commit()
    ended = shop.run("sends", "probe")
    assert ended.code == 1, ended.said
    assert "older version" in ended.err
    assert shop.run("init").code == 0
    assert shop.run("sends", "probe").code == 8
