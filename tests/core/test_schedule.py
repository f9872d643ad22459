"""Schedules by example: what each `dst` makes of a time, and what bounds, deadlines and pauses do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.core.cron import read_cron, shortest_distance
from reconciler.core.schedule import is_past, last_before, next_occurrence, occurrences, schedule_of
from reconciler.model.schedule import Dst, Occurrence, Schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(after: str, until: str, **spec: Any) -> list[str]:
    """What clocks show at each occurrence."""
    return [each.wall.split(" ")[0] for each in occurrences(schedule_of(spec), 1, at(after), at(until), 1000)]


def test_an_occurrence_says_when_until_when_and_which() -> None:
    once = schedule_of({"at": "2026-03-29T09:00", "timezone": "Europe/Paris", "deadline": "90s"})
    day = (at("2026-03-29"), at("2026-03-30"))
    wall, due = "2026-03-29T09:00+02:00 Europe/Paris", at("2026-03-29T07:00")
    assert occurrences(once, 7, *day, 5) == (Occurrence(due, due + timedelta(seconds=90), wall, "r7"),)
    often = schedule_of({"cron": "0 9 * * *", "timezone": "Europe/Paris"})
    assert occurrences(often, 7, *day, 5) == (Occurrence(due, due + timedelta(hours=1), wall, "2026-03-29T07:00:00Z"),)


def test_an_interval_is_open_at_its_start_and_closed_at_its_end() -> None:
    often = schedule_of({"cron": "0 9 * * *", "timezone": "UTC"})
    nine = at("2026-03-29T09:00")
    assert [each.scheduled_at for each in occurrences(often, 1, nine, nine + timedelta(days=1), 5)] == [
        nine + timedelta(days=1)
    ]
    assert occurrences(often, 1, nine, nine, 5) == occurrences(often, 1, nine, at("2026-03-01"), 5) == ()
    assert [
        found and found.scheduled_at for found in (next_occurrence(often, 1, nine), last_before(often, 1, nine))
    ] == [nine + timedelta(days=1), nine]


GAP = ("2026-03-28T12:00", "2026-03-29T12:00")
OVERLAP = ("2026-10-24T12:00", "2026-10-25T12:00")


@pytest.mark.parametrize(
    ("dst", "in_gap", "in_overlap"),
    [
        ("reject", "03:00+02:00", "02:30+02:00"),
        ("shift", "03:00+02:00", "02:30+02:00"),
        ("earlier", "01:30+01:00", "02:30+02:00"),
        ("later", "03:30+02:00", "02:30+01:00"),
    ],
)
def test_each_choice_puts_a_time_that_is_skipped_or_shown_twice_in_its_place(
    dst: str, in_gap: str, in_overlap: str
) -> None:
    cron = {"cron": "30 2 * * *", "timezone": "Europe/Paris", "dst": dst}
    assert shown(*GAP, **cron) == [f"2026-03-29T{in_gap}"]
    assert shown(*OVERLAP, **cron) == [f"2026-10-25T{in_overlap}"]
    for day, found in (("2026-03-29", in_gap), ("2026-10-25", in_overlap)):
        once = {"at": f"{day}T02:30", "timezone": "Europe/Paris", "dst": dst}
        if dst == "reject":
            with pytest.raises(ValueError, match="skip"):
                shown(*GAP, **once)
        else:
            assert shown("2026-01-01", "2027-01-01", **once) == [f"{day}T{found}"]


def test_times_that_come_to_one_instant_are_one_occurrence() -> None:
    assert shown(*GAP, cron="0,30 2,3 * * *", timezone="Europe/Paris") == [
        "2026-03-29T03:00+02:00",
        "2026-03-29T03:30+02:00",
    ]
    assert shown(*GAP, cron="*/20 2 * * *", timezone="Europe/Paris") == ["2026-03-29T03:00+02:00"]


def test_what_keeps_even_steps_goes_on_by_elapsed_time() -> None:
    for span, hours in ((GAP, 24), (OVERLAP, 24)):
        assert len(shown(*span, cron="0 * * * *", timezone="Europe/Paris")) == hours
        assert len(shown(*span, cron="0 0-23 * * *", timezone="Europe/Paris", dst="later")) == hours
    # Lord Howe moves its clocks by half an hour: quarters go on, hours are times of the day.
    island = ("2026-04-04T12:00", "2026-04-04T16:30")
    assert len(shown(*island, cron="*/15 * * * *", timezone="Australia/Lord_Howe")) == 18
    assert [each[11:] for each in shown(*island, cron="45 * * * *", timezone="Australia/Lord_Howe")] == [
        "23:45+11:00", "00:45+11:00", "01:45+11:00", "02:45+10:30",
    ]  # fmt: skip


def test_a_day_that_a_zone_leaves_out_is_not_lost() -> None:
    # Samoa had no 30 December in 2011.
    days = {"timezone": "Pacific/Apia", "start": "2011-12-29T00:00", "end": "2011-12-31T23:00"}
    around = ("2011-12-25", "2012-01-05")
    assert shown(*around, cron="0 9 * * *", dst="shift", **days) == [
        "2011-12-29T09:00-10:00",
        "2011-12-31T00:00+14:00",
        "2011-12-31T09:00+14:00",
    ]
    assert shown(*around, cron="0 9 30 * *", dst="later", **days) == ["2011-12-31T09:00+14:00"]
    assert shown(*around, cron="0 * 30 * *", dst="earlier", **days) == [
        f"2011-12-29T{hour:02}:00-10:00" for hour in range(24)
    ]


def test_start_and_end_bound_wall_times_and_are_included() -> None:
    cron = {"cron": "0 9 * * *", "timezone": "Asia/Tokyo"}
    bounds = {"start": "2026-05-02T09:00", "end": "2026-05-04T09:00"}
    assert [each[8:10] for each in shown("2026-01-01", "2027-01-01", **cron, **bounds)] == ["02", "03", "04"]
    schedule = schedule_of({**cron, **bounds})
    last = last_before(schedule, 1, at("2030-01-01"))
    assert last is not None
    assert last.wall == "2026-05-04T09:00+09:00 Asia/Tokyo"
    assert next_occurrence(schedule, 1, last.scheduled_at) is None
    assert last_before(schedule, 1, at("2026-01-01")) is None


def test_what_is_suspended_has_no_occurrences() -> None:
    for spec in ({"cron": "* * * * *"}, {"at": "2026-05-02T09:00"}):
        assert shown("2026-05-01", "2026-05-03", timezone="UTC", suspend=True, **spec) == []


@pytest.mark.parametrize(
    ("spec", "now", "expected"),
    [
        ({"at": "2026-05-02T09:00"}, "2026-05-02T08:00", False),
        ({"at": "2026-05-02T09:00"}, "2026-05-02T10:00", False),
        ({"at": "2026-05-02T09:00"}, "2026-05-02T10:00:01", True),
        ({"at": "2026-05-02T09:00", "suspend": True}, "2026-05-02T08:00", False),
        ({"cron": "0 9 * * *"}, "2026-05-02T10:00:01", False),
        ({"cron": "0 9 * * *", "end": "2026-05-02T09:00"}, "2026-05-02T10:00", False),
        ({"cron": "0 9 * * *", "end": "2026-05-02T09:00"}, "2026-05-02T10:00:01", True),
        ({"cron": "0 9 31 2 *"}, "2026-05-02T10:00:01", True),
    ],
)
def test_past_is_what_can_not_be_sent_any_more(spec: dict[str, Any], now: str, expected: bool) -> None:
    assert is_past(schedule_of({"timezone": "UTC", **spec}), at(now)) is expected


@pytest.mark.parametrize(
    ("cron", "distance"),
    [
        ("* * * * *", timedelta(minutes=1)),
        ("*/15 9-17 * * *", timedelta(minutes=15)),
        ("0,59 0,5,6 * * *", timedelta(minutes=1)),
        ("0 9,18 * * *", timedelta(hours=9)),
        ("0 9 * * MON", timedelta(days=7)),
        ("0 9 1 * MON", timedelta(days=1)),
        ("0 9 * * 1-5", timedelta(days=1)),
        ("0 9 1 * *", timedelta(days=28)),
    ],
)
def test_the_distance_of_a_cron_bounds_how_late_it_is_sent(cron: str, distance: timedelta) -> None:
    assert shortest_distance(read_cron(cron)) == distance
    assert schedule_of({"cron": cron, "timezone": "UTC"}).deadline == min(distance, timedelta(hours=1))
    assert schedule_of({"cron": cron, "timezone": "UTC", "deadline": "2d"}).deadline == timedelta(days=2)


@pytest.mark.parametrize(
    "spec",
    [
        {"timezone": "UTC"},
        {"at": "2026-05-02T09:00", "cron": "0 9 * * *", "timezone": "UTC"},
        {"at": "2026-05-02T09:00"},
        {"at": "2026-05-02T09:00", "timezone": "Mars/Olympus"},
        {"at": "2026-05-02T09:00", "timezone": "Europe"},
        {"at": "2026-05-02T09:00", "timezone": "../UTC"},
        {"at": "2026-05-02T09:00Z", "timezone": "UTC"},
        {"at": "soon", "timezone": "UTC"},
        {"at": "2026-05-02T09:00", "timezone": "UTC", "deadline": "0s"},
        {"at": "2026-05-02T09:00", "timezone": "UTC", "dst": "both"},
    ],
)
def test_what_validate_refuses_is_no_schedule(spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        schedule_of(spec)


def test_the_ends_of_the_calendar_are_no_trap() -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        for year in ("0001-01-01T00:00", "9999-12-31T23:59:59"):
            once = Schedule(zone, datetime.fromisoformat(year), dst=Dst.LATER)
            assert is_past(once, at("2026-01-01")) is (year < "2")
            daily = Schedule(zone, cron="0 0 * * *", start=once.at, end=once.at)
            assert next_occurrence(daily, 1, datetime.max.replace(tzinfo=UTC)) is None
