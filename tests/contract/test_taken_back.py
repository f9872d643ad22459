"""What waits on a backend is taken back as it is there: changed, restored, deleted by somebody, or called off with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete

from reconciler.core.decode import decode
from reconciler.core.encode import encode
from reconciler.engine.cancel import cancel
from reconciler.engine.loop import Loop
from reconciler.engine.rebuild import rebuild
from reconciler.engine.run import Run
from reconciler.errors import GuardRefused, SendRefused
from reconciler.ledger.tables import sends
from reconciler.model.event import Event
from reconciler.providers.client import Client
from reconciler.render.text import plan_text
from tests.support.hours import synchronise, timed, wall
from tests.support.project import audience, document
from tests.support.stage import PUSHED, Azure, Life, device_id


@pytest.mark.parametrize("step", [14, 15])
@pytest.mark.parametrize("what", ["text", "time"])
def test_what_is_restored_after_a_death_is_what_arrives(azure: Azure, step: int, what: str) -> None:
    synchronise(azure)
    azure.seed("US")
    first, later = azure.wall_clock(600), azure.wall_clock(3600)
    old = timed("sale", at=first, body="old")
    azure.declare(old)
    azure.apply()
    azure.declare(timed("sale", at=first, body="new") if what == "text" else timed("sale", at=later, body="old"))
    azure.survive(life=Life(step))  # dies while it takes the campaign back
    azure.apply()  # it is found as a draft, and leaves with the new content, and the digest of the old
    azure.declare(old)
    for _ in range(3):
        azure.apply()
    assert azure.is_settled()
    details = azure.details(next(iter(azure.campaigns())))
    assert (details["notificationMessage"], details["startTime"]) == ("old", f"{first}Z")


def told(azure: Azure) -> None:
    synchronise(azure)
    azure.seed("US")
    azure.declare(timed("sale", at=azure.wall_clock(600)))
    azure.apply()


def test_what_somebody_deleted_is_not_told_as_having_left(azure: Azure) -> None:
    told(azure)
    (name,) = azure.campaigns()
    azure.by_hand("suspend", name)
    azure.by_hand("delete", name)
    azure.declare()
    outcome = azure.apply()
    assert "it has left already" not in outcome.said
    assert (outcome.code, azure.states()) == (8, {"sale/r1/0": "NEEDS_DECISION"})
    azure.heal()
    assert azure.states() == {"sale/r1/0": "WITHDRAWN"}
    assert not azure.plan().withdrawn


def test_the_reason_of_a_cancel_on_the_backend_is_kept(azure: Azure) -> None:
    told(azure)
    with azure.connected() as (loaded, ledger, connections):
        run = Run(loaded, ledger, connections.providers, azure.clock, lambda _: None)
        (row,) = cancel(run, ledger.all_sends(), "the sale is off")
    assert str(row.state) == "CANCELLED"
    assert "the sale is off" in azure.rows()[0].detail


def held(azure: Azure, *others: Any) -> list[Any]:
    """What is declared beside `others` on an app where a push to a device waits for a person's word."""
    content = {"title": "a", "body": "b"}
    campaign = {"type": "announcement", "push_mode": "manual", "state": "active", "content": content}
    saved = document("Campaign", PUSHED, campaign)
    azure.declare(saved, *others)
    azure.apply()
    push = document(
        "Notification", "p", {"campaign": PUSHED, "target": {"devices": [device_id(0)]}, "content": content}
    )
    azure.break_("POST", "/push", "drop-after")
    azure.declare(saved, push, *others)
    assert azure.apply().code == 8
    azure.mend()
    return [saved, push]


@pytest.mark.parametrize("by", ["apply", "run"])
def test_what_is_moved_does_not_leave_at_its_old_time_though_its_app_is_held(azure: Azure, by: str) -> None:
    synchronise(azure)
    azure.seed("US", "FR")
    others = held(azure, timed("sale", at=azure.wall_clock(600), body="old"))
    azure.declare(*others, timed("sale", at=azure.wall_clock(7200), body="new"))
    if by == "apply":
        assert "took it over" not in azure.apply().said
    else:
        turn(azure)
    azure.pass_time(700)
    assert not any(name.startswith("sale") for name in azure.told())
    azure.heal()
    azure.pass_time(7200)
    assert [name for name in azure.told() if name.startswith("sale")]


def turn(azure: Azure) -> list[Event]:
    events: list[Event] = []
    with azure.connected() as (loaded, ledger, connections):
        Loop(Run(loaded, ledger, connections.providers, azure.clock, events.append), 60.0, azure.clock.sleep).turn()
    return events


def test_what_is_removed_is_taken_back_though_another_send_of_its_app_is_refused(azure: Azure) -> None:
    told(azure)
    ledger = azure.ledger()
    lost = timed("lost", at=azure.wall_clock(20))
    azure.declare(timed("sale", at=azure.wall_clock(600)), lost)
    azure.apply()
    azure.pass_time(60)
    with ledger._store.writing() as connection:  # an older backup: what the backend shows is not in it
        connection.execute(delete(sends).where(sends.c.name == "lost"))
    ledger.close()
    azure.declare(timed("due", at=azure.wall_clock(-10)))  # the sale is off, and another one is due
    assert "RC720" in {event.code for event in turn(azure)}
    assert azure.states()["sale/r1/0"] == "WITHDRAWN"
    azure.pass_time(700)
    assert not any(name.startswith("sale") for name in azure.told())


def test_what_is_moved_into_the_past_is_too_late_after_one_apply(azure: Azure) -> None:
    told(azure)
    azure.declare(timed("sale", at=azure.wall_clock(-600), deadline="1m"))
    assert "its deadline is over" in azure.apply().said
    assert azure.plan().is_empty
    assert azure.states() == {"sale/r1/0": "EXPIRED"}
    azure.pass_time(700)
    assert not azure.told()


def test_by_a_wrong_clock_nothing_is_taken_back(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    told(azure)
    at = azure.rows()[0].scheduled_at
    assert at is not None
    azure.declare(timed("sale", at=wall(at), body="new"))

    def refused(*_: object) -> None:
        raise GuardRefused("the clock is wrong", code="RC412")

    monkeypatch.setattr("reconciler.engine.timely.refuse_skew", refused)
    assert "RC412" in azure.apply().codes
    assert azure.states() == {"sale/r1/0": "CONFIRMED"}


@pytest.mark.parametrize("now", ["declared", "removed", "suspended"])
def test_a_rebuilt_ledger_knows_what_waits_on_the_backend(azure: Azure, now: str) -> None:
    synchronise(azure)
    azure.seed("US")
    at = azure.wall_clock(600)
    azure.declare(timed("sale", at=at))
    azure.apply()
    azure.lose_ledger()
    azure.declare(*([] if now == "removed" else [timed("sale", at=at, suspend=now == "suspended")]))
    with azure.connected() as (loaded, ledger, connections):
        assert len(rebuild(Run(loaded, ledger, connections.providers, azure.clock, lambda _: None))) == 1
    assert azure.plan().is_empty is (now == "declared")
    azure.apply()
    azure.pass_time(700)
    assert sum(azure.told().values()) == (1 if now == "declared" else 0)


def test_what_nobody_could_take_back_can_still_be_cancelled(azure: Azure) -> None:
    told(azure)
    azure.break_("POST", "/suspend", "error-before", nth=None)
    azure.declare()
    azure.apply()
    azure.mend()
    assert azure.states() == {"sale/r1/0": "UNKNOWN"}
    with azure.connected() as (loaded, ledger, connections):
        run = Run(loaded, ledger, connections.providers, azure.clock, lambda _: None)
        (row,) = cancel(run, ledger.all_sends(), "off")
    assert str(row.state) == "CANCELLED"
    azure.pass_time(700)
    assert not azure.told()


def test_what_was_refused_is_told_ahead_again_once_its_audience_is_mended(azure: Azure) -> None:
    synchronise(azure)
    azure.seed("US")
    sale = timed("sale", {"audiences": ["us"]}, at=azure.wall_clock(3600))

    def send(*_: object) -> dict[str, Any]:
        raise SendRefused("400 no such criterion", code="RC620", status=400)

    azure.declare(audience("us", "CarrierCountry eq 'DE'"), sale)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "send", send)
        azure.apply()
    assert azure.states() == {"sale/r1/0": "FAILED"}
    assert azure.plan().is_empty
    azure.declare(audience("us", "CarrierCountry eq 'US'"), sale)
    azure.apply()
    azure.pass_time(3700)
    assert sum(azure.told().values()) == 1


def test_what_waits_on_the_backend_is_still_shown_as_coming(azure: Azure) -> None:
    told(azure)
    plan = azure.plan()
    (send,) = plan.coming
    assert (send.by, str(send.state), plan.is_empty) == ("backend", "CONFIRMED", True)
    saved, _ = decode(encode(plan))
    assert [each.address for each in saved.coming] == [send.address]
    assert "by the backend" in plan_text(plan)
    assert plan_text(plan).endswith("No changes. 0 unchanged, 1 coming, 4 requests.")
