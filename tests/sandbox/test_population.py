"""The population: repeatable from an app's name, of the size that was asked for, and like people."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from pathlib import Path

import pytest

from reconciler.sandbox import SandboxRefused
from reconciler.sandbox.device import COLUMNS, Row
from reconciler.sandbox.devices import read_seed
from reconciler.sandbox.population import population

from .conftest import App, started


def rows(coordinate: str, count: int) -> list[dict[str, object]]:
    found: list[Row] = [row for batch in population(coordinate, count) for row in batch]
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def test_the_same_name_has_the_same_people_and_another_has_others() -> None:
    assert rows("a/b", 500) == rows("a/b", 500)
    assert rows("a/b", 500) != rows("a/c", 500)


def test_every_device_has_an_id_of_its_own_in_rising_order() -> None:
    ids = [str(row["install_id"]) for row in rows("a/b", 25_000)]
    assert ids == sorted(set(ids))
    assert len(ids) == 25_000
    assert all(uuid.UUID(one).version == 4 for one in ids[:100])


def test_people_are_joined_as_in_life() -> None:
    people = rows("contoso/shop", 20_000)
    country = Counter(row["CarrierCountry"] for row in people)
    assert country["US"] > country["FR"] > country["KP"] > 0
    assert country[None] > 0
    assert {row["Language"] for row in people if row["CarrierCountry"] == "JP"} == {"ja"}
    assert {row["OemName"] for row in rows("contoso/shop-ios", 500)} == {"Apple"}
    assert {row["OemName"] for row in rows("contoso/kiosk", 500)} != {"Apple"}
    custom = [json.loads(str(row["custom_properties"])) for row in people]
    premium = Counter(one["beta"] for one in custom if one["plan"] == "premium")
    free = Counter(one["beta"] for one in custom if one["plan"] == "free")
    assert premium[True] / premium.total() > 2 * free[True] / free.total()
    users = Counter(row["user_id"] for row in people if row["user_id"])
    assert max(users.values()) == 2
    assert len(users) > 10_000


def sizes(app: App) -> tuple[int, int]:
    body = {"definition": "plan eq 'premium' and age ge 18", "custom_properties": {"plan": "string", "age": "number"}}
    tested = app.api.post(f"{app.audiences}/definition/test", json=body).json()
    return tested["estimated_count"], tested["estimated_total_count"]


def test_count_gives_each_app_a_population_when_first_seen(tmp_path: Path) -> None:
    with started(tmp_path / "one", devices=2_000) as (_, app):
        members, everyone = sizes(app)
        assert everyone == 2_000
        assert 100 < members < 1_900
        other = sizes(App(app.api, "contoso/other"))
        assert other[1] == 2_000
        assert other[0] != members
        custom = app.api.get(f"{app.audiences}/metadata/custom_properties").json()["values"]
        assert custom == {"age": "number", "beta": "boolean", "plan": "string", "signup": "date_time"}
    with started(tmp_path / "two", devices=2_000) as (_, app):
        assert sizes(app) == (members, 2_000)


def test_a_file_gives_devices_to_one_app_or_to_all(tmp_path: Path) -> None:
    lines = [
        {"install_id": "everywhere", "Language": "en"},
        {"app": "contoso/shop", "install_id": "only-here", "custom_properties": {"plan": "premium", "age": 30}},
    ]
    file = tmp_path / "devices.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")
    with started(tmp_path / "data", devices=file) as (_, app):
        assert app.api.get("/_sandbox/devices").json()["total"] == 2
        assert sizes(app) == (1, 2)
        assert sizes(App(app.api, "contoso/other")) == (0, 1)
        app.api.delete(f"{app.root}/push/devices/everywhere")
    with started(tmp_path / "data", devices=file) as (_, app):
        assert sizes(app) == (1, 1)


def test_a_file_with_too_many_properties_for_an_app_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "devices.jsonl"
    own = {"app": "a/b", "install_id": "own", "custom_properties": {f"p{number}": 1 for number in range(60)}}
    file.write_text("\n".join(map(json.dumps, (own, {"install_id": "all", "custom_properties": {"q": 1}}))))
    with pytest.raises(SandboxRefused, match="a/b has more than 60"):
        read_seed(file)
