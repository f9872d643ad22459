"""Zones that lie beside IANA's on some machines are unknown, like a name with a slip in it, and never suggested."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest

from reconciler.core.bounds import bounds
from reconciler.core.faults import Fault


def told(zone: str, kind: str = "Notification") -> list[Fault]:
    schedule = {"cron": "0 9 * * *", "timezone": zone}
    return list(bounds({"kind": kind, "spec": {"schedule": schedule}}))


@pytest.mark.parametrize("kind", ["Notification", "Campaign"])
@pytest.mark.parametrize(
    "zone", ["right/Europe/Paris", "right/UTC", "posix/Europe/Paris", "localtime", "posixrules", "Factory"]
)
def test_what_is_none_of_iana_s_is_an_unknown_zone(zone: str, kind: str) -> None:
    (fault,) = told(zone, kind)
    assert (fault.code, fault.path) == ("RC120", ("spec", "schedule", "timezone"))
    assert f"`{zone}`, but there is no such time zone" in fault.message
    assert zone not in fault.hint


def test_every_zone_of_iana_s_is_one() -> None:
    beside = {"localtime", "posixrules", "Factory"}
    assert {zone for zone in available_timezones() if told(zone)} <= beside
    assert told("Etc/GMT+5") == []


@pytest.mark.parametrize("slip", ["factory", "Factoryy", "localtime ", "Localtime", "localtme", "posixrule"])
def test_none_of_them_is_what_was_probably_meant(slip: str) -> None:
    (fault,) = told(slip)
    assert not {"Factory", "localtime", "posixrules"} & set(fault.hint.split("`"))


def test_a_slip_in_a_real_one_is_still_mended() -> None:
    assert told("Europe/Pariss")[0].hint == "did you mean `Europe/Paris`?"
    assert told("right/Europe/Pariss")[0].hint == "did you mean `Europe/Paris`?"
