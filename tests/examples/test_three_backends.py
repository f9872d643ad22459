"""`examples/three-backends` says one definition to three backends, and the same phones hear the same text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .project import opened

DEVICE = "00000000-0000-4000-8000-00000000000{}".format
DESCRIPTION = "Premium customers in the United States"
LEGACY = "0b1f6471-1bf0-4dda-aec3-cb9272f09590/mobileengagement/contoso/shop-android"


def test_each_backend_gets_the_definition_in_its_own_words(tmp_path: Path) -> None:
    with opened("three-backends", tmp_path) as example:
        assert example.run("apply", "--auto-approve").returncode == 0

        (put,) = example.recorder.bodies("PUT", "/v0.1/apps/contoso/shop-android/analytics/audiences/premium-us")
        assert put["definition"] == "CarrierCountry eq 'US' and plan eq 'premium'"
        assert put["custom_properties"] == {"plan": "string"}
        (campaign,) = example.recorder.bodies("POST", "/campaigns/announcements")
        criteria: list[dict[str, Any]] = list(campaign["audience"]["criteria"].values())
        assert sorted(each["type"] for each in criteria) == ["carrier-country", "string-tag"]
        (post,) = example.recorder.bodies("POST", "/v1/audiences")
        assert post["criteria"] == "Users with CarrierCountry = 'US' AND plan = 'premium'"
        assert (put["description"], post["description"]) == (DESCRIPTION, DESCRIPTION)


def test_the_same_phones_are_reached_on_both_that_send(tmp_path: Path) -> None:
    with opened("three-backends", tmp_path) as example:
        assert example.run("apply", "--auto-approve").returncode == 0

        premium = {DEVICE(1), DEVICE(4)}
        assert example.deliveries(2) == {
            ("contoso/shop-android", "welcome-premium"): premium,
            (LEGACY, "welcome-premium"): premium,
        }


def test_a_rehearsal_has_a_ledger_of_its_own(tmp_path: Path) -> None:
    with opened("three-backends", tmp_path) as example:
        assert example.run("apply", "--auto-approve").returncode == 0

        assert [each.name for each in (example.folder / ".reconciler").glob("*.db")] == ["rehearsal.db"]
