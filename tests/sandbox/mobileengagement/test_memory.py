"""Nothing that was answered is lost: not by a restart, nor when the process is killed."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.conftest import settled
from tests.sandbox.test_process import process

from .conftest import Api, App, advance, device, started

A, B = (str(device(number)["install_id"]) for number in (1, 2))


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    with started(tmp_path, settle=10) as (_, app):
        app.seed(device(1), device(2))
        manual, auto = app.create(name="manual", pushMode="manual"), app.create(name="auto", pushMode="one-shot")
        for path in (manual, auto):
            app.move(path, "activate")
        app.post("devices/tag", {"tags": {A: {"plan": "premium"}}})
    with started(tmp_path, settle=10) as (_, app):
        assert app.state(manual) == app.state(auto) == "scheduled"
        advance(app, 11)
        assert app.post(f"{manual}/push", {"deviceIds": [A]}).json() == {"invalidDeviceIds": []}
    with started(tmp_path) as (_, app):
        assert app.get(f"devices/{A}").json()["appInfo"] == {"plan": "premium"}
        assert (app.rung(manual), app.rung(auto)) == ({A}, {A, B})
        assert (app.statistics(manual)["pushed"], app.statistics(auto)["pushed"]) == (1, 2)


def test_a_killed_sandbox_has_lost_nothing_that_it_answered(tmp_path: Path) -> None:
    with process("--data", tmp_path) as (found, line), Api(line.strip()) as api:
        app = App(api, "shop-android")
        app.seed(device(1))
        paths = [app.create(name=f"c{number}", pushMode="manual") for number in range(20)]
        for path in paths:
            app.move(path, "activate")
        settled(lambda: app.state(paths[-1]) == "in-progress")
        for path in paths:
            assert app.post(f"{path}/push", {"deviceIds": [A]}).status_code == 200
        found.kill()
        found.wait()
    with process("--data", tmp_path) as (_, line), Api(line.strip()) as api:
        app = App(api, "shop-android")
        assert [app.state(path) for path in paths] == ["in-progress"] * 20
        assert [app.rung(path) for path in paths] == [{A}] * 20
