"""Appizer's audiences on the sandbox: made once, never lost sight of, and what cannot be undone is asked for."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.diff import ADOPT, ALLOW_ORPHANS
from reconciler.sandbox import SandboxOptions, running
from reconciler.sandbox.limits import RateLimit
from tests.support.described import check_exchanges
from tests.support.project import audience, document, notification
from tests.support.stage import Life, Web

US, FR = "Users from country=US", "Users from country=FR"


def declared(name: str = "a", criteria: str = US, **spec: Any) -> dict[str, Any]:
    return document("Audience", name, {"criteria": criteria, **spec})


def posts(web: Web) -> int:
    return sum(each.method == "POST" for each in web.exchanges)


def applied(web: Web, *flags: str) -> None:
    outcome = web.apply(*flags)
    assert outcome.code == 0, outcome.said
    assert web.is_settled(), web.plan()


@pytest.mark.parametrize("count", [100, 101, 230])
def test_audiences_beyond_a_page_are_made_once_and_found_again(web: Web, count: int) -> None:
    web.declare(*(declared(f"a{number}") for number in range(count)))
    applied(web)
    assert len(web.audiences()) == count
    web.exchanges.clear()
    assert web.is_settled()
    assert len(web.exchanges) == -(-count // 100)


def test_another_criterion_is_another_audience_and_only_with_consent(web: Web) -> None:
    web.declare(declared())
    applied(web)
    web.declare(declared(criteria=FR), declared("b"))
    plan = web.plan()
    assert [change.consent for change in plan.changes if change.name == "a"] == [ALLOW_ORPHANS]
    assert "stays as an orphan" in next(change.reason for change in plan.changes if change.name == "a")
    assert web.apply().code == 4
    assert web.apply(ADOPT).code == 4
    assert posts(web) == 1
    applied(web, ALLOW_ORPHANS)
    assert sorted(each["name"] for each in web.audiences()) == ["a", "a", "b"]


def test_an_audience_that_is_no_longer_declared_is_forgotten_with_consent_and_stays(web: Web) -> None:
    web.declare(declared(), declared("b"))
    applied(web)
    web.declare(declared("b"))
    assert web.apply().code == 4
    applied(web, ALLOW_ORPHANS)
    assert [each["name"] for each in web.audiences()] == ["a", "b"]
    web.declare(declared(), declared("b"))
    assert [str(each.action) for each in web.plan().changes] == ["adopt"]


def test_a_description_that_was_changed_outside_is_told(tmp_path: Path, stage_folder: Path) -> None:
    options = SandboxOptions(data=tmp_path / "data", settle=0, rate_limit=None)
    with running(options) as sandbox:
        web = Web(sandbox.url, stage_folder)
        web.declare(declared(description="ours"))
        applied(web)
    with closing(sqlite3.connect(tmp_path / "data" / "sandbox.db")) as store, store:
        store.execute("UPDATE appizer_audiences SET description = 'theirs'")
    with running(options) as sandbox:
        web.url = web.settings["endpoint"] = sandbox.url
        web.declare(declared(description="ours"))
        (change,) = web.plan().changes
        assert "changed outside" in change.reason
        assert change.consent == ALLOW_ORPHANS
        assert web.apply().code == 4
        applied(web, ALLOW_ORPHANS)


def test_after_a_lost_ledger_audiences_are_adopted_and_not_made_again(web: Web) -> None:
    web.declare(declared(), declared("b", FR))
    applied(web)
    web.lose_ledger()
    assert web.apply().code == 4
    applied(web, ADOPT)
    assert posts(web) == 2


def test_what_differs_and_cannot_be_changed_is_not_taken_over(web: Web) -> None:
    web.make("a", description="theirs")
    web.declare(declared(description="ours"))
    assert [finding.code for finding in web.plan().findings if finding.is_error] == ["RC515"]
    web.declare(declared(description="theirs"))
    applied(web, ADOPT)


@pytest.mark.parametrize("effect", ["drop-after", "error-after"])
def test_a_request_whose_answer_is_lost_is_not_repeated_and_what_it_made_is_ours(web: Web, effect: str) -> None:
    web.declare(declared())
    web.break_("POST", "/v1/audiences", effect)
    outcome = web.apply()
    assert outcome.code in (1, 7), outcome.said
    assert (len(web.audiences()), posts(web)) == (1, 1 if effect == "error-after" else 0)
    web.mend()
    applied(web)  # and needs no consent
    assert len(web.audiences()) == 1


@pytest.mark.parametrize("effect", ["drop-before", "error-before"])
def test_a_request_that_was_lost_is_made_by_the_next_run(web: Web, effect: str) -> None:
    web.declare(declared())
    web.break_("POST", "/v1/audiences", effect)
    assert web.apply().code in (1, 7)
    assert not web.audiences()
    web.mend()
    applied(web)
    assert len(web.audiences()) == 1


@pytest.mark.parametrize("effect", ["drop-after", "error-after", "drop-before", "error-before"])
def test_a_new_audience_for_an_old_one_whose_answer_is_lost_is_ours_and_not_made_twice(web: Web, effect: str) -> None:
    web.declare(declared())
    applied(web)
    web.declare(declared(criteria=FR))
    web.break_("POST", "/v1/audiences", effect)
    assert web.apply(ALLOW_ORPHANS).code in (1, 7)
    web.mend()
    if effect.endswith("after"):
        applied(web)  # nothing is left behind that was not before, so no consent is needed
    else:
        assert web.apply().code == 4
        applied(web, ALLOW_ORPHANS)
    assert len(web.audiences()) == 2
    # The new one is ours from now on: a third is made of it.
    web.declare(declared(criteria=US))
    applied(web, ALLOW_ORPHANS)
    assert len(web.audiences()) == 3
    web.declare(declared(criteria=US))
    assert web.is_settled()


def test_an_edit_after_a_lost_answer_makes_one_more_and_not_two(web: Web) -> None:
    web.declare(declared())
    applied(web)
    web.declare(declared(criteria=FR))
    web.break_("POST", "/v1/audiences", "drop-after")
    web.apply(ALLOW_ORPHANS)
    web.mend()
    web.declare(declared(criteria="Users from country=DE"))
    applied(web, ALLOW_ORPHANS)
    assert len(web.audiences()) == 3


def test_namesakes_of_others_are_left_alone_while_ours_is_known_by_its_id(web: Web) -> None:
    web.declare(declared())
    applied(web)
    web.make("a", FR, description="theirs")
    assert web.is_settled()
    web.declare(declared(description="ours"))
    applied(web, ALLOW_ORPHANS)
    assert len(web.audiences()) == 3


def test_a_refused_criterion_changes_nothing_and_is_told(web: Web) -> None:
    web.declare(declared(criteria="the good ones, you know"), declared("b"))
    outcome = web.apply()
    assert outcome.code == 7, outcome.said
    assert [each["name"] for each in web.audiences()] == ["b"]
    web.declare(declared(), declared("b"))
    applied(web)


def test_a_limit_of_requests_is_waited_for_as_the_answer_asks(tmp_path: Path, stage_folder: Path) -> None:
    options = SandboxOptions(data=tmp_path / "data", settle=0, rate_limit=RateLimit(3, 60))
    with running(options) as sandbox:
        web = Web(sandbox.url, stage_folder)
        web.declare(*(declared(f"a{number}") for number in range(4)))
        began = web.clock.now()
        outcome = web.apply()
        assert outcome.code == 0, outcome.said
        assert 429 in {each.status for each in web.exchanges}
        assert not any("retry-after" in each.reply_headers for each in web.exchanges)
        assert (web.clock.now() - began).total_seconds() >= 50
        assert sorted(each["name"] for each in web.audiences()) == [f"a{number}" for number in range(4)]
        check_exchanges(web)


def test_what_cannot_be_listed_is_never_taken_for_absent(web: Web) -> None:
    web.declare(declared())
    applied(web)
    web.break_("GET", "/v1/audiences", "error-before", nth=None)
    assert web.apply(ALLOW_ORPHANS).code == 1
    web.mend()
    assert len(web.audiences()) == 1
    assert web.is_settled()


def test_what_appizer_cannot_do_is_told_before_any_request(web: Web) -> None:
    web.declare(audience("a", enabled=False), notification("n"), document("Campaign", "c", {"type": "poll"}))
    outcome = web.apply()
    assert outcome.code == 3
    assert {"RC301", "RC302", "RC306"} <= outcome.codes, outcome.said
    assert not web.exchanges


@pytest.mark.parametrize("number", range(12))
def test_a_run_that_dies_at_any_step_is_healed_and_makes_no_audience_twice(web: Web, number: int) -> None:
    web.declare(declared(), declared("b"))
    applied(web)
    web.declare(declared(criteria=FR), declared("b"), declared("c"))
    web.survive(ALLOW_ORPHANS, life=Life(number))
    applied(web, ALLOW_ORPHANS)
    assert sorted(each["name"] for each in web.audiences()) == ["a", "a", "b", "c"]
    web.rows()
