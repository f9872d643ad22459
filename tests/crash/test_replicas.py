"""Five replicas of `reconciler run` share twenty apps on one PostgreSQL, and die at random: each occurrence is delivered
once, or is to be seen in the ledger. And single runs, killed at any moment on either database. `make crash` is more.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.model.send import SendState
from tests.crash.replicas import SENT, WAITING_FOR_A_PERSON, Fleet, Size, expected, fleet, marker_of, told
from tests.support.hours import timed, wall
from tests.support.postgres import Server
from tests.support.processes import Ended, Forks, Process
from tests.support.project import notification, phone
from tests.support.shop import LEDGER, PUSH, Shop, wait_until

FULL = bool(os.environ.get("RECONCILER_CRASH_FULL"))
REPLICAS = 5
QUIET = Size(crons=1, ats=2, speed=6, kill_every=0)
STORMY = Size(crons=30, ats=40, speed=1, kill_every=3.0) if FULL else Size(crons=2, ats=4, speed=7, kill_every=2.0)
DUE = datetime(2026, 3, 27, 8, tzinfo=UTC)
SEEDS = range(125 if FULL else 4)
KILLS = 2
"""Of each seed on each database: 500 in all in `make crash`, 40 otherwise."""


class Single(Shop):
    """A shop with a ledger anywhere, in a time of its own: a second after what is scheduled was due."""

    clock = "2026-03-27T08:00:01Z*20"

    def __init__(self, url: str, folder: Path, forks: Forks, ledger: str) -> None:
        super().__init__(url, folder, forks)
        self.ledger = ledger
        direct = notification("direct", {"devices": [phone(number) for number in range(201)]})
        scheduled = [timed(f"timed{number}", at=wall(DUE)) for number in range(2)]
        self.declare(notification("first"), *scheduled, direct, notification("last"), ledger=ledger)
        began = self.run("init", "--clock", "2026-03-27T07:00:00Z")
        assert began.code == 0, began.said

    def begin(self, verb: str) -> Process:
        more = ["--auto-approve"] if verb == "apply" else ["--until", "2026-03-27T08:00:15Z"]
        return self.start(verb, *more, "--clock", self.clock)

    def apply(self, *flags: str, **armed: object) -> Ended:
        return super().apply("--clock", self.clock, *flags, **armed)


def assert_none_twice(made: Fleet) -> None:
    heard = Counter((each["app"], each["name"], device) for each in made.deliveries() for device in each["device_ids"])
    assert max(heard.values(), default=0) <= 1, [each for each, count in heard.items() if count > 1]


def assert_none_lost(made: Fleet) -> None:
    """Every occurrence is in the ledger, and what it says of each is true."""
    rows = made.rows()
    known = Counter((row["address"], row["occurrence"]) for row in rows)
    assert known == expected(made.size, made.due), made.said()
    delivered = {marker_of(each["name"]) for each in made.deliveries()}
    assert delivered <= {row["marker"] for row in rows}
    decided = {row["coordinates"] for row in rows if row["state"] == "NEEDS_DECISION"}
    for row in rows:
        state, is_delivered = row["state"], row["marker"] in delivered
        assert state in (*SENT, *WAITING_FOR_A_PERSON, "EXPIRED"), (row, made.said())
        assert is_delivered == (state in SENT) or state == "NEEDS_DECISION", (row, made.said())
        assert state in SENT or row["coordinates"] in decided or "-" in row["occurrence"], (row, made.said())


def test_replicas_that_are_left_alone_deliver_each_occurrence_once(
    server: Server, forks: Forks, tmp_path: Path
) -> None:
    with fleet(forks, tmp_path, server.database(), QUIET, DUE) as made:
        made.live(REPLICAS, random.Random(0), server)
        assert made.ended == [0] * REPLICAS, made.said()
        assert_none_twice(made)
        assert_none_lost(made)
        assert {row["state"] for row in made.rows()} == {"CONFIRMED"}, made.said()
        made.ask("ledger", "verify")
    print("\nlateness:", told(made.lateness()))


@pytest.mark.parametrize("seed", [int(os.environ.get("RECONCILER_CRASH_SEED", "1"))])
def test_replicas_that_are_killed_at_random_deliver_each_occurrence_once_or_ask(
    server: Server, forks: Forks, tmp_path: Path, seed: int
) -> None:
    with fleet(forks, tmp_path, server.database(), STORMY, DUE) as made:
        made.live(REPLICAS, random.Random(seed), server)
        assert_none_twice(made)
        made.settle()
        assert_none_twice(made)
        assert_none_lost(made)
        made.ask("ledger", "verify")
    states = Counter(row["state"] for row in made.rows())
    print(f"\n{made.killed} kills, exits {Counter(made.ended)}: {dict(states)}\nlateness:", told(made.lateness()))


@pytest.fixture(params=["sqlite", "postgresql"])
def single(request: pytest.FixtureRequest, sandbox_url: str, forks: Forks, tmp_path: Path) -> Iterator[Single]:
    server: Server | None = request.getfixturevalue("server") if request.param == "postgresql" else None
    made = Single(sandbox_url, tmp_path, forks, server.database() if server else LEDGER)
    yield made
    made.mend()
    made.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_killed_at_any_moment_on_either_database_sends_nothing_twice_and_loses_nothing(
    single: Single, seed: int
) -> None:
    chance = random.Random(seed)
    seconds = chance.choice([0.01, 0.05]) if chance.random() < 0.7 else 0  # without a delay, the rule only counts
    single.break_("POST", PUSH, "delay", seconds=seconds)
    for _ in range(KILLS):
        process = single.begin(chance.choice(["apply", "run"]))
        time.sleep(chance.uniform(0.0, 0.7))
        process.kill()
        single.rows()
    single.wait_for_pushes()
    single.mend()
    settled = single.apply()
    assert settled.code in (0, 7, 8), settled.said
    # Of a send that waits for a person, the requests after the one in doubt have no row yet.
    assert {row.name for row in single.rows()} == {"first", "timed0", "timed1", "direct", "last"}
    states = Counter(str(row.state) for row in single.rows())
    assert set(states) <= {*SENT, *WAITING_FOR_A_PERSON}, states
    assert len(single.heard()) >= states["CONFIRMED"]
    single.heal()
    single.assert_all_heard_once("first", "timed0", "timed1", "direct", "direct", "direct", "last")


def test_a_runner_whose_clock_is_behind_withdraws_nothing_of_what_another_one_has_announced(
    sandbox_url: str, forks: Forks, tmp_path: Path
) -> None:
    single = Single(sandbox_url, tmp_path, forks, LEDGER)
    single.declare(timed("cron", cron="* * * * *", start=wall(DUE)))
    for now in ("07:59:50", "08:00:01", "07:59:58", "08:01:01"):
        ended = single.run("apply", "--auto-approve", "--clock", f"2026-03-27T{now}Z")
        assert ended.code == 0, ended.said
    states = {row.occurrence[11:16]: row.state for row in single.rows()}
    assert states == {"08:00": "CONFIRMED", "08:01": "CONFIRMED", "08:02": "PLANNED"}
    single.close()


@pytest.mark.parametrize(("killed_at", "second"), [("08:01:01", "CONFIRMED"), ("08:02:01", "EXPIRED")])
def test_a_run_killed_once_it_has_given_up_a_missed_occurrence_hides_none_of_the_later_ones(
    sandbox_url: str, forks: Forks, tmp_path: Path, killed_at: str, second: str
) -> None:
    single = Single(sandbox_url, tmp_path, forks, LEDGER)
    single.declare(timed("cron", cron="* * * * *", start=wall(DUE), end=wall(DUE + timedelta(seconds=119))))
    early, late = f"{DUE - timedelta(seconds=10):%FT%TZ}", f"2026-03-27T{killed_at}Z"
    assert single.run("apply", "--auto-approve", "--clock", early).code == 0
    killed = single.run("apply", "--auto-approve", "--clock", late, kill=(2, "after"))
    assert killed.code == -9, killed.said
    assert SendState.EXPIRED in {row.state for row in single.rows()}
    assert single.run("apply", "--auto-approve", "--clock", late).code == 0
    states = {row.occurrence[11:16]: row.state for row in single.rows()}
    assert states == {"08:00": "EXPIRED", "08:01": second}
    single.close()


def test_a_server_that_is_away_when_something_falls_due_delays_it_and_does_not_lose_it(
    server: Server, sandbox_url: str, forks: Forks, tmp_path: Path
) -> None:
    single = Single(sandbox_url, tmp_path, forks, server.database())
    single.declare(timed("sale", at=wall(DUE), deadline="50s"))
    run = single.start("run", "--clock", "2026-03-27T07:59:40Z*5", "--until", "2026-03-27T08:00:59Z")
    wait_until(lambda: bool(single.rows()))  # it knows what comes, and sleeps until then
    server.stop()
    wait_until(lambda: '"event": "waiting"' in run.err.read_text())
    server.start()
    ended = run.wait()
    assert sum(single.heard().values()) == 1, ended.said
    single.close()
