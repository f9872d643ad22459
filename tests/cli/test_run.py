"""`reconciler run` as a real process on a sandbox, in a time that is driven."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.send import UNSETTLED, SendState
from reconciler.sandbox import SandboxOptions
from reconciler.sandbox import running as running_sandbox
from tests.support.fixtures import forks, sandbox_url, shop
from tests.support.hours import timed
from tests.support.postgres import free_port
from tests.support.processes import Ended, Forks, Process
from tests.support.project import audience, custom_property, write_manifests
from tests.support.shop import Shop, wait_until

__all__ = ["forks", "sandbox_url", "shop"]

START = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
PUSH = "/push/notifications"
ENDED = {"CONFIRMED", "EXPIRED", "WITHDRAWN", "CANCELLED"}


def at(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S")


def clock(speed: float = 600, minutes: float = 0) -> tuple[str, str]:
    return "--clock", f"{at(minutes)}Z*{speed:g}"


def until(minutes: float) -> tuple[str, str]:
    return "--until", f"{at(minutes)}Z"


def begin(shop: Shop, minutes: float = 0) -> None:
    ended = shop.run("init", "--clock", f"{at(minutes)}Z")
    assert ended.code == 0, ended.said


def log(said: str) -> list[dict[str, Any]]:
    """The lines of a run; each must be JSON."""
    return [json.loads(line) for line in said.splitlines()]


def read(process: Process) -> list[dict[str, Any]]:
    whole = process.err.read_text(encoding="utf-8").rpartition("\n")[0]
    return log(whole)


def of(lines: list[dict[str, Any]], event: str, verb: str = "") -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == event and verb in ("", line.get("verb"))]


def minute(line: dict[str, Any]) -> float:
    return (datetime.fromisoformat(line["at"]) - START).total_seconds() / 60


def run_until(shop: Shop, is_so: Callable[[], bool], *arguments: str) -> Ended:
    """Run until something is so, however long a slow machine takes, and then tell it to end."""
    process = shop.start("run", *arguments)
    try:
        wait_until(is_so)
    finally:
        ended = process.kill(signal.SIGTERM)
    assert ended.code == 143, ended.said
    return ended


def turned(shop: Shop) -> bool:
    """Whether a run has made the only send there is: that is the end of its turn, after all that it heals."""
    return sum(shop.heard().values()) == 1


def replace_text(path: Path, text: str) -> None:
    """Write a file anew at once: who looks meanwhile sees all of the old text or all of the new."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


@pytest.fixture
def port() -> int:
    return free_port()


def fetch(port: int, path: str) -> tuple[int, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_it_sends_in_time_leaves_at_its_end_and_logs_json(shop: Shop) -> None:
    shop.declare(timed("at", at=at(5)), timed("cron", cron="*/4 * * * *"))
    begin(shop)
    ended = shop.run("run", "--interval", "1h", *clock(120), *until(15.5))
    assert (ended.code, ended.out) == (0, "")
    lines = log(ended.err)
    assert (lines[0]["event"], lines[-1]["event"]) == ("started", "stopped")
    sent = sorted((line["subject"].rpartition("/")[2], minute(line)) for line in of(lines, "succeeded", "send"))
    assert [name for name, _ in sent] == ["at", "cron", "cron", "cron"]
    for (_, when), due in zip(sent, (5, 4, 8, 12), strict=True):
        assert due <= when < due + 4
    assert sum(shop.heard().values()) == 4
    shop.assert_never_twice()


def test_until_a_time_that_is_over_it_does_nothing(shop: Shop) -> None:
    shop.declare(timed("at", at=at(-1)))
    begin(shop, -60)
    ended = shop.run("run", *clock(), *until(-5))
    assert ended.code == 0
    assert not shop.heard()


@pytest.mark.parametrize(
    "arguments",
    [("--interval", "soon"), ("--until", "later"), ("--listen", "nowhere"), ("--clock", "noon"), ("--listen", "a:1:b")],
)
def test_what_cannot_be_read_is_a_mistake_of_usage(shop: Shop, arguments: tuple[str, ...]) -> None:
    shop.declare(timed("at", at=at(5)))
    ended = shop.run("run", *arguments)
    assert ended.code == 64, ended.said
    assert "Traceback" not in ended.err


def test_a_rehearsal_on_a_real_backend_is_refused(shop: Shop) -> None:
    shop.settings.pop("endpoint")
    shop.declare(timed("at", at=at(5)))
    ended = shop.run("run", *clock())
    assert ended.code == 3, ended.said
    assert "RC142" in ended.err


def test_a_term_signal_lets_the_request_in_flight_end_and_leaves(shop: Shop) -> None:
    shop.declare(timed("sale", at=at(1 / 60)))
    begin(shop)
    shop.break_("POST", PUSH, "delay", seconds=3)
    process = shop.start("run", *clock(1))
    wait_until(lambda: shop.faults_hit() == 1)
    process.send_signal(signal.SIGTERM)
    ended = process.wait()
    assert ended.code == 143, ended.said
    assert shop.states() == {"sale/0": SendState.CONFIRMED}
    assert log(ended.err)[-1]["event"] == "stopped"
    shop.assert_never_twice()


def test_a_request_that_does_not_end_is_not_waited_for_longer_than_told_and_settled_by_the_next_run(shop: Shop) -> None:
    shop.declare(timed("sale", at=at(1 / 60)))
    begin(shop)
    shop.break_("POST", PUSH, "delay", seconds=3)
    process = shop.start("run", *clock(1), constants={"reconciler.cli.run.LEAVE_SECONDS": 0.4})
    wait_until(lambda: shop.faults_hit() == 1)
    began = time.monotonic()
    ended = process.kill(signal.SIGTERM)
    assert (ended.code, time.monotonic() - began < 2) == (143, True), ended.said
    assert shop.states() == {"sale/0": SendState.DISPATCHED}
    wait_until(lambda: bool(shop.heard()))
    assert shop.run("apply", "--auto-approve", *clock(1, 1)).code == 0
    assert sum(shop.heard().values()) == 1


def test_an_idle_run_leaves_at_once_when_told_so_and_every_line_is_json(shop: Shop) -> None:
    shop.declare(timed("later", at="2099-01-01T09:00:00"))
    process = shop.start("run", "--interval", "1h")
    wait_until(lambda: bool(shop.ledger_file().exists() and shop.states()))
    ended = process.kill(signal.SIGTERM)
    assert ended.code == 143, ended.said
    assert [line["event"] for line in log(ended.err)][-1] == "stopped"


@pytest.mark.parametrize("token", ["reader", "wrong"])
def test_wrong_credentials_are_told_and_the_send_is_made_once_they_are_right(
    forks: Forks, tmp_path: Path, token: str
) -> None:
    options = SandboxOptions(data=tmp_path / "data", settle=0, rate_limit=None, token="test", read_only_token="reader")
    folder = tmp_path / "project"
    folder.mkdir()
    with running_sandbox(options) as sandbox:
        shop = Shop(sandbox.url, folder, forks)
        shop.declare(timed("at", at=at(1)))
        begin(shop)
        ended = shop.run("run", *clock(), *until(60), environ={"APPCENTER_TOKEN": token})
        assert ended.code == 0, ended.said
        assert {line["code"] for line in of(log(ended.err), "failed")} == {"RC601"}
        assert not shop.heard()
        run_until(shop, lambda: bool(shop.heard()), *clock(60, 5))
        assert sum(shop.heard().values()) == 1
        shop.close()


def test_a_backend_that_is_down_or_busy_is_waited_for(shop: Shop) -> None:
    shop.declare(timed("at", at=at(1)), timed("next", at=at(2)))
    begin(shop)
    shop.break_("POST", PUSH, "throttle", retry_after=3600, nth=1)
    ended = shop.run("run", *clock(), *until(40))
    assert ended.code == 0, ended.said
    assert of(log(ended.err), "failed")
    shop.assert_all_heard_once("at", "next")


def test_a_lost_answer_is_found_in_a_rehearsal_of_the_past(shop: Shop) -> None:
    shop.declare(timed("at", at="2026-03-02T09:05:00"))
    assert shop.run("init", "--clock", "2026-03-02T09:00:00Z").code == 0
    shop.break_("POST", PUSH, "drop-after", nth=1)
    ended = shop.run("run", "--clock", "2026-03-02T09:04:00Z*600", "--until", "2026-03-02T09:20:00Z")
    assert ended.code == 0, ended.said
    assert shop.states() == {"at/0": SendState.CONFIRMED}
    shop.assert_never_twice()


def test_what_is_edited_while_it_sleeps_counts_when_it_wakes(shop: Shop) -> None:
    shop.declare(timed("removed", at=at(20)), timed("kept", at=at(20)))
    begin(shop)
    process = shop.start("run", "--interval", "1d", *clock(300), *until(35))
    wait_until(lambda: bool(shop.states()))
    write_manifests(shop.folder, timed("kept", at=at(20)), timed("new", at=at(21)))
    ended = process.wait()
    assert ended.code == 0, ended.said
    assert {name: str(state) for name, state in shop.states().items()} == {
        "removed/0": "WITHDRAWN",
        "kept/0": "CONFIRMED",
        "new/0": "CONFIRMED",
    }


def test_a_broken_edit_is_told_and_the_last_good_manifests_go_on(shop: Shop) -> None:
    shop.declare(timed("kept", at=at(20)))
    begin(shop)
    process = shop.start("run", "--interval", "1m", *clock(300), *until(30))
    wait_until(lambda: bool(shop.states()))
    replace_text(shop.folder / "manifests" / "all.yaml", "kind: [")
    ended = process.wait()
    assert ended.code == 0, ended.said
    assert len(of(log(ended.err), "failed", "reload")) == 1
    assert shop.states() == {"kept/0": SendState.CONFIRMED}


def test_other_apps_are_told_once_and_need_a_new_start(shop: Shop) -> None:
    shop.declare(timed("kept", at=at(20)))
    begin(shop)
    process = shop.start("run", "--interval", "1m", *clock(300), *until(30))
    wait_until(lambda: bool(shop.states()))
    project = shop.folder / "reconciler.yaml"
    replace_text(project, project.read_text(encoding="utf-8").replace(shop.app, "another"))
    ended = process.wait()
    assert [line["code"] for line in of(log(ended.err), "failed", "reload")] == ["RC534"]
    assert sum(shop.heard().values()) == 1


def test_it_heals_drift_and_leaves_alone_what_needs_a_consent(shop: Shop) -> None:
    shop.declare(audience("us"), audience("gone"))
    assert shop.apply("--clock", f"{at(0)}Z").code == 0
    shop.put("us", "CarrierCountry eq 'FR'")
    shop.put("theirs")
    shop.declare(
        audience("us"), audience("new"), audience("theirs", "CarrierCountry eq 'DE'"), timed("sale", at=at(2.5))
    )
    begin(shop)
    ended = run_until(shop, lambda: turned(shop), "--apply", *clock(60))
    found = {name: (shop.get(name) or {}).get("definition") for name in ("us", "new", "gone", "theirs")}
    us = "CarrierCountry eq 'US'"
    assert found == {"us": us, "new": us, "gone": us, "theirs": us}, ended.said


def test_without_apply_it_changes_nothing_but_sends(shop: Shop) -> None:
    shop.declare(audience("us"), timed("sale", at=at(2.5)))
    begin(shop)
    ended = run_until(shop, lambda: turned(shop), *clock(60))
    assert shop.names() == set(), ended.said


def test_it_heals_nothing_where_an_apply_would_be_refused(shop: Shop) -> None:
    shop.admin(
        "POST",
        "devices",
        {"app": shop.coordinate, "devices": [{"install_id": "00000000-0000-4000-8000-000000000001", "custom_properties": {"plan": "gold"}}]},
    )  # fmt: skip
    shop.declare(custom_property("plan", "number"), audience("new"), timed("sale", at=at(2.5)))
    refused = shop.apply("--clock", f"{at(0)}Z")
    assert refused.code == 3, refused.said
    begin(shop)
    ended = run_until(shop, lambda: turned(shop), "--apply", *clock(60))
    assert of(log(ended.err), "skipped", "apply"), ended.said
    assert shop.names() == set(), ended.said


def test_it_serves_its_health_and_its_metrics(shop: Shop, port: int) -> None:
    shop.declare(timed("at", at=at(1)))
    begin(shop)
    # In this time a loop counts as stuck after six real seconds.
    process = shop.start("run", *clock(20), "--listen", f"127.0.0.1:{port}")
    wait_until(lambda: bool(shop.heard()))
    wait_until(lambda: "CONFIRMED" in {str(state) for state in shop.states().values()})
    status, health = fetch(port, "/healthz")
    assert (status, json.loads(health)["status"]) == (200, "ok")
    wait_until(lambda: 'reconciler_events_total{happened="succeeded",verb="send"} 1.0' in fetch(port, "/metrics")[1])
    ended = process.kill(signal.SIGTERM)
    assert ended.code == 143, ended.said


def test_somebody_who_connects_and_says_nothing_holds_up_neither_health_nor_the_end(
    shop: Shop, port: int, running: list[Process]
) -> None:
    shop.declare(timed("at", at="2099-01-01T09:00:00"))
    process = shop.start("run", "--listen", f"127.0.0.1:{port}")
    running.append(process)
    wait_until(lambda: bool(shop.ledger_file().exists() and shop.states()))
    with socket.create_connection(("127.0.0.1", port)):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: "stopped" in process.err.read_text(encoding="utf-8"), 5)
        wait_until(lambda: not is_alive(process.pid), 5)


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_three_replicas_on_one_ledger_send_each_occurrence_once(shop: Shop) -> None:
    shop.declare(timed("one", cron="*/2 * * * *"), timed("two", cron="*/3 * * * *"))
    begin(shop)
    processes = [shop.start("run", *clock(120), *until(13)) for _ in range(3)]
    ended = [process.wait() for process in processes]
    assert [each.code for each in ended] == [0, 0, 0], [each.said for each in ended]
    shop.assert_never_twice()
    heard = Counter(each.rpartition(" ")[0] for each in shop.heard())
    waiting = [row for row in shop.rows() if row.state is SendState.PLANNED]
    assert len(waiting) <= 2
    assert heard["one"] >= 4
    assert heard["two"] >= 3
    assert not [row for row in shop.rows() if row.state in UNSETTLED]


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_and_started_again_it_sends_nothing_twice_and_loses_nothing(shop: Shop, seed: int) -> None:
    shop.declare(timed("cron", cron="*/2 * * * *", deadline="2m"))
    begin(shop)
    chance, now = random.Random(seed), 0.0
    for _ in range(4):
        kill = (chance.randrange(1, 16), chance.choice(["before", "after"]))
        ended: Ended = shop.run("run", *clock(300, now), *until(now + 8), kill=kill)
        assert ended.code in (0, -9), ended.said
        now += 4
        shop.assert_never_twice()
    shop.resolve_truthfully()
    ended = shop.run("run", *clock(120, now), *until(now + 6))
    assert ended.code == 0, ended.said
    shop.assert_never_twice()
    rows = {row.occurrence: str(row.state) for row in shop.rows()}
    seen = sorted(rows)
    steps = {datetime.fromisoformat(b) - datetime.fromisoformat(a) for a, b in pairwise(seen)}
    assert steps == {timedelta(minutes=2)}, rows
    assert set(rows.values()) <= {*ENDED, "PLANNED"}, rows
    assert sum(state == "PLANNED" for state in rows.values()) <= 1, rows
    heard = {name.rpartition(" ")[2] for name in shop.heard()}
    assert heard == {row.marker for row in shop.rows() if row.state is SendState.CONFIRMED}
