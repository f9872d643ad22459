"""Whole processes that push to devices, killed at every step: no chunk is pushed twice, a person is asked, and what
the person says is done.
"""

from __future__ import annotations

import os

import pytest

from tests.support.campaigns import campaign, manual, push
from tests.support.processes import Ended, Forks
from tests.support.stage import SECRET, Azure, device_id

ENVIRON = {"TOKEN": SECRET, "CI": "true", "RECONCILER_LOCAL_LEDGER": "accept"}
STEPS = 5 * 3
"""Claim, DISPATCHED, POST, ACCEPTED and CONFIRMED of three chunks; before them come those of the campaign."""


def command(azure: Azure, forks: Forks, *arguments: str, **armed: object) -> Ended:
    return forks.start(azure.folder, *arguments, environ=ENVIRON, **armed).wait()


def apply(azure: Azure, forks: Forks, **armed: object) -> Ended:
    return command(azure, forks, "apply", "--auto-approve", **armed)


def decide(azure: Azure, forks: Forks) -> None:
    for row in azure.rows():
        if row.state == "NEEDS_DECISION":
            said = ("--mark-sent", "seen") if azure.has_left(row) else ("--mark-not-sent",)
            ended = command(azure, forks, "sends", "resolve", row.send_key, "--part", str(row.part + 1), *said)
            assert ended.code == 0, ended.said


@pytest.mark.parametrize("number", range(STEPS + 1))
def test_a_process_that_is_killed_between_chunks_pushes_none_of_them_twice(
    azure: Azure, forks: Forks, number: int
) -> None:
    ids = azure.seed(*["US"] * 3) + [device_id(number) for number in range(9000, 11000)]
    ids = [*ids[3:1000], ids[0], *ids[1000:2000], ids[1], ids[2], *ids[2000:]]
    azure.declare(manual())
    assert apply(azure, forks).code == 0
    azure.declare(manual(), push("all", ids))
    killed = apply(azure, forks, kill=(number, "after"))
    assert killed.code == -9, killed.said
    dispatched = [row for row in azure.rows() if row.state == "DISPATCHED"]

    again = apply(azure, forks)

    if dispatched:
        assert again.code == 8, again.said
        assert [row.state for row in azure.rows() if row.part == dispatched[0].part and row.name == "all"] == [
            "NEEDS_DECISION"
        ]
        assert apply(azure, forks).code == 8
        decide(azure, forks)
        again = apply(azure, forks)
    assert again.code == 0, again.said
    assert azure.told() == {"orders: text": 3}
    assert [str(row.state) for row in azure.rows() if row.name == "all"] == ["CONFIRMED"] * 3
    assert command(azure, forks, "plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("number", range(1, 10, 2))
def test_a_process_that_is_killed_around_an_activation_is_healed(azure: Azure, forks: Forks, number: int) -> None:
    azure.seed("US")
    azure.declare(campaign())
    killed = apply(azure, forks, kill=(number, "after"))
    assert killed.code in (-9, 0), killed.said
    healed = apply(azure, forks)
    assert healed.code == 0, healed.said
    assert azure.told() == {"news: text": 1}
    assert command(azure, forks, "plan", "--detailed-exitcode").code == 0


def test_two_processes_at_once_activate_and_push_once(azure: Azure, forks: Forks) -> None:
    ids = azure.seed("US", "FR")
    azure.declare(campaign(), manual(), push("all", ids))
    azure.break_("POST", "/activate", "delay", nth=None, seconds=0.1)
    both = [forks.start(azure.folder, "apply", "--auto-approve", environ=ENVIRON) for _ in range(2)]
    codes = [process.wait().code for process in both]
    azure.mend()
    assert all(code in (0, 1, 6, 7, 8) for code in codes), codes
    ended = apply(azure, forks)
    assert ended.code == 0, ended.said
    assert azure.told() == {"news: text": 2, "orders: text": 2}


def test_the_exit_code_of_refused_credentials_is_nine(azure: Azure, forks: Forks) -> None:
    azure.settings |= {"tenant": "t", "client_id": "us", "client_secret": {"env": "TOKEN"}, "token": None}
    azure.settings["authority"] = f"{azure.url}/_sandbox"  # no token is given there
    azure.declare(campaign())
    ended = apply(azure, forks)
    assert ended.code == 9, ended.said
    assert SECRET not in ended.said
    assert "Traceback" not in ended.said
    assert not azure.campaigns()


def test_no_secret_is_in_a_saved_plan_or_the_ledger(azure: Azure, forks: Forks) -> None:
    azure.declare(campaign())
    assert command(azure, forks, "plan", "--out", "plan.json").code == 0
    assert command(azure, forks, "apply", "plan.json").code == 0
    found = [
        path
        for path in azure.folder.rglob("*")
        if path.is_file() and SECRET in path.read_bytes().decode(errors="replace")
    ]
    assert not found, os.fspath(found[0])


def test_a_saved_plan_of_a_campaign_is_applied_once_and_refused_once_the_campaign_has_moved(
    azure: Azure, forks: Forks
) -> None:
    azure.seed("US")
    schedule = {"start": azure.wall_clock(3600), "timezone": "UTC"}
    azure.declare(campaign(schedule=schedule))
    assert apply(azure, forks).code == 0
    azure.declare(campaign(text="two", schedule=schedule))
    assert command(azure, forks, "plan", "--out", "plan.json").code == 0
    assert command(azure, forks, "plan", "--out", "late.json").code == 0
    assert command(azure, forks, "apply", "plan.json").code == 0
    assert azure.state("news") == "scheduled"
    assert command(azure, forks, "apply", "plan.json").code == 5
    assert command(azure, forks, "apply", "late.json").code == 5
    azure.declare(campaign(text="three", schedule=schedule))
    assert command(azure, forks, "plan", "--out", "plan.json").code == 0
    azure.pass_time(4000)
    assert command(azure, forks, "apply", "plan.json").code == 5
    assert azure.told() == {"news: two": 1}


def test_a_plan_that_would_delete_a_draft_is_refused_once_it_is_in_progress(azure: Azure, forks: Forks) -> None:
    azure.seed("US")
    azure.declare(campaign(state="draft"), manual())
    assert apply(azure, forks).code == 0
    azure.declare(manual())
    assert command(azure, forks, "plan", "--out", "plan.json").code == 0
    azure.by_hand("activate", "news")
    ended = command(azure, forks, "apply", "plan.json", "--allow-deletes")
    assert ended.code == 5, ended.said
    assert azure.state("news") == "in-progress"
