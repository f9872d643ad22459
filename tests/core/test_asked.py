"""Which occurrences are asked for, and what becomes of each, follows from manifest, ledger and clock alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from reconciler.core.asked import MOST_MISSED, Asked, Due, Moment, asked
from reconciler.core.compose import compose
from reconciler.core.decode import decode
from reconciler.core.encode import encode
from reconciler.core.plan import manifests_digest, stale
from reconciler.core.sends import Sends, sends
from reconciler.core.validate import plan_problems
from reconciler.model.plan import Plan
from reconciler.model.resource import Resource
from reconciler.model.send import SENT, UNSENT, UNSETTLED, Send, SendRecord, SendState
from reconciler.ports import Dialect
from reconciler.providers.registry import DIALECTS
from reconciler.render.markdown import plan_markdown
from reconciler.render.text import plan_text
from tests.core.worlds import PROJECT, manifest, project, resources

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVER = datetime(2020, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
OURS, THEIRS = DIALECTS["appcenter"], DIALECTS["mobileengagement"]
S = SendState


def push(schedule: str, title: str = "t", revision: int = 1, target: str = "{everyone: true}", name: str = "n") -> str:
    spec = f"{{content: {{title: {title}, body: b}}, target: {target}, revision: {revision}, schedule: {schedule}}}"
    return manifest("Notification", name, spec)


def one(schedule: str, **more: Any) -> Resource:
    return resources(push(schedule, **more))[0]


def cron(line: str, **more: str) -> str:
    return json.dumps({"cron": line, "timezone": "UTC", **more})


def at(moment: datetime | str, **more: Any) -> str:
    shown = moment if isinstance(moment, str) else moment.strftime("%Y-%m-%dT%H:%M:%S")
    return json.dumps({"at": shown, "timezone": "UTC", **more})


def row(declared: Resource, wanted: Asked, state: SendState, dialect: Dialect = OURS) -> SendRecord:
    """The only row of an occurrence, in a state."""
    return rows(declared, wanted, state, dialect=dialect)[0]


def rows(declared: Resource, wanted: Asked, *states: SendState, dialect: Dialect = OURS) -> Sequence[SendRecord]:
    send = compose(declared, dialect, "o/a", wanted.when)
    return [
        SendRecord(
            send_key=send.send_key, part=part.index, parts=len(send.parts), coordinates=send.coordinates, kind=send.kind,
            name=send.name, occurrence=send.occurrence, marker=part.marker, payload_digest=part.payload_digest,
            content_digest=send.content_digest, target=part.target, state=state, fence=1, holder="", attempt=1,
            remote_id="id" if state in SENT else "", updated_at=NOW, dispatched_at=None, detail="",
            scheduled_at=send.scheduled_at,
        )
        for part, state in zip(send.parts, states, strict=True)
    ]  # fmt: skip


def of_time(declared: Resource, moment: datetime, state: SendState) -> SendRecord:
    """The row of a cron's occurrence at some time."""
    first = asked(declared, OURS, (), Moment(moment - timedelta(seconds=1)))
    return row(declared, first[-1], state)


def verdicts(found: Sequence[Asked]) -> list[tuple[str, str]]:
    return [(each.when.key if each.when else "", each.due.name) for each in found]


def stand(
    *declared: Resource, records: Sequence[SendRecord] = (), now: datetime = NOW, dialect: Dialect = OURS
) -> Sends:
    return sends(declared, {"a": dialect}, {"a": "o/a"}, records, Moment(now, EVER))


# Once, at a time.


def test_without_a_schedule_it_is_asked_for_now() -> None:
    declared = resources(manifest("Notification", "n", "{content: {title: t, body: b}, target: {everyone: true}}"))[0]
    assert asked(declared, OURS, (), Moment(NOW)) == [Asked(None, Due.NOW)]


@pytest.mark.parametrize(
    ("offset", "dialect", "due"),
    [
        (HOUR, OURS, Due.LATER),
        (HOUR, THEIRS, Due.AHEAD),
        (timedelta(seconds=1), OURS, Due.LATER),
        (timedelta(seconds=1), THEIRS, Due.AHEAD),
        (timedelta(), OURS, Due.NOW),
        (timedelta(), THEIRS, Due.NOW),
        (-timedelta(minutes=10), OURS, Due.NOW),
        (-timedelta(minutes=10, seconds=1), OURS, Due.NEVER),
        (-timedelta(minutes=10, seconds=1), THEIRS, Due.NEVER),
    ],
    ids=lambda each: str(getattr(each, "name", each)),
)
def test_a_time_is_ahead_or_later_then_now_until_its_deadline_then_never(
    offset: timedelta, dialect: Dialect, due: Due
) -> None:
    (found,) = asked(one(at(NOW + offset, deadline="10m")), dialect, (), Moment(NOW, EVER))
    assert found.due is due
    assert bool(found.why) == (due is Due.NEVER)


def test_a_ledger_that_is_younger_than_the_time_never_sends_it() -> None:
    declared = one(at(NOW - timedelta(minutes=5)))
    for since, due in ((NOW - timedelta(minutes=6), Due.NOW), (NOW - timedelta(minutes=4), Due.NEVER)):
        assert asked(declared, OURS, (), Moment(NOW, since))[0].due is due


@pytest.mark.parametrize("schedule", [at(NOW + HOUR, suspend=True), cron("0 * * * *", suspend=cast(str, True))])
def test_what_is_suspended_asks_for_nothing(schedule: str) -> None:
    assert asked(one(schedule), OURS, (), Moment(NOW, EVER)) == []


# Again and again.


def test_a_new_cron_starts_from_now() -> None:
    found = asked(one(cron("0 * * * *")), OURS, (), Moment(NOW + timedelta(minutes=1), EVER))
    assert verdicts(found) == [("2026-11-22T13:00:00Z", "LATER")]


@pytest.mark.parametrize("state", sorted(UNSENT))
def test_of_several_missed_only_the_last_is_sent_and_the_next_is_announced(state: SendState) -> None:
    declared = one(cron("0 * * * *"))
    waiting = of_time(declared, NOW - 4 * HOUR, state)
    found = asked(declared, OURS, [waiting], Moment(NOW + timedelta(minutes=5), EVER))
    assert verdicts(found) == [
        *((f"2026-11-22T{hour:02}:00:00Z", "NEVER") for hour in (8, 9, 10, 11)),
        ("2026-11-22T12:00:00Z", "NOW"),
        ("2026-11-22T13:00:00Z", "LATER"),
    ]
    assert all("a later one is due" in each.why for each in found[:4])


def test_two_occurrences_within_one_deadline_are_one_send() -> None:
    declared = one(cron("0 * * * *", deadline="1d"))
    waiting = of_time(declared, NOW - HOUR, S.PLANNED)
    found = asked(declared, OURS, [waiting], Moment(NOW, EVER))
    assert [each.due for each in found] == [Due.NEVER, Due.NOW, Due.LATER]


def test_behind_a_cancelled_occurrence_the_next_is_announced_and_so_not_overlooked() -> None:
    weekly = one(cron("0 9 * * MON", deadline="1d"))
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    cancelled = of_time(weekly, monday, S.CANCELLED)

    found = stand(weekly, records=[cancelled])

    assert [send.occurrence for send in found.coming] == ["2026-11-30T09:00:00Z"]
    following = of_time(weekly, monday + timedelta(days=7), S.PLANNED)
    late = stand(weekly, records=[cancelled, following], now=monday + timedelta(days=7, hours=1))
    assert [send.occurrence for send in late.due] == ["2026-11-30T09:00:00Z"]


def test_after_its_deadline_the_last_missed_is_not_sent_either() -> None:
    declared = one(cron("0 * * * *", deadline="5m"))
    found = asked(declared, OURS, [of_time(declared, NOW, S.PLANNED)], Moment(NOW + timedelta(minutes=6), EVER))
    assert [each.due for each in found] == [Due.NEVER, Due.LATER]


@pytest.mark.parametrize("downtime", [timedelta(minutes=90), timedelta(days=1), timedelta(days=40)])
def test_whatever_the_downtime_one_is_sent_at_most(downtime: timedelta) -> None:
    declared = one(cron("*/30 * * * *"))
    found = asked(declared, OURS, [of_time(declared, NOW, S.PLANNED)], Moment(NOW + downtime, EVER))
    assert sum(each.due is Due.NOW for each in found) == 1
    assert len(found) <= MOST_MISSED + 3


def test_the_last_of_very_many_missed_is_the_last() -> None:
    declared = one(cron("* * * * *"))
    now = NOW + timedelta(days=75)
    found = asked(declared, OURS, [of_time(declared, NOW, S.PLANNED)], Moment(now, EVER))
    assert [each.when.scheduled_at for each in found if each.when and each.due is Due.NOW] == [now]


def test_of_more_missed_than_get_a_row_the_announced_one_is_expired_and_not_called_undeclared() -> None:
    declared = one(cron("*/5 * * * *"))
    waiting = of_time(declared, NOW, S.PLANNED)
    found = stand(declared, records=[waiting], now=NOW + timedelta(days=1))
    assert not found.withdrawn
    assert waiting.send_key in {each.send_key for each in found.lapsed}


@pytest.mark.parametrize("state", sorted(UNSETTLED))
@pytest.mark.parametrize("hours", [0, 1, 5])
def test_an_older_occurrence_of_unknown_outcome_is_settled_first_and_holds_the_due_one(
    state: SendState, hours: int
) -> None:
    declared = one(cron("0 * * * *"))
    records = [of_time(declared, NOW - HOUR, state), of_time(declared, NOW, S.PLANNED)]
    found = stand(declared, records=records, now=NOW + hours * HOUR)
    assert next((each.send_key, each.state) for each in found.due) == (records[0].send_key, state)
    assert [each.state for each in found.due[1:]] == [S.HELD]
    assert len(found.lapsed) == hours
    assert not found.withdrawn


@pytest.mark.parametrize("state", sorted(UNSETTLED))
def test_an_unknown_outcome_between_two_that_wait_is_not_overlooked(state: SendState) -> None:
    declared = one(cron("0 * * * *"))
    waiting = of_time(declared, NOW - 2 * HOUR, S.PLANNED)  # a person said that it was not sent
    unknown = of_time(declared, NOW - HOUR, state)
    found = stand(declared, records=[waiting, unknown])
    assert found.due[0].send_key == unknown.send_key
    assert found.due[0].state is state


def test_an_unknown_occurrence_that_the_edited_cron_has_no_more_is_settled_all_the_same() -> None:
    declared = one(cron("0 * * * *"))
    unknown = of_time(declared, NOW, S.UNKNOWN)
    edited = one(cron("30 * * * *"))
    found = stand(edited, records=[unknown], now=NOW + timedelta(minutes=10))
    assert [each.send_key for each in found.due] == [unknown.send_key]


def test_an_edited_cron_withdraws_what_it_has_no_more_and_sends_nothing_of_the_past() -> None:
    declared = one(cron("0 18 * * *"))
    waiting = of_time(declared, NOW, S.PLANNED)
    found = stand(one(cron("30 11 * * *")), records=[waiting])
    assert (found.due, found.lapsed) == ((), ())
    assert [each.send_key for each in found.withdrawn] == [waiting.send_key]
    assert [each.occurrence for each in found.coming] == ["2026-11-23T11:30:00Z"]


def test_what_is_left_of_a_refused_occurrence_does_not_make_an_edited_cron_begin_in_the_past() -> None:
    two = "{devices: [" + ", ".join(f"00000000-0000-0000-0000-{number:012d}" for number in range(101)) + "]}"
    declared = one(cron("0 9 * * *"), target=two)
    first = asked(declared, OURS, (), Moment(NOW - timedelta(days=4)))[0]
    coming = asked(declared, OURS, (), Moment(NOW))[0]
    records = [*rows(declared, first, S.FAILED, S.PLANNED), *rows(declared, coming, S.PLANNED, S.PLANNED)]
    edited = one(cron("30 11 * * *"), target=two)
    found = stand(edited, records=records)
    assert [each.occurrence for each in found.due] == []


def test_a_suspended_cron_withdraws_what_waits_and_resumes_from_then() -> None:
    running, suspended = one(cron("0 * * * *")), one(cron("0 * * * *", suspend=cast(str, True)))
    waiting = of_time(running, NOW + HOUR, S.PLANNED)
    paused = stand(suspended, records=[waiting])
    assert [each.send_key for each in paused.withdrawn] == [waiting.send_key]
    resumed = stand(running, records=[replace(waiting, state=S.WITHDRAWN)], now=NOW + 3 * HOUR)
    assert (resumed.due, resumed.lapsed) == ((), ())
    assert [each.occurrence for each in resumed.coming] == ["2026-11-22T16:00:00Z"]


def test_what_was_removed_and_restored_before_its_time_is_announced_again() -> None:
    declared = one(cron("0 * * * *"))
    withdrawn = of_time(declared, NOW + HOUR, S.WITHDRAWN)
    (coming,) = stand(declared, records=[withdrawn]).coming
    assert (coming.send_key, coming.is_announced) == (withdrawn.send_key, False)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-03-30", 24)])
def test_a_day_of_a_clock_change_has_its_one_occurrence_and_its_own_length(day: str, hours: int) -> None:
    declared = one(json.dumps({"cron": "30 2 * * *", "timezone": "Europe/Paris"}))
    midnight = {"2026-03-29": 23, "2026-10-25": 22, "2026-03-30": 22}[day]
    start = datetime.fromisoformat(f"{day}T00:00:00+00:00") - timedelta(days=1) + timedelta(hours=midnight)
    seen, records, now = [], list[SendRecord](), start
    while now < start + timedelta(hours=hours):
        found = stand(declared, records=records, now=now)
        records += [row(declared, each, S.PLANNED) for each in asked(declared, OURS, records, Moment(now)) if each.due is Due.LATER and each.when and each.when.key not in {one.occurrence for one in records}]  # fmt: skip
        for each in found.due:
            seen.append(each.occurrence)
            records = [replace(one, state=S.CONFIRMED) if one.send_key == each.send_key else one for one in records]
        now += timedelta(minutes=10)
    assert len(seen) == 1


# What the ledger says has the last word.


@pytest.mark.parametrize("state", [S.CONFIRMED, S.ABANDONED, S.EXPIRED, S.CANCELLED])
def test_what_has_ended_is_skipped_whenever_it_was_due(state: SendState) -> None:
    for offset in (-timedelta(days=1), -timedelta(minutes=1), HOUR):
        declared = one(at(NOW + offset))
        (wanted,) = asked(declared, OURS, (), Moment(NOW, EVER))
        found = stand(declared, records=[row(declared, wanted, state)])
        assert (found.due, found.coming, found.lapsed, found.withdrawn) == ((), (), (), ())
        assert len(found.skipped) == 1


def test_a_refused_send_that_is_mended_after_its_deadline_is_skipped_and_not_told_again_and_again() -> None:
    declared = one(at(NOW - 2 * HOUR))
    (wanted,) = asked(declared, OURS, (), Moment(NOW, EVER))
    mended = one(at(NOW - 2 * HOUR), title="mended")
    found = stand(mended, records=[row(declared, wanted, S.FAILED)])
    assert (found.due, found.lapsed) == ((), ())


@pytest.mark.parametrize("state", [S.EXPIRED, S.CANCELLED])
def test_what_was_never_sent_may_be_edited_and_renamed_without_a_word(state: SendState) -> None:
    declared = one(at(NOW - 2 * HOUR))
    (wanted,) = asked(declared, OURS, (), Moment(NOW, EVER))
    record = row(declared, wanted, state)
    assert stand(one(at(NOW - 2 * HOUR), title="other"), records=[record]).findings == ()
    (renamed,) = stand(one(at(NOW - timedelta(minutes=1)), name="other"), records=[record]).due
    assert renamed.consent == ""


def test_a_revision_withdraws_the_waiting_one_and_announces_its_own() -> None:
    declared = one(at(NOW + HOUR))
    (wanted,) = asked(declared, OURS, (), Moment(NOW, EVER))
    waiting = row(declared, wanted, S.PLANNED)
    found = stand(one(at(NOW + HOUR), revision=2), records=[waiting])
    assert [each.send_key for each in found.withdrawn] == [waiting.send_key]
    assert [(each.occurrence, each.is_announced) for each in found.coming] == [("r2", False)]


def test_a_time_moved_after_it_was_sent_sends_nothing() -> None:
    declared = one(at(NOW - HOUR))
    (wanted,) = asked(declared, OURS, (), Moment(NOW - 2 * HOUR, EVER))
    for dialect in (OURS, THEIRS):
        record = row(declared, wanted, S.CONFIRMED, dialect)
        found = stand(one(at(NOW + HOUR)), records=[record], dialect=dialect)
        assert (found.due, found.coming, found.withdrawn) == ((), (), ())
        assert [each.why for each in found.skipped] == ["already_sent"]


@pytest.mark.parametrize("move", [timedelta(minutes=30), -timedelta(minutes=30)])
def test_a_time_moved_while_the_backend_waits_is_taken_back_and_made_anew(move: timedelta) -> None:
    declared = one(at(NOW + HOUR))
    (wanted,) = asked(declared, THEIRS, (), Moment(NOW, EVER))
    waiting = row(declared, wanted, S.CONFIRMED, THEIRS)
    (send,) = stand(one(at(NOW + HOUR + move)), records=[waiting], dialect=THEIRS).due
    assert (send.reopens, send.by, send.send_key) == (True, "backend", waiting.send_key)


def test_what_waits_on_the_backend_and_is_declared_no_more_is_taken_back() -> None:
    declared = one(at(NOW + HOUR))
    (wanted,) = asked(declared, THEIRS, (), Moment(NOW, EVER))
    waiting = row(declared, wanted, S.CONFIRMED, THEIRS)
    assert [each.send_key for each in stand(records=[waiting], dialect=THEIRS).withdrawn] == [waiting.send_key]
    assert stand(records=[waiting], dialect=THEIRS, now=NOW + 2 * HOUR).withdrawn == ()


def test_what_waits_on_the_backend_and_is_moved_into_the_past_does_not_leave_at_its_old_time() -> None:
    declared = one(at(NOW + HOUR))
    (wanted,) = asked(declared, THEIRS, (), Moment(NOW, EVER))
    waiting = row(declared, wanted, S.CONFIRMED, THEIRS)
    found = stand(one(at(NOW - 5 * HOUR)), records=[waiting], dialect=THEIRS)
    (late,) = found.lapsed
    assert (late.send_key, late.reopens, found.due, found.withdrawn) == (waiting.send_key, True, (), ())


@pytest.mark.parametrize("state", sorted(UNSETTLED))
def test_an_undecided_occurrence_keeps_its_own_deadline(state: SendState) -> None:
    declared = one(cron("0 * * * *", deadline="30m"))
    (send,) = stand(declared, records=[of_time(declared, NOW, state)], now=NOW + timedelta(minutes=5)).due
    assert (send.state, send.deadline_at) == (state, NOW + timedelta(minutes=30))
    for schedule in (cron("30 5 * * *"), cron("0 * * * *", deadline="3h")):  # edited, and overtaken by a later one
        (gone,) = stand(one(schedule), records=[of_time(declared, NOW - HOUR, state)]).due
        assert gone.deadline_at == NOW - HOUR


def test_a_row_whose_time_nobody_knows_any_more_disturbs_no_cron() -> None:
    declared = one(cron("0 * * * *"))
    foreign = replace(of_time(declared, NOW, S.UNKNOWN), occurrence="unknown", send_key="other")
    assert len(stand(declared, records=[foreign]).coming) == 1


def test_an_edited_cron_begins_now_though_an_occurrence_of_the_old_one_waits() -> None:
    waiting = of_time(one(cron("0 10 * * *")), NOW - 2 * HOUR, S.PLANNED)
    found = stand(one(cron("0 11,12 * * *")), records=[waiting], now=NOW + timedelta(minutes=5))
    assert (found.due, found.lapsed) == ((), ())
    assert [each.send_key for each in found.withdrawn] == [waiting.send_key]
    assert [each.scheduled_at for each in found.coming] == [NOW + 23 * HOUR]


# The plan.


def plan(found: Sends, *declared: Resource) -> Plan:
    digest = manifests_digest(declared, {"a": "o/a"})
    return Plan("id", NOW, "0", "p", "", digest, "ledger", (), found.due, found.skipped, found.findings, 0, 0, 0, coming=found.coming, lapsed=found.lapsed, withdrawn=found.withdrawn)  # fmt: skip


@pytest.mark.parametrize(
    ("schedule", "dialect", "by", "state"),
    [
        (at(NOW + HOUR), OURS, "run", "PLANNED"),
        (at(NOW + HOUR), THEIRS, "backend", "PLANNED"),
        (at(NOW), THEIRS, "apply", "PLANNED"),
        (at(NOW - 2 * HOUR), OURS, "", "EXPIRED"),
        (cron("0 * * * *"), THEIRS, "run", "PLANNED"),
    ],
    ids=["ours", "theirs", "now", "late", "cron"],
)
def test_the_plan_says_when_until_when_who_and_how_sure_and_fits_its_schema(
    schedule: str, dialect: Dialect, by: str, state: str
) -> None:
    declared = one(schedule)
    document = encode(plan(stand(declared, dialect=dialect), declared))
    assert plan_problems(document) == ""
    (send,) = document["sends"]
    assert (send["by"], send["state"]) == (by, state)
    assert send["guarantee"]
    assert send["scheduled_at"] <= send["deadline"]
    assert decode(document)[0].plan_id == "id"


def test_a_saved_plan_is_not_stale_because_what_it_announced_has_fallen_due_meanwhile() -> None:
    declared = one(at(NOW + HOUR)), one(cron("0 * * * *"), name="again", title="again")
    saved, digests = decode(encode(plan(stand(*declared), *declared)))
    waiting = [row(each, asked(each, OURS, (), Moment(NOW, EVER))[-1], S.PLANNED) for each in declared]
    for records in ([], waiting, [replace(each, state=S.CONFIRMED) for each in waiting]):
        for later in (timedelta(minutes=61), timedelta(hours=5)):
            fresh = plan(stand(*declared, records=records, now=NOW + later), *declared)
            assert stale(saved, digests, fresh) == (), (later, records)


@pytest.mark.parametrize(
    ("state", "waits"), [(S.PLANNED, "ledger"), (S.HELD, "ledger"), (S.CONFIRMED, "backend"), (S.UNKNOWN, "unknown")]
)
def test_a_saved_plan_shows_what_it_gives_up_and_where_that_waits(state: SendState, waits: str) -> None:
    waiting = row(one(at(NOW + HOUR)), asked(one(at(NOW + HOUR)), OURS, (), Moment(NOW, EVER))[0], state)
    document = encode(plan(stand(records=[waiting])))
    assert plan_problems(document) == ""
    saved, digests = decode(document)
    assert [(each.address, each.waits, each.row) for each in saved.withdrawn] == [("a/Notification/n", waits, None)]
    assert waiting.send_key in digests
    for shown in (plan_text(saved), plan_markdown(saved)):
        assert "a/Notification/n r1" in shown


def test_what_was_due_in_a_saved_plan_and_is_sent_by_another_makes_it_stale() -> None:
    declared = one(at(NOW))
    found = stand(declared)
    saved, digests = decode(encode(plan(found, declared)))
    sent = row(declared, asked(declared, OURS, (), Moment(NOW, EVER))[0], S.CONFIRMED)
    assert stale(saved, digests, plan(stand(declared, records=[sent]), declared))


def test_the_order_of_the_rows_means_nothing() -> None:
    declared = one(cron("0 * * * *"))
    records = [of_time(declared, NOW - hours * HOUR, state) for hours, state in enumerate((S.PLANNED, S.HELD, S.UNKNOWN, S.CONFIRMED))]  # fmt: skip

    def seen(found: Sends) -> tuple[list[Send], ...]:
        return tuple(sorted(each, key=lambda send: send.send_key) for each in (found.due, found.coming, found.lapsed))

    assert seen(stand(declared, records=records)) == seen(stand(declared, records=records[::-1]))


def test_the_project_of_these_tests_is_sound() -> None:
    assert project(text=PROJECT).apps
