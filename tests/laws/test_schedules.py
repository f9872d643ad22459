"""The laws of schedules: whatever clocks do, no occurrence is there twice and none is lost.

Each zone's switches of two years are compared with a walk over every minute of UTC, which asks only what clocks show.
Zones whose clocks agree in all of that time are walked once.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.schedule import is_past, last_before, next_occurrence, occurrences, schedule_of
from reconciler.model.schedule import Dst, Schedule

FROM, TO = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AROUND = timedelta(hours=8)
ALL = 1_000_000
EVERY = set(range(24))

law = settings(max_examples=300, deadline=None)


def offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


@cache
def switches(zone: str) -> tuple[tuple[datetime, timedelta, timedelta], ...]:
    """The first minutes with another offset, with the one before and the one after it: days first, then minutes."""
    clock, found, day = ZoneInfo(zone), [], FROM
    while day < TO:
        if offset(day, clock) != offset(day + DAY, clock):
            minutes = [day + number * MINUTE for number in range(24 * 60 + 1)]
            found += [
                (later, offset(earlier, clock), offset(later, clock))
                for earlier, later in pairwise(minutes)
                if offset(earlier, clock) != offset(later, clock)
            ]
        day += DAY
    return tuple(found)


@cache
def representatives() -> dict[str, int]:
    """One zone for each behaviour of clocks, with the number of zones that it stands for."""
    groups: dict[object, list[str]] = {}
    for zone in sorted(available_timezones()):
        clock = ZoneInfo(zone)
        daily = tuple(offset(FROM + number * DAY, clock) for number in range((TO - FROM).days + 1))
        # Days alone do not tell at which hour clocks change: two zones differ where their hours of these days do.
        moving = [FROM + number * DAY for number, (one, two) in enumerate(pairwise(daily)) if one != two]
        hours = tuple(offset(day + number * HOUR / 4, clock) for day in moving for number in range(96))
        groups.setdefault((daily, hours), []).append(zone)
    return {zones[0]: len(zones) for zones in groups.values()}


SWITCHING = [zone for zone in representatives() if switches(zone)]


@dataclass
class Walk:
    """Every minute of UTC around a switch, and what clocks show at each."""

    minutes: list[datetime]
    shown: dict[datetime, list[datetime]]
    walls: list[datetime]
    at: datetime
    move: timedelta

    @property
    def first(self) -> datetime:
        return self.minutes[0]

    @property
    def last(self) -> datetime:
        return self.minutes[-1]


@cache
def walk(zone: str, at: datetime) -> Walk:
    clock = ZoneInfo(zone)
    minutes = [at - AROUND + number * MINUTE for number in range(2 * AROUND // MINUTE + 1)]
    shown: dict[datetime, list[datetime]] = {}
    for minute in minutes:
        shown.setdefault(minute.astimezone(clock).replace(tzinfo=None), []).append(minute)
    return Walk(minutes, shown, sorted(shown), at, offset(at, clock) - offset(at - MINUTE, clock))


def expected_of_wall(here: Walk, wall: datetime, dst: str) -> datetime | None:
    """Where one time of the day belongs, by what the walk saw; None where it is outside of it."""
    instants = here.shown.get(wall, [])
    if instants:
        return instants[-1] if dst == "later" else instants[0]
    if not here.walls[0] < wall < here.walls[-1]:
        return None
    shown_after = here.walls[bisect(here.walls, wall)]
    assert here.shown[shown_after][0] == here.at, "only a switch leaves a time out"
    if dst == "earlier":
        return here.at - (shown_after - wall)
    return here.at + (wall - (shown_after - here.move)) if dst == "later" else here.at


def expected(here: Walk, minutes: set[int], hours: set[int], dst: str) -> list[datetime]:
    """What a cron comes to: by elapsed time where that keeps even steps over the switch, else each time once."""

    def fits(wall: datetime) -> bool:
        return wall.minute in minutes and wall.hour in hours

    elapsed = sorted(instant for wall in here.walls if fits(wall) for instant in here.shown[wall])
    if len(hours) == 24 and len({later - earlier for earlier, later in pairwise(elapsed)}) == 1:
        return elapsed
    lowest = here.walls[0] - timedelta(hours=3)
    hour, found = lowest.replace(minute=0), set()
    while hour < here.walls[-1] + 3 * HOUR:
        times = [hour.replace(minute=minute) for minute in minutes if hour.hour in hours]
        found |= {instant for wall in times if (instant := expected_of_wall(here, wall, dst))}
        hour += HOUR
    return sorted(found)


def crons(here: Walk, zone: str) -> Iterator[tuple[str, set[int], set[int]]]:
    """Hourly, quarterly, daily, and around the times of the day that the switch touches."""
    wall = here.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    touched = sorted({(wall + move).hour for move in (-HOUR, timedelta(), HOUR)})
    half_before = wall - 30 * MINUTE
    yield "0 * * * *", {0}, EVERY
    yield "30 * * * *", {30}, EVERY
    yield "*/15 * * * *", {0, 15, 30, 45}, EVERY
    yield "30 2 * * *", {30}, {2}
    yield f"{wall.minute} {wall.hour} * * *", {wall.minute}, {wall.hour}
    yield f"{half_before.minute} {half_before.hour} * * *", {half_before.minute}, {half_before.hour}
    yield f"10,40 {','.join(map(str, touched))} * * *", {10, 40}, set(touched)
    yield "0 */2 * * *", {0}, set(range(0, 24, 2))


def instants(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    return [each.scheduled_at for each in occurrences(schedule, 1, after, until, ALL)]


def test_the_walked_zones_stand_for_every_zone_there_is() -> None:
    assert sum(representatives().values()) == len(available_timezones()) > 400
    assert len(SWITCHING) > 20
    assert all(len(switches(zone)) >= 1 for zone in SWITCHING)
    assert (
        len(switches("Europe/Paris")) == len(switches("Australia/Lord_Howe")) == len(switches("Africa/Casablanca")) == 4
    )


@pytest.mark.parametrize("zone", SWITCHING)
def test_around_each_switch_a_cron_is_what_a_walk_of_minutes_finds(zone: str) -> None:
    for at, _, _ in switches(zone):
        here = walk(zone, at)
        for cron, minutes, hours in crons(here, zone):
            for dst in Dst:
                schedule = schedule_of({"cron": cron, "timezone": zone, "dst": dst})
                found = instants(schedule, here.first - MINUTE, here.last)
                assert found == expected(here, minutes, hours, dst), (cron, dst, at)
                for cut in (at - 15 * MINUTE, at + 15 * MINUTE) if hours != EVERY else ():
                    parts = [*instants(schedule, here.first - MINUTE, cut), *instants(schedule, cut, here.last)]
                    assert parts == found, (cron, dst, cut)


@pytest.mark.parametrize("zone", SWITCHING)
def test_around_each_switch_a_single_time_is_what_a_walk_of_minutes_finds(zone: str) -> None:
    for at, before, after in switches(zone):
        here, low = walk(zone, at), (at + min(before, after)).replace(tzinfo=None)
        for wall in (low + number * timedelta(minutes=10) for number in range(-6, 19)):
            readings = here.shown.get(wall, [])
            for dst in Dst:
                schedule = schedule_of({"at": wall.isoformat(), "timezone": zone, "dst": dst})
                if dst is Dst.REJECT and len(readings) != 1:
                    with pytest.raises(ValueError, match="skip"):
                        instants(schedule, here.first, here.last)
                else:
                    assert instants(schedule, here.first, here.last) == [expected_of_wall(here, wall, dst)]


@pytest.mark.parametrize("dst", Dst)
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 0 * * *", "15 23 * * *"])
def test_each_day_of_two_years_has_its_one_occurrence(cron: str, dst: Dst) -> None:
    days = (TO - FROM).days
    for zone in representatives() if dst is Dst.REJECT else SWITCHING[::3]:
        schedule = schedule_of(
            {"cron": cron, "timezone": zone, "dst": dst, "start": "2026-01-01T00:00", "end": "2027-12-31T23:59"}
        )
        assert len(instants(schedule, FROM - 2 * DAY, TO + 2 * DAY)) == days, zone


def test_each_hour_of_two_years_has_its_one_occurrence() -> None:
    for zone in SWITCHING[::6]:
        if all(not (after - before) % HOUR and not after % HOUR for _, before, after in switches(zone)):
            schedule = schedule_of({"cron": "0 * * * *", "timezone": zone})
            assert instants(schedule, FROM - MINUTE, TO) == [
                FROM + number * HOUR for number in range((TO - FROM) // HOUR + 1)
            ]


@pytest.mark.parametrize("cron", ["30 2 * * *", "0 0,1,2,3 * * *", "5,35 1-3 * * SUN", "0 */1 * * *", "*/15 * * * *"])
def test_where_a_rule_is_debians_cronsim_says_the_same(cron: str) -> None:
    for zone in SWITCHING:
        if any((after - before) % HOUR for _, before, after in switches(zone)) and "*" in cron[:4]:
            continue  # by elapsed time only where steps stay even
        clock = ZoneInfo(zone)
        theirs = {each.astimezone(UTC) for each in islice(CronSim(cron, FROM.astimezone(clock)), 800)}
        until = max(theirs)
        schedule = schedule_of({"cron": cron, "timezone": zone})
        assert instants(schedule, FROM, until) == sorted(theirs), zone


def near_switches() -> Sequence[tuple[str, datetime]]:
    return [(zone, at) for zone in SWITCHING for at, _, _ in switches(zone)]


NEAR = near_switches()
crons_of_any_sort = st.builds(
    "{} {} {} {} {}".format,
    st.sampled_from(["0", "30", "*", "*/5", "*/15", "1,2,59", "7-9", "15/20"]),
    st.sampled_from(["*", "0", "2", "1-3", "*/2", "23", "0,12", "0-23", "1/5"]),
    st.sampled_from(["*", "*", "*", "1", "29-31", "L", "LW", "*/2"]),
    st.sampled_from(["*", "*", "*", "2", "3,10", "MAR-NOV"]),
    st.sampled_from(["*", "*", "*", "MON", "SUN", "1-5", "0,7", "SUN#1", "5L"]),
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Schedule, list[datetime]]:
    """A cron in a zone, and four instants near one of its switches or far from it; ascending."""
    zone, at = draw(st.sampled_from(NEAR))
    spec = {"cron": draw(crons_of_any_sort), "timezone": zone, "dst": draw(st.sampled_from(list(Dst)))}
    for name in ("start", "end"):
        if draw(st.booleans()) and draw(st.booleans()):
            wall = at.replace(tzinfo=None) + draw(st.integers(-3000, 3000)) * MINUTE
            spec[name] = wall.isoformat()
    minutes = st.integers(-30, 30) | st.integers(-300, 300) | st.integers(-3000, 3000)
    apart = sorted(draw(st.lists(minutes, min_size=4, max_size=4)))
    seconds = draw(st.sampled_from([0, 0, 1, 59]))
    return schedule_of(spec), [at + number * MINUTE + timedelta(seconds=seconds) for number in apart]


@law
@given(situations())
def test_intervals_compose(situation: tuple[Schedule, list[datetime]]) -> None:
    schedule, (a, b, c, d) = situation
    parts = [
        *occurrences(schedule, 1, a, b, ALL),
        *occurrences(schedule, 1, b, c, ALL),
        *occurrences(schedule, 1, c, d, ALL),
    ]
    whole = list(occurrences(schedule, 1, a, d, ALL))
    assert parts == whole
    times = [each.scheduled_at for each in whole]
    assert times == sorted(set(times))
    assert len({each.key for each in whole}) == len(whole)
    assert all(a < each <= d for each in times)
    assert all(each.deadline_at - each.scheduled_at == schedule.deadline for each in whole)


@law
@given(situations(), st.integers(0, 5))
def test_the_next_the_last_and_the_first_few_are_of_the_same_occurrences(
    situation: tuple[Schedule, list[datetime]], most: int
) -> None:
    schedule, (a, _, _, d) = situation
    whole = occurrences(schedule, 1, a, d, ALL)
    assert occurrences(schedule, 1, a, d, most) == whole[:most]
    after, before = next_occurrence(schedule, 1, a), last_before(schedule, 1, d)
    if whole:
        assert (after, before) == (whole[0], whole[-1])
    else:
        assert after is None or after.scheduled_at > d
        assert before is None or before.scheduled_at <= a
    if after is not None:
        assert not is_past(schedule, a)


@given(st.text(max_size=30) | crons_of_any_sort | st.text("0123456789*/,-#LW MONSU", max_size=30))
@settings(max_examples=1_500, deadline=None)
def test_any_text_is_a_cron_or_is_refused(text: str) -> None:
    with suppress(ValueError):
        schedule = schedule_of({"cron": text, "timezone": "America/Havana"})
        found = occurrences(schedule, 1, FROM, TO, 3)
        assert found == tuple(sorted(found, key=lambda each: each.scheduled_at))


@given(st.text(max_size=30), st.sampled_from(["at", "timezone", "start", "end", "deadline", "dst"]))
@settings(max_examples=500, deadline=None)
def test_any_text_in_a_field_is_read_or_refused(text: str, field: str) -> None:
    spec = {"at" if field == "at" else "cron": "0 9 * * *", "timezone": "UTC", field: text}
    with suppress(ValueError):
        assert schedule_of(spec)


@given(
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59)),
    st.sampled_from(sorted(representatives())),
    st.sampled_from(["1s", "90s", "30m", "2h", "99999d"]),
    st.sampled_from(list(Dst)),
    st.booleans(),
)
@law
def test_what_a_schedule_holds_is_what_was_written(
    wall: datetime, zone: str, deadline: str, dst: Dst, suspend: bool
) -> None:
    at = wall.replace(microsecond=0)
    seconds = int(deadline[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[deadline[-1]]
    spec = {"at": at.isoformat(), "timezone": zone, "deadline": deadline, "dst": dst.value, "suspend": suspend}
    wanted = Schedule(zone, at, deadline=timedelta(seconds=seconds), dst=dst, suspend=suspend)
    assert schedule_of(spec) == wanted
    if dst is not Dst.REJECT:
        assert (
            suspend
            or len(occurrences(wanted, 3, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), 2)) == 1
        )
    cron = {"cron": "0 9 * * *", "timezone": zone, "start": at.isoformat(), "end": at.isoformat()}
    bounded = schedule_of(cron)
    assert (bounded.start, bounded.end, bounded.deadline) == (at, at, HOUR)
    occurrences(bounded, 1, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), 2)
    last_before(bounded, 1, datetime.max.replace(tzinfo=UTC))


def test_a_frequent_cron_is_not_walked_where_few_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = schedule_of({"cron": "* * * * *", "timezone": "Europe/Paris", "dst": "earlier"})
    asked = 0

    class Counted(CronSim):
        def __next__(self) -> datetime:
            nonlocal asked
            asked += 1
            return super().__next__()

    monkeypatch.setattr("reconciler.core.cron.CronSim", Counted)
    assert [each.scheduled_at for each in occurrences(schedule, 1, FROM, TO, 2)] == [FROM + MINUTE, FROM + 2 * MINUTE]
    assert last_before(schedule, 1, TO) == next_occurrence(schedule, 1, TO - MINUTE)
    assert asked < 100
