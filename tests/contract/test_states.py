"""States walked one after another on the sandbox: after each apply, a second plan is empty."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import SandboxOptions, running
from tests.support.processes import Forks
from tests.support.project import audience, custom_property, notification
from tests.support.shop import Shop

US, FR = "CarrierCountry eq 'US'", "CarrierCountry eq 'FR'"


@dataclass(frozen=True)
class State:
    """A declared world, what somebody did outside before it was applied, and what a plan then shows."""

    documents: Sequence[Mapping[str, Any]]
    shown: Mapping[str, int]
    outside: Callable[[Shop], object] = lambda _: None
    flags: tuple[str, ...] = ()


def planned(shop: Shop) -> dict[str, Any]:
    ended = shop.run("plan", "--format", "json")
    assert ended.code == 0, ended.said
    plan: dict[str, Any] = json.loads(ended.out)
    return plan


def walk(shop: Shop, *states: State) -> None:
    for state in states:
        shop.declare(*state.documents)
        state.outside(shop)
        summary = planned(shop)["summary"]
        names = ("create", "update", "replace", "delete", "adopt", "forget", "send")
        assert {name: summary[name] for name in names if summary[name]} == state.shown
        if not state.shown:
            continue
        ended = shop.apply(*state.flags)
        assert ended.code == 0, ended.said
        assert shop.plan_is_empty()
        declared = {each["metadata"]["name"] for each in state.documents if each["kind"] == "Audience"}
        assert declared <= shop.names()


def field(shop: Shop, name: str, what: str) -> Any:
    found = shop.get(name)
    assert found is not None
    return found.get(what)


def test_an_audience_is_created_and_each_field_of_it_changed_and_unset(shop: Shop) -> None:
    walk(
        shop,
        State([audience("a", US)], {"create": 1}),
        State([audience("a", FR)], {"update": 1}),
        State([audience("a", FR, description="French")], {"update": 1}),
        State([audience("a", FR, description="Français, ça va?")], {"update": 1}),
        State([audience("a", FR, description="")], {"update": 1}),
        State([audience("a", FR, description="x", enabled=False)], {"update": 1}),
        State([audience("a", FR, description="x", enabled=True)], {"update": 1}),
    )
    assert field(shop, "a", "description") == "x"


@pytest.mark.parametrize(("name", "value", "default"), [("description", "x", ""), ("enabled", False, True)])
def test_a_field_that_is_no_longer_declared_is_unset(shop: Shop, name: str, value: Any, default: Any) -> None:
    walk(shop, State([audience("a", US, **{name: value})], {"create": 1}), State([audience("a", US)], {"update": 1}))
    assert (field(shop, "a", name) or default) == default
    assert field(shop, "a", name) is not False


def test_a_definition_that_is_only_written_otherwise_is_no_change(shop: Shop) -> None:
    walk(
        shop,
        State([audience("a", "CarrierCountry eq 'US' and AppVersion eq '1'")], {"create": 1}),
        State([audience("a", "( carriercountry  =  'US' )   and AppVersion = '1'")], {}),
        State([audience("a", "CarrierCountry eq 'US' and (AppVersion eq '1')")], {}),
        State([audience("a", "CarrierCountry eq 'US' and AppVersion eq '2'")], {"update": 1}),
    )


def test_a_rename_is_a_create_and_a_delete_with_consent(shop: Shop) -> None:
    walk(shop, State([audience("old")], {"create": 1}))
    walk(shop, State([audience("new")], {"create": 1, "delete": 1}, flags=("--allow-deletes",)))
    assert shop.names() == {"new"}


def test_what_somebody_deleted_is_made_again_and_forgotten_if_no_longer_declared(shop: Shop) -> None:
    walk(
        shop,
        State([audience("a"), audience("b")], {"create": 2}),
        State([audience("a"), audience("b")], {"create": 1}, outside=lambda s: s.delete("a")),
        State([audience("b")], {"forget": 1}, outside=lambda s: s.delete("a")),
    )
    assert shop.names() == {"b"}


def test_what_somebody_changed_is_changed_back(shop: Shop) -> None:
    declared = [audience("a", US, description="ours", enabled=True)]
    walk(
        shop,
        State(declared, {"create": 1}),
        State(declared, {"update": 1}, outside=lambda s: s.put("a", FR, description="ours")),
        State(declared, {"update": 1}, outside=lambda s: s.put("a", US, description="theirs")),
        State(declared, {"update": 1}, outside=lambda s: s.put("a", US, description="ours", enabled=False)),
        State(declared, {}, outside=lambda s: s.put("a", US, description="ours", enabled=True)),
    )


def test_fields_that_are_not_managed_are_left_as_they_are(shop: Shop) -> None:
    walk(shop, State([audience("a", US)], {"create": 1}))
    shop.put("a", US, description="by hand", enabled=False)
    assert shop.plan_is_empty()
    walk(shop, State([audience("a", FR)], {"update": 1}))
    assert field(shop, "a", "description") == "by hand"
    assert field(shop, "a", "enabled") is False


def test_what_exists_already_is_adopted_with_consent(shop: Shop) -> None:
    walk(
        shop,
        State([audience("a", US)], {"adopt": 1}, outside=lambda s: s.put("a", US), flags=("--adopt",)),
        State([audience("a", US), audience("b", US)], {"adopt": 1}, lambda s: s.put("b", FR), ("--adopt",)),
    )
    assert field(shop, "b", "definition") == US


def test_an_unmanaged_audience_is_never_touched(shop: Shop) -> None:
    walk(shop, State([audience("a")], {"create": 1}, outside=lambda s: s.put("theirs", FR)))
    walk(shop, State([audience("b")], {"create": 1, "delete": 1}, flags=("--allow-deletes", "--adopt")))
    assert field(shop, "theirs", "definition") == FR
    assert not [write for write in shop.writes() if "theirs" in write[1]][1:]


@pytest.mark.parametrize(
    "name",
    [
        "Active Premium Users",
        "a+b",
        "100%",
        "%41",
        "a%2Fb",
        "Ünïcödé ✓ 日本",
        "a?b#c&d=e",
        "a..b",
        "...",
        "'quoted' \"twice\"",
        "emoji 🎉",
        "semi;colon:at@",
        "back\\slash",
        "~tilde",
    ],
)
def test_a_name_is_kept_as_it_is_written(shop: Shop, name: str) -> None:
    walk(
        shop,
        State([audience(name, US)], {"create": 1}),
        State([audience(name, FR)], {"update": 1}),
    )
    assert shop.names() == {name}
    walk(shop, State([audience("other")], {"create": 1, "delete": 1}, flags=("--allow-deletes",)))
    assert shop.names() == {"other"}


@pytest.mark.parametrize("name", [".", ".."])
def test_a_name_that_cannot_stand_in_a_path_is_refused_before_any_request(shop: Shop, name: str) -> None:
    shop.declare(audience(name))
    ended = shop.apply()
    assert ended.code == 3, ended.said
    assert not shop.writes()


def test_a_custom_property_travels_in_its_audiences(shop: Shop) -> None:
    premium = audience("a", "plan eq 'premium'")
    walk(
        shop,
        State([custom_property("plan"), premium], {"create": 1}),
        State([custom_property("plan"), custom_property("age", "number"), premium], {}),
        State(
            [custom_property("plan"), custom_property("age", "number"), audience("a", "plan eq 'x' and age gt 3")],
            {"update": 1},
        ),
    )
    assert field(shop, "a", "custom_properties") == {"plan": "string", "age": "number"}


def test_a_property_whose_type_the_backend_contradicts_is_refused(shop: Shop) -> None:
    devices = [{"install_id": "00000000-0000-4000-8000-000000000001", "custom_properties": {"plan": 3}}]
    shop.admin("POST", "devices", {"app": shop.coordinate, "devices": devices})
    shop.declare(custom_property("plan"), audience("a", "plan eq 'premium'"))
    ended = shop.apply()
    assert ended.code == 3, ended.said
    assert "RC320" in ended.said
    assert not shop.writes()


def test_two_hundred_audiences_are_made_and_changed_and_read_with_two_requests(shop: Shop) -> None:
    walk(
        shop,
        State([audience(f"a{n:03}", US) for n in range(200)], {"create": 200}),
        State([audience(f"a{n:03}", FR if n % 50 == 0 else US) for n in range(200)], {"update": 4}),
    )
    assert planned(shop)["summary"]["requests"] == 2


@pytest.mark.parametrize("form", ["api", "relative", "absolute"])
@pytest.mark.parametrize("base", ["", "/api", "/"])
def test_pages_are_followed_to_the_end_whatever_their_links_look_like(
    forks: Forks, tmp_path: Path, form: Any, base: str
) -> None:
    options = SandboxOptions(data=tmp_path / "data", settle=0, rate_limit=None, page_size=3, next_link=form)
    with running(options) as sandbox:
        folder = tmp_path / "project"
        folder.mkdir()
        shop = Shop(sandbox.url, folder, forks)
        shop.settings["endpoint"] = sandbox.url + base
        try:
            walk(shop, State([audience(f"a{n}", US) for n in range(10)], {"create": 10}))
            assert planned(shop)["summary"]["requests"] == 1 + 4
            shop.declare(*(audience(f"a{n}", US) for n in range(10)), notification("sale"))
            assert shop.apply().code == 0
            shop.assert_all_heard_once("sale")
        finally:
            shop.close()


# What needs consent.


def refused(shop: Shop, code: str, *flags: str) -> None:
    before = shop.writes()
    ended = shop.apply(*flags)
    assert ended.code == 4, ended.said
    assert code in ended.err
    assert shop.writes() == before


def test_nothing_is_adopted_without_consent(shop: Shop) -> None:
    shop.put("a", FR)
    shop.declare(audience("a", US), audience("b"), notification("sale"))
    refused(shop, "RC401")
    assert not shop.heard()


def test_nothing_is_deleted_without_consent(shop: Shop) -> None:
    walk(shop, State([audience("a"), audience("b")], {"create": 2}))
    shop.declare(audience("a", FR))
    refused(shop, "RC401")
    assert shop.names() == {"a", "b"}


@pytest.mark.parametrize(
    ("percent", "amount", "deletes", "is_refused"),
    [(30, 2, 4, True), (30, 4, 4, False), (50, 2, 4, False), (0, 0, 1, True), (100, 0, 4, False), (30, 2, 2, False)],
)
def test_many_deletes_are_refused_where_both_percent_and_amount_are_exceeded(
    shop: Shop, percent: int, amount: int, deletes: int, is_refused: bool
) -> None:
    guard = {"max_deletes": {"percent": percent, "amount": amount}}
    shop.declare(*(audience(f"a{n}") for n in range(8)), guard=guard)
    assert shop.apply().code == 0
    shop.declare(*(audience(f"a{n}") for n in range(8 - deletes)))
    if is_refused:
        refused(shop, "RC410", "--allow-deletes")
    else:
        ended = shop.apply("--allow-deletes")
        assert ended.code == 0, ended.said
        assert len(shop.names()) == 8 - deletes


def test_an_empty_folder_of_manifests_deletes_nothing(shop: Shop) -> None:
    walk(shop, State([audience("a")], {"create": 1}))
    (shop.folder / "manifests" / "all.yaml").unlink()
    before = shop.writes()
    ended = shop.apply("--allow-deletes")
    assert ended.code == 3, ended.said
    assert shop.writes() == before


def test_a_token_that_may_only_read_plans_and_does_not_apply(forks: Forks, tmp_path: Path) -> None:
    options = SandboxOptions(data=tmp_path / "data", settle=0, rate_limit=None, token="test", read_only_token="reader")
    with running(options) as sandbox:
        folder = tmp_path / "project"
        folder.mkdir()
        shop = Shop(sandbox.url, folder, forks)
        try:
            shop.declare(audience("a"), notification("sale"))
            reader = {"APPCENTER_TOKEN": "reader"}
            assert shop.run("plan", environ=reader).code == 0
            ended = shop.apply(environ=reader)
            assert ended.code == 9, ended.said
            assert not shop.names()
            assert not shop.heard()
            wrong = shop.run("plan", environ={"APPCENTER_TOKEN": "wrong"})
            assert wrong.code == 9, wrong.said
            assert shop.apply().code == 0
            shop.assert_all_heard_once("sale")
        finally:
            shop.close()
