"""`examples/appizer` makes the requests of "Create audience", and tells what the backend cannot do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .project import opened

NAME = "Active Premium Users"
PREMIUM: dict[str, Any] = {
    "app_id": "app_123",
    "name": NAME,
    "description": "Users with premium plan who were active in the last 7 days",
    "criteria": "Users with plan=premium AND last_active within 7 days",
}
CRITERIA = {
    "Users who completed purchase in the last 30 days",
    "Users with email AND NOT subscribed to newsletter",
    "Users from country=US AND plan=premium",
    "Users who triggered event=app_open more than 10 times",
    "Users with signup_date before 2024-01-01",
}


def test_the_requests_are_those_of_the_page(tmp_path: Path) -> None:
    with opened("appizer", tmp_path) as example:
        assert example.run("apply", "--auto-approve").returncode == 0

        bodies = example.recorder.bodies("POST", "/v1/audiences")
        assert [each for each in bodies if each["name"] == NAME] == [PREMIUM]
        assert {each["criteria"] for each in bodies if each["name"] != NAME} == CRITERIA


def test_a_change_is_a_new_audience_and_an_orphan(tmp_path: Path) -> None:
    with opened("appizer", tmp_path) as example:
        assert example.run("apply", "--auto-approve").returncode == 0
        manifest = example.folder / "manifests" / "audiences.yaml"
        manifest.write_text(manifest.read_text().replace("within 7 days", "within 14 days"))

        plan = example.plan()
        refused = example.run("apply", "--auto-approve")
        allowed = example.run("apply", "--auto-approve", "--allow-orphans")

        (change,) = plan["resource_changes"]
        assert (change["address"], change["action"]) == (f"web/Audience/{NAME}", "replace")
        assert "stays as an orphan" in change["reason"]
        assert (refused.returncode, allowed.returncode) == (4, 0)
        assert example.plan()["resource_changes"] == []
        made = [each for each in example.recorder.bodies("POST", "/v1/audiences") if each["name"] == NAME]
        assert [each["criteria"] for each in made] == [
            PREMIUM["criteria"],
            PREMIUM["criteria"].replace("7 days", "14 days"),
        ]
