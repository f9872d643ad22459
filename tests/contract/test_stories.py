"""One contract for every backend: lists of states walked one after another on the sandbox, and after each apply a
second plan is empty. Every request and every reply is as the vendor describes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from reconciler.core.diff import ADOPT, ALLOW_DELETES, ALLOW_ORPHANS
from reconciler.core.edited import ALLOW_REPEATS
from reconciler.model.plan import Plan
from tests.support.campaigns import KINDS, QUESTIONS, campaign, manual
from tests.support.described import check_exchanges
from tests.support.project import audience, custom_property, document
from tests.support.stage import Azure, Stage, Web

US, FR = "CarrierCountry eq 'US'", "CarrierCountry eq 'FR'"
Documents = Sequence[Mapping[str, Any]] | Callable[[Stage], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class State:
    """A declared world, what somebody did outside before it was planned, and what a plan then shows.

    `told` are codes that are told; `refused` is the exit code without the consents of `flags`, and nothing is changed.
    """

    documents: Documents
    shown: Mapping[str, int]
    outside: Callable[[Any], object] = lambda _: None
    flags: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    code: int = 0


def state(
    documents: Documents, *shown: str, told: str = "", code: int = 0, flags: Sequence[str] = (), outside: Any = None
) -> State:
    """`shown` are actions, `2 create` where there are several."""
    counted = {each.split()[-1]: int(each.split()[0]) if " " in each else 1 for each in shown}
    return State(documents, counted, outside or (lambda _: None), tuple(flags), frozenset(told.split()), code)


def shown(plan: Plan) -> dict[str, int]:
    words = [str(each.action) for each in plan.changes] + [each.verb for each in plan.sends]
    return {word: words.count(word) for word in words}


def walk(stage: Stage, *states: State) -> None:
    for number, each in enumerate(states):
        documents = each.documents(stage) if callable(each.documents) else each.documents
        stage.declare(*documents)
        each.outside(stage)
        plan = stage.plan()
        assert shown(plan) == each.shown, f"state {number}: {shown(plan)}, {plan.findings}"
        assert each.told <= {one.code for one in plan.findings}, f"state {number}"
        if each.flags:
            before = len(writes(stage))
            assert stage.apply().code == 4, f"state {number} needs consent"
            assert len(writes(stage)) == before
        if each.shown or each.code:
            outcome = stage.apply(*each.flags)
            assert outcome.code == each.code, f"state {number}: {outcome.said}"
        if not each.code:
            again = stage.plan()
            assert not again.changes, f"state {number}: {again.changes}"
            assert not again.sends, f"state {number}: {again.sends}"


def writes(stage: Stage) -> list[str]:
    return [
        f"{each.method} {each.path}" for each in stage.exchanges if each.method != "GET" and "test" not in each.path
    ]


def put(name: str, definition: str) -> Callable[[Stage], object]:
    """An audience of App Center, made or changed by somebody else."""
    return lambda stage: stage.call(
        "PUT", f"/v0.1/apps/{stage.coordinate}/analytics/audiences/{name}", {"definition": definition}
    )


def hand(verb: str, name: str = "news", kind: str = "announcements") -> Callable[[Azure], object]:
    return lambda stage: stage.by_hand(verb, name, kind)


def criteria(name: str, text: str, **spec: Any) -> dict[str, Any]:
    return document("Audience", name, {"criteria": text, **spec})


def soon(text: str = "", **spec: Any) -> Callable[[Stage], list[dict[str, Any]]]:
    """A campaign that starts in an hour; its start is the same in all states of a story."""

    def documents(stage: Stage) -> list[dict[str, Any]]:
        at = stage.__dict__.setdefault("at", stage.wall_clock(3600))
        more = {"schedule": {"start": at, "timezone": "UTC"}} | spec
        return [campaign(text=text, **more)]

    return documents


def later(seconds: float) -> Callable[[Stage], object]:
    return lambda stage: stage.pass_time(seconds)


def both(*acts: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda stage: [act(stage) for act in acts]


APPCENTER = {
    "an audience is made, changed, unset and removed": [
        state([audience("a", US)], "create"),
        state([audience("a", FR)], "update"),
        state([audience("a", FR, description="x")], "update"),
        state([audience("a", FR)], "update"),
        state([audience("a", f" ( {FR} ) ")]),
        state([audience("b", FR)], "create", "delete", flags=[ALLOW_DELETES]),
    ],
    "drift is healed": [
        state([audience("a", US)], "create"),
        state([audience("a", US)], "update", outside=put("a", FR)),
    ],
    "what is there is adopted": [
        state([audience("a", US)], "adopt", outside=put("a", US), flags=[ADOPT]),
        state([audience("a", US), audience("b", US)], "adopt", outside=put("b", FR), flags=[ADOPT]),
    ],
}

APPIZER = {
    "an audience is made, its criteria are changed, and it is left behind": [
        state([criteria("a", "Users from country=US")], "create"),
        state([criteria("a", "Users from country=FR")], "replace", flags=[ALLOW_ORPHANS]),
        state([criteria("b", "Users from country=FR")], "create", "forget", flags=[ALLOW_ORPHANS]),
    ],
    "a definition is a sentence, and its words are not what it says": [
        state([custom_property("plan"), audience("a", "plan eq 'premium' and CarrierCountry eq 'US'")], "create"),
        state([custom_property("plan"), audience("a", "(CarrierCountry = 'US')  and plan = 'premium'")]),
        state([custom_property("plan"), audience("a", "plan eq 'free'")], "replace", flags=[ALLOW_ORPHANS]),
        state([custom_property("plan"), criteria("a", "Users with plan=free")], "replace", flags=[ALLOW_ORPHANS]),
    ],
    "a description is compared, and a new one is a new audience": [
        state([criteria("a", "Users from country=US", description="one")], "create"),
        state([criteria("a", "Users from country=US", description="two")], "replace", flags=[ALLOW_ORPHANS]),
        state([criteria("a", "Users from country=US")], "replace", flags=[ALLOW_ORPHANS]),
    ],
    "what is there is adopted": [
        state(
            [criteria("a", "Users from country=US")], "adopt", outside=lambda web: web.make("a"), flags=[ADOPT]
        ),
        state([criteria("a", "Users from country=FR")], "replace", flags=[ALLOW_ORPHANS]),
    ],
    "two hundred and fifty audiences of somebody else are no matter": [
        state(
            [criteria("a", "Users from country=US"), criteria("n7", "Users from country=US")],
            "create",
            "adopt",
            outside=lambda web: [web.make(f"n{number}") for number in range(250)],
            flags=[ADOPT],
        ),
    ],
    "custom properties are declared for us alone": [
        state([custom_property("plan")]),
        state([custom_property("plan", "number")]),
    ],
}  # fmt: skip

REVISED = [
    state([campaign(text="r1")], "create", "activate"),
    state([campaign(text="r1", state="finished")], "finish"),
]
AZURE = {
    **{
        f"{kind}: made, activated, finished and removed": [
            state([campaign(type=kind)], "create", "activate"),
            state([campaign(type=kind, state="finished")], "finish"),
            state([custom_property("x")], "delete", flags=[ALLOW_DELETES]),
        ]
        for kind in KINDS
    },
    **{
        f"{kind}: a draft stays one until it is active": [
            state([campaign(type=kind, state="draft")], "create"),
            state([campaign(type=kind, state="draft", text="two" if kind != "native-push" else "")], *([] if kind == "native-push" else ["update"])),
            state([campaign(type=kind, text="two" if kind != "native-push" else "")], "activate"),
        ]
        for kind in KINDS
    },
    "a draft is changed field by field, and unset": [
        state([campaign(state="draft")], "create"),
        state([campaign(state="draft", category="sale")], "update"),
        state([campaign(state="draft", delivery_time="session")], "update"),
        state([campaign(state="draft", delivery_time="session", delivery_activities=["b", "a"])], "update"),
        state([campaign(state="draft", delivery_time="session", delivery_activities=["a", "b"])]),
        state([campaign(state="draft")], "update"),
        state([campaign(state="draft", push_mode=None)], "update"),
        state([campaign(state="draft", push_mode="real-time")], "adopt"),  # the ledger falls into step
        state([campaign(state="draft", push_mode="real-time", schedule={"end": "2030-01-01T00:00"})], "update"),
        state([campaign(state="draft", push_mode="real-time", schedule={"end": "2030-01-01T00:00:00"})], "adopt"),
        state([campaign(state="draft", push_mode="real-time", localization={"fr": {"title": "Allô"}})], "update"),
        state([campaign(state="draft", push_mode="real-time")], "update"),
        state([campaign(state="draft", content={"title": "a", "body": "b", "action_url": "shop://x", "mobileengagement": {"notificationSound": True}})], "update"),
        state([campaign(state="draft", content={"title": "a", "body": "b", "mobileengagement": {"notificationSound": False}})], "update"),
        state([campaign(state="draft", content={"title": "a", "body": "b"})], "adopt"),
    ],
    "a poll's questions are changed": [
        state([campaign(type="poll", state="draft")], "create"),
        state([campaign(type="poll", state="draft", questions=QUESTIONS[:1])], "update"),
        state([campaign(type="poll", questions=QUESTIONS)], "update", "activate"),
    ],
    "the audience is compiled in, and told as broader or narrower": [
        state([audience("us", US), campaign(audience=["us"], state="draft")], "create"),
        state([audience("us", f"{US} or {FR}"), campaign(audience=["us"], state="draft")], "update"),
        state([audience("us", f"{FR} or {US}"), campaign(audience=["us"], state="draft")]),
        state([audience("us", US), audience("fr", FR), campaign(audience=["us", "fr"], state="draft")]),
        state([audience("us", US), audience("fr", FR), campaign(audience=["fr"])], "update", "activate"),
    ],
    "a native audience with criteria and filters": [
        state([campaign(state="draft", audience={"expression": "A and not B", "criteria": {"A": {"type": "carrier-country", "name": "US"}, "B": {"type": "language", "name": None}}, "filters": [{"type": "engage-subset", "max": 10}]})], "create"),
        state([campaign(state="draft", audience={"expression": "A and not B", "criteria": {"B": {"type": "language", "name": None}, "A": {"type": "carrier-country", "name": "US"}}, "filters": [{"max": 10, "type": "engage-subset"}]})]),
        state([campaign(state="draft", audience={"expression": "A", "criteria": {"A": {"type": "carrier-country", "name": "US"}}})], "update"),
        state([campaign(state="draft", audience={"expression": "A", "criteria": {"A": {"type": "integer-tag", "name": "age", "value": 3, "op": "GE"}}, "filters": [{"type": "native-push-enabled"}]})], "update"),
        state([campaign(state="draft", audience={"filters": [{"type": "push-quota"}]})], "update"),
        state([campaign()], "update", "activate"),
    ],
    "a scheduled campaign is changed before it starts": [
        state(soon("one"), "create", "activate"),
        state(soon("two"), "update", "activate"),
        state(soon("two"), outside=later(4000)),
    ],
    "a scheduled campaign goes back to a draft and is activated again": [
        state(soon(), "create", "activate"),
        state(soon(state="draft"), "suspend"),
        state(soon(state="draft")),
        state(soon(), "activate"),
        state(soon(state="draft", text="two"), "update"),
        state(soon(text="two"), "activate"),
        state(soon(text="two"), outside=later(4000)),
    ],
    "a scheduled campaign is declared finished": [
        state(soon(), "create", "activate"),
        state(soon(state="finished"), "suspend"),
    ],
    "a scheduled campaign is removed": [
        state(soon(), "create", "activate"),
        state([custom_property("x")], "delete", flags=[ALLOW_DELETES]),
    ],
    "a campaign in progress is removed": [
        state([campaign()], "create", "activate"),
        state([custom_property("x")], "delete", flags=[ALLOW_DELETES]),
    ],
    "a draft is removed": [
        state([campaign(state="draft")], "create"),
        state([custom_property("x")], "delete", flags=[ALLOW_DELETES]),
    ],
    "what is in progress is not changed but told": [
        state([campaign(text="one")], "create", "activate"),
        state([campaign(text="two")], told="RC512"),
        state([campaign(text="one", state="draft")], told="RC512"),
        state([campaign(text="one")]),
    ],
    "the next revision of what is in progress is refused": [
        state([campaign()], "create", "activate"),
        state([campaign(revision=2)], told="RC513", code=3),
    ],
    "the next revision of a finished campaign": [
        *REVISED,
        state([campaign(text="r2", revision=2)], "replace", "activate", flags=[ALLOW_DELETES]),
        state([campaign(text="r2", revision=2, state="finished")], "finish"),
        state([campaign(text="r1", revision=1)], told="RC512"),
    ],
    "a finished campaign that is active again is not activated": [
        *REVISED,
        state([campaign(text="r1")]),
        state([campaign(text="other")], told="RC512"),
    ],
    "a campaign that finished by itself is never activated again": [
        state(lambda stage: [campaign(schedule={"end": stage.__dict__.setdefault("at", stage.wall_clock(3600)), "timezone": "UTC"})], "create", "activate"),
        state(lambda stage: [campaign(schedule={"end": stage.__dict__["at"], "timezone": "UTC"})], outside=later(4000)),
        state(lambda stage: [campaign(schedule={"end": stage.__dict__["at"], "timezone": "UTC"})], outside=hand("delete"), told="RC514"),
        state([custom_property("x")], "forget"),
    ],
    "a campaign that was activated and deleted outside is told of, until its revision is raised": [
        state([campaign()], "create", "activate"),
        state([campaign()], outside=both(hand("finish"), hand("delete")), told="RC514"),
        state([campaign(text="again", revision=2)], "create", "activate"),
    ],
    "a draft that was deleted outside is made again": [
        state([campaign(state="draft")], "create"),
        state([campaign(state="draft")], "create", outside=hand("delete")),
        state([campaign()], "create", "activate", outside=hand("delete")),
    ],
    "a campaign that was suspended outside is activated again with consent": [
        state(soon(), "create", "activate"),
        state(soon(), "activate", outside=hand("suspend"), flags=[ALLOW_REPEATS]),
        state(soon(), outside=later(4000)),
    ],
    "drift of a draft is healed": [
        state([campaign(state="draft", text="ours")], "create"),
        state([campaign(state="draft", text="ours")], "update", outside=lambda stage: stage.engage("PUT", f"campaigns/announcements/{stage.campaigns()['news']['id']}", {"name": "news", "deliveryTime": "any", "type": "only_notif", "notificationTitle": "x", "notificationMessage": "theirs"})),
    ],
    "a campaign of another type is another campaign": [
        state([campaign(state="draft")], "create"),
        state([campaign(type="poll", state="draft")], "replace"),
        state([campaign(type="data-push")], "replace", "activate"),
        state([campaign(type="announcement")], told="RC512"),
    ],
    "a scheduled campaign of another type": [
        state(soon("one"), "create", "activate"),
        state(soon("two", type="poll"), "replace", "activate"),
        state(soon("two", type="poll"), outside=later(4000)),
    ],
    "a draft is adopted": [
        state([campaign(push_mode=None, content={"title": "news", "body": "text"}, state="draft")], "adopt", outside=lambda azure: azure.make("news"), flags=[ADOPT]),
    ],
    "a draft that differs is adopted and activated": [
        state([campaign()], "adopt", "activate", outside=lambda azure: azure.make("news"), flags=[ADOPT]),
    ],
    "a campaign in progress is adopted, and not activated": [
        state([campaign()], "adopt", outside=both(lambda azure: azure.make("news"), hand("activate")), flags=[ADOPT]),
    ],
    "a finished campaign is adopted, and not activated": [
        state([campaign()], "adopt", outside=both(lambda azure: azure.make("news"), hand("activate"), hand("finish")), flags=[ADOPT]),
    ],
    "a scheduled campaign is adopted as it is": [
        state(
            soon("text", push_mode="one-shot", content={"title": "news", "body": "text"}),
            "adopt",
            outside=both(lambda azure: azure.make("news", pushMode="one-shot", startTime=azure.__dict__["at"] + "Z", timezone="UTC"), hand("activate")),
            flags=[ADOPT],
        ),
        state(soon("text", content={"title": "news", "body": "text"}), outside=later(4000)),
    ],
    "a manual campaign": [
        state([manual(state="draft")], "create"),
        state([manual()], "activate"),
        state([manual(state="finished")], "finish"),
    ],
    "names are kept": [
        state([campaign(name) for name in ("A b", "100%", "a+b?c=d", "Ünï ✓ 日本", "'q' \"r\"", "...", "%41")], "7 create", "7 activate", flags=[ALLOW_REPEATS]),
    ],
}  # fmt: skip

STORIES = {
    **{f"appcenter: {name}": ("appcenter", story) for name, story in APPCENTER.items()},
    **{f"appizer: {name}": ("appizer", story) for name, story in APPIZER.items()},
    **{f"mobileengagement: {name}": ("mobileengagement", story) for name, story in AZURE.items()},
}


@pytest.fixture
def stage_of(sandbox_url: str, stage_folder: Path) -> Callable[[str], Stage]:
    makers: dict[str, Callable[[], Stage]] = {
        "mobileengagement": lambda: Azure(sandbox_url, stage_folder),
        "appizer": lambda: Web(sandbox_url, stage_folder),
        "appcenter": lambda: Stage(sandbox_url, stage_folder, "appcenter"),
    }
    return lambda provider: makers[provider]()


@pytest.mark.parametrize("name", STORIES)
def test_each_state_is_reached_and_the_second_plan_is_empty(stage_of: Callable[[str], Stage], name: str) -> None:
    provider, story = STORIES[name]
    stage = stage_of(provider)
    stage.seed(*["US"] * 3, "FR")
    walk(stage, *cast(Sequence[State], story))
    if provider == "mobileengagement":
        stage.told()
    stage.rows()
    check_exchanges(stage)
