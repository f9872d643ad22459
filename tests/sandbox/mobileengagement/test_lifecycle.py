"""The state machine: what leads from one state to another, what is refused, and when it happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.conftest import settled

from .conftest import App, advance, device, started

KINDS = ("announcements", "polls", "dataPushes", "nativePushes")


def test_a_new_campaign_is_a_draft_and_its_address_is_told(app: App) -> None:
    made = app.post("campaigns/polls", {"name": "survey"})
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    assert made.headers["location"].endswith(f"{app.root}/campaigns/polls/{made.json()['id']}")
    assert app.api.get(made.headers["location"]).json() == {"name": "survey"} | made.json()


@pytest.mark.parametrize("kind", KINDS)
def test_activation_answers_scheduled_and_is_in_progress_a_moment_later(tmp_path: Path, kind: str) -> None:
    with started(tmp_path, settle=10) as (_, app):
        path = app.create(kind, pushMode="manual")
        answer = app.post(f"{path}/activate").json()
        assert answer == {"id": int(path.rpartition("/")[2]), "state": "scheduled"}
        assert app.post(f"{path}/push", {"deviceIds": []}).status_code == 400
        advance(app, 11)
        assert app.state(path) == "in-progress"


def test_every_verb_is_refused_in_every_other_state(app: App) -> None:
    verbs = {"draft": "activate", "scheduled": "suspend", "in-progress": "finish"}
    later = {"startTime": "2999-01-01T00:00:00Z", "timezone": "UTC"}
    paths = {
        "draft": app.create(name="a"),
        "scheduled": app.create(name="b", **later),
        "in-progress": app.begin(app.create(name="c")),
        "finished": app.begin(app.create(name="d")),
    }
    app.move(paths["scheduled"], "activate")
    app.move(paths["finished"], "finish")
    for state, path in paths.items():
        assert app.state(path) == state
        for legal, verb in verbs.items():
            if legal != state:
                assert app.move(path, verb) == 400
        body = {"name": f"renamed-{state}"}
        assert app.api.put(f"{app.root}/{path}", json=body).status_code == (200 if state == "draft" else 400)
        deleted = app.api.delete(f"{app.root}/{path}").status_code
        assert deleted == (200 if state in ("draft", "finished") else 400)


def test_a_suspended_campaign_is_a_draft_again_and_never_rang(tmp_path: Path) -> None:
    with started(tmp_path, clock="2026-01-01T00:00:00Z") as (_, app):
        app.seed(device(1))
        path = app.create(startTime="2026-01-01T10:00:00Z")
        assert app.move(path, "activate") == 200
        assert app.post(f"{path}/suspend").json()["state"] == "draft"
        assert "activatedDate" not in app.get(path).json()
        advance(app, 86_400)
        assert (app.state(path), app.deliveries()) == ("draft", [])


@pytest.mark.parametrize(
    ("start", "timezone", "hours"),
    [
        ("2026-01-01T10:00:00Z", "UTC", 10),
        ("2026-01-01 10:00Z", "UTC", 10),
        ("2026-01-01T10:00:00Z", "America/Los_Angeles", 18),
        ("2026-01-01 10:00Z", "Asia/Tokyo", 1),
        ("2026-01-01T10:00:00Z", None, 10),
    ],
)
def test_it_begins_at_the_wall_clock_of_its_timezone(
    tmp_path: Path, start: str, timezone: str | None, hours: int
) -> None:
    with started(tmp_path, clock="2026-01-01T00:00:00Z") as (_, app):
        app.seed(device(1))
        path = app.create(startTime=start, **({} if timezone is None else {"timezone": timezone}))
        app.move(path, "activate")
        advance(app, hours * 3600 - 60)
        assert (app.state(path), app.rung(path)) == ("scheduled", set())
        advance(app, 60)
        assert (app.state(path), len(app.rung(path))) == ("in-progress", 1)


def test_it_is_finished_when_its_end_has_come(tmp_path: Path) -> None:
    with started(tmp_path, clock="2026-01-01T00:00:00Z") as (_, app):
        app.seed(device(1))
        path = app.create(startTime="2026-01-01T10:00:00Z", endTime="2026-01-01T12:00:00Z")
        app.move(path, "activate")
        advance(app, 86_400)  # over both, and nobody looked meanwhile
        read = app.get(path).json()
        assert (read["state"], read["finishedDate"]) == ("finished", "2026-01-01T12:00:00Z")
        assert len(app.rung(path)) == 1
        late = app.create(name="late", endTime="2025-01-01T12:00:00Z")
        app.move(late, "activate")
        settled(lambda: app.state(late) == "finished")
        assert app.rung(late) == set()


def test_dates_are_told_once_they_are(app: App) -> None:
    path = app.create()
    assert app.get(path).json().keys() == {"id", "name", "state"}
    app.begin(path)
    assert app.get(path).json().keys() == {"id", "name", "state", "activatedDate"}
    app.move(path, "finish")
    assert app.get(path).json().keys() == {"id", "name", "state", "activatedDate", "finishedDate"}
    assert app.get("campaigns/announcements").json()["value"][0].keys() == app.get(path).json().keys()


def test_a_deleted_campaign_is_gone_with_an_empty_answer_and_its_name_is_free(app: App) -> None:
    path = app.create()
    gone = app.api.delete(f"{app.root}/{path}")
    assert (gone.status_code, gone.content, gone.headers["content-length"]) == (200, b"", "0")
    assert app.get(path).status_code == 404
    assert app.api.delete(f"{app.root}/{path}").status_code == 404
    assert app.create() != path
