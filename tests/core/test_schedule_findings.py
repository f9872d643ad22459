"""What is told of schedules before anything is sent: where, how severe, in which words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.core.audit_schedule import schedule_findings
from reconciler.model.document import Document, Source
from reconciler.model.finding import Finding
from reconciler.model.resource import Resource

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def told(now: datetime | None = NOW, kind: str = "Notification", **schedule: Any) -> list[Finding]:
    spec = {"schedule": {"timezone": "Europe/Paris", **schedule}}
    document = Document("a.yaml", 0, 1, {"spec": spec})
    return list(schedule_findings(Resource("shop", kind, "n", spec, Source(document)), now))


def where(finding: Finding) -> tuple[str | int, ...]:
    assert isinstance(finding.where, Source)
    return finding.where.path


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"at": "2026-03-29T02:30"}, [("RC330", "at", "error")]),
        ({"at": "2026-10-25T02:30"}, [("RC330", "at", "error")]),
        ({"at": "2026-10-25T03:00"}, []),
        ({"at": "2026-03-29T03:00"}, []),
        *[({"at": "2026-03-29T02:30", "dst": dst}, []) for dst in ("earlier", "later", "shift")],
        ({"at": "1999-01-01T00:00"}, []),
        ({"cron": "30 2 * * *"}, [("RC330", "cron", "warning")]),
        ({"cron": "30 2 * * *", "dst": "shift"}, []),
        ({"cron": "30 3 * * *"}, []),
        ({"cron": "0 * * * *"}, []),
        ({"cron": "*/15 0-22 * * *"}, [("RC330", "cron", "warning")]),
        ({"cron": "0 * * * *", "timezone": "Australia/Lord_Howe"}, [("RC330", "cron", "warning")]),
        ({"cron": "30 2 * * *", "end": "2026-03-01T00:00"}, []),
        ({"cron": "30 2 * * *", "start": "2035-01-01T00:00"}, [("RC330", "cron", "warning")]),
        ({"cron": "30 2 * * *", "timezone": "Asia/Tokyo"}, []),
        ({"cron": "0 0 31 2 *"}, [("RC331", "cron", "error")]),
        ({"cron": "0 0 31 2,4 *"}, [("RC331", "cron", "error")]),
        ({"cron": "0 0 31 2 MON"}, []),
        ({"cron": "0 0 29 2 *"}, []),
        ({"cron": "0 0 29 2 *", "start": "2026-01-01T00:00", "end": "2027-12-31T00:00"}, [("RC331", "cron", "error")]),
        ({"cron": "0 9 * * *", "start": "2026-01-01T09:00", "end": "2026-01-01T09:01", "suspend": True}, []),
        *[({"cron": cron}, [("RC332", "cron", "error")]) for cron in ("x", "@daily", "60 * * * *", "* * * *", "0 0 * * * *", "0 0 32 2 *", "0 0 1 13 *", "0 9 * * FRI-MON", "٠ 9 * * *")],
        ({"cron": "0 9 * * *", "deadline": "1d"}, []),
        ({"cron": "0 9 * * *", "deadline": "25h"}, [("RC333", "deadline", "warning")]),
        ({"cron": "*/15 * * * *"}, []),
        ({"cron": "*/15 * * * *", "deadline": "1h"}, [("RC333", "deadline", "warning")]),
    ],
)  # fmt: skip
def test_each_mistake_is_told_at_its_field(schedule: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    found = told(**schedule)
    assert [(each.code, where(each)[-1], each.severity) for each in found] == expected
    for each in found:
        assert where(each)[:2] == ("spec", "schedule")
        assert each.hint
        assert not each.message.endswith(".")
        assert len(each.message) < 250


def test_without_a_clock_only_what_holds_at_any_time_is_told() -> None:
    assert told(now=None, cron="30 2 * * *") == []
    assert [each.code for each in told(now=None, cron="30 2 * * *", start="2027-01-01T00:00")] == ["RC330"]
    assert told(now=None, at="2026-03-29T02:30") == told(at="2026-03-29T02:30")


def test_only_notifications_have_these_schedules() -> None:
    assert told(kind="Campaign", start="2026-03-29T02:30") == []
    document = Document("a.yaml", 0, 1, {})
    assert list(schedule_findings(Resource("shop", "Notification", "n", {}, Source(document)))) == []


def test_messages_name_the_instants_and_the_remedies() -> None:
    (gap,), (overlap,) = told(at="2026-03-29T02:30"), told(at="2026-10-25T02:30")
    assert gap.message == "the clocks of `Europe/Paris` skip 2026-03-29 02:30"
    assert gap.hint == (
        "give another time, or `dst: earlier` (2026-03-29T01:30+01:00, 2026-03-29T00:30Z), "
        "`dst: later` (2026-03-29T03:30+02:00, 2026-03-29T01:30Z) or "
        "`dst: shift` (2026-03-29T03:00+02:00, 2026-03-29T01:00Z)"
    )
    assert overlap.message == "the clocks of `Europe/Paris` show 2026-10-25 02:30 twice"
    assert overlap.hint == (
        "give another time, or `dst: earlier` (2026-10-25T02:30+02:00, 2026-10-25T00:30Z) or "
        "`dst: later` (2026-10-25T02:30+01:00, 2026-10-25T01:30Z)"
    )
    (first,) = told(cron="30 2 * * *")
    assert first.message == (
        "the clocks of `Europe/Paris` skip 2026-03-29 02:30: `30 2 * * *` is sent right after, "
        "2026-03-29T03:00+02:00 (2026-03-29T01:00Z)"
    )
    (late,) = told(cron="*/15 * * * *", deadline="1h")
    assert late.message == "a send of `*/15 * * * *` may be `1h` late, but the next can be due `15m` after it"
    (never,) = told(cron="0 0 31 2 *")
    assert never.message == "the cron `0 0 31 2 *` never fires: there is no such day"
    (unread,) = told(cron="0 9 * * FRI-MON")
    assert unread.message == "`0 9 * * FRI-MON` is no cron expression: its day-of-week cannot be `FRI-MON`"
