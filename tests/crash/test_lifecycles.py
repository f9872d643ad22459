"""A run of campaigns, notifications and pushes that breaks or dies anywhere is healed by the next ones: nobody is
reached twice, nobody is left out, no campaign is made twice, and the chain of the ledger is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.diff import ADOPT, ALLOW_DELETES
from tests.support.campaigns import campaign, manual, push
from tests.support.project import custom_property, notification
from tests.support.stage import Azure, Life

HOUR = 3600
Documents = list[dict[str, Any]]


@dataclass(frozen=True)
class Story:
    """Worlds that are applied undisturbed, one after another, then the one whose apply breaks; and who hears what in
    the end, when all that is scheduled has come.
    """

    before: Sequence[Callable[[Azure], Documents]]
    broken: Callable[[Azure], Documents]
    told: Mapping[str, int]
    states: Mapping[str, str]
    outside: Callable[[Azure], object] = lambda _: None
    kind: str = "announcements"


def timed(text: str, **spec: Any) -> Callable[[Azure], Documents]:
    def documents(azure: Azure) -> Documents:
        at = azure.__dict__.setdefault("at", azure.wall_clock(HOUR))
        return [campaign(text=text, **{"schedule": {"start": at, "timezone": "UTC"}, **spec})]

    return documents


def everything(azure: Azure) -> Documents:
    ids = [f"{number:032x}" for number in range(2)] + [f"{number:032x}" for number in range(5000, 5999)]
    return [campaign(), manual(), push("direct", ids), notification("sale", title="sale", body="text")]


def by_hand(azure: Azure) -> None:
    at = azure.__dict__.setdefault("at", azure.wall_clock(HOUR))
    azure.make("news", pushMode="one-shot", startTime=f"{at}Z", timezone="UTC")
    azure.by_hand("activate", "news")


def always(*documents: dict[str, Any]) -> Callable[[Azure], Documents]:
    return lambda _: list(documents)


STORIES = {
    "all is new": Story([], everything, {"news: text": 2, "orders: text": 2, "sale: text": 2}, {"news": "in-progress"}),
    "a scheduled campaign is changed": Story([timed("one")], timed("two"), {"news: two": 2}, {"news": "in-progress"}),
    "a scheduled campaign becomes a draft": Story([timed("one")], timed("two", state="draft"), {}, {"news": "draft"}),
    "a draft becomes active again": Story(
        [timed("one"), timed("one", state="draft")], timed("one"), {"news: one": 2}, {"news": "in-progress"}
    ),
    "the next revision": Story(
        [always(campaign(text="r1")), always(campaign(text="r1", state="finished"))],
        always(campaign(text="r2", revision=2)),
        {"news: r1": 2, "news: r2": 2},
        {"news": "in-progress"},
    ),
    "another type": Story(
        [timed("one")], timed("two", type="poll"), {"news: two": 2}, {"news": "in-progress"}, kind="polls"
    ),
    "one is removed, one made": Story(
        [always(campaign("old", text="old"))], always(campaign()), {"old: old": 2, "news: text": 2}, {"old": "gone"}
    ),
    "one is finished": Story(
        [always(campaign())], always(campaign(state="finished")), {"news: text": 2}, {"news": "finished"}
    ),
    "one is adopted that differs": Story([], timed("ours"), {"news: ours": 2}, {"news": "in-progress"}, by_hand),
    "all are removed": Story(
        [timed("one")], always(custom_property("x")), {}, {"news": "gone"}
    ),
}  # fmt: skip
FLAGS = (ADOPT, ALLOW_DELETES)


class Stages:
    """A new stage for each way to break a story."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder, self._count = url, folder, 0

    def prepared(self, story: Story) -> Azure:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        azure = Azure(self._url, folder)
        azure.seed("US", "FR")
        story.outside(azure)
        for documents in story.before:
            azure.declare(*documents(azure))
            assert azure.apply(*FLAGS).code == 0
        azure.declare(*story.broken(azure))
        azure.exchanges.clear()
        return azure


@pytest.fixture
def stages(sandbox_url: str, stage_folder: Path) -> Iterator[Stages]:
    yield Stages(sandbox_url, stage_folder)
    Azure(sandbox_url, stage_folder).mend()


def settle(azure: Azure, story: Story, how: str) -> None:
    """Apply until nothing is left, and see that all is well."""
    azure.rows()
    codes = azure.heal(*FLAGS)
    assert azure.is_settled(), f"{how}: {azure.plan()}"
    azure.pass_time(HOUR + 60)
    assert azure.told() == story.told, f"{how}: {codes}, {azure.states()}"
    for name, state in story.states.items():
        assert azure.state(name, story.kind) == state, how
    azure.rows()
    names = [name.partition(" ~pk1")[0] for name in azure.campaigns()]
    assert len(names) == len(set(names)), names
    codes = azure.heal(*FLAGS)
    assert codes == [0], how
    assert azure.told() == story.told, how


def deaths(life: Life) -> list[int]:
    """The steps after which something is otherwise than before them: a read changes nothing."""
    is_end = [what.startswith("after") or what in ("before consume", "before settle") for what in life.taken]
    return [number for number, what in enumerate(life.taken) if is_end[number] and "GET" not in what]


@pytest.mark.parametrize("name", STORIES)
def test_a_run_that_dies_at_any_step_is_healed(stages: Stages, name: str) -> None:
    story = STORIES[name]
    life = Life()
    undisturbed = stages.prepared(story)
    assert undisturbed.apply(*FLAGS, life=life).code == 0
    settle(undisturbed, story, "undisturbed")
    for number in deaths(life):
        azure = stages.prepared(story)
        assert azure.survive(*FLAGS, life=Life(number)) is None
        settle(azure, story, f"died at {number}: {life.taken[number]}")


@pytest.mark.parametrize("name", STORIES)
def test_a_run_that_dies_twice_in_a_row_is_healed(stages: Stages, name: str) -> None:
    story = STORIES[name]
    life = Life()
    assert stages.prepared(story).apply(*FLAGS, life=life).code == 0
    for number in deaths(life)[1::4]:
        azure = stages.prepared(story)
        azure.survive(*FLAGS, life=Life(number))
        azure.survive(*FLAGS, life=Life(number - 1))
        settle(azure, story, f"died twice at {number}: {life.taken[number]}")


@pytest.mark.parametrize("effect", ["drop-before", "drop-after", "error-before", "error-after"])
@pytest.mark.parametrize("name", STORIES)
def test_each_request_that_changes_something_may_break_once(stages: Stages, name: str, effect: str) -> None:
    story = STORIES[name]
    undisturbed = stages.prepared(story)
    assert undisturbed.apply(*FLAGS).code == 0
    methods = [each.method for each in undisturbed.exchanges if each.method != "GET"]
    for method in dict.fromkeys(methods):
        for nth in range(1, methods.count(method) + 1):
            azure = stages.prepared(story)
            azure.break_(method, f"/apps/{azure.app}/campaigns/", effect, nth=nth)
            outcome = azure.apply(*FLAGS)
            assert azure.faults_hit() == 1
            azure.mend()
            if outcome.code == 8:
                azure.resolve_truthfully()
            settle(azure, story, f"{effect} of {method} {nth}: {outcome.said}")


VERBS = [("POST", "/activate"), ("POST", "/suspend"), ("POST", "/finish"), ("POST", "/push"), ("PUT", "/campaigns/"), ("DELETE", "/campaigns/"), ("POST", "/campaigns/announcements?")]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), VERBS, ids=str)
@pytest.mark.parametrize("effect", ["drop-after", "error-before"])
def test_a_kind_of_request_that_never_works_is_given_up_and_made_up_for_later(
    stages: Stages, effect: str, method: str, path: str
) -> None:
    for name, story in STORIES.items():
        azure = stages.prepared(story)
        azure.break_(method, path, effect, nth=None)
        first = azure.apply(*FLAGS)
        hits = azure.faults_hit()
        if not hits:
            azure.mend()
            continue
        assert first.code != 0 or effect == "drop-after", f"{name}: {first.said}"
        azure.apply(*FLAGS)
        azure.mend()
        settle(azure, story, f"{name}: {effect} of every {method} {path}: {first.said}")
