"""Hold one campaign, and the state that follows from its times and the present (facts §3)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from reconciler.sandbox.mobileengagement.fields import push_mode
from reconciler.sandbox.mobileengagement.times import iso_second, iso_wall_clock, moment
from reconciler.sandbox.wire import Json, Refusal

State: TypeAlias = Literal["draft", "scheduled", "in-progress", "finished"]
STATES: tuple[State, ...] = ("draft", "scheduled", "in-progress", "finished")

_NAMES = (
    "id", "app_id", "kind", "name", "content", "starts_at", "ends_at", "activated_at", "ready_at", "finished_at",
    "evaluated_version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Campaign:
    """A row of the campaigns; times are seconds since the epoch.

    `ready_at` is when an activation has settled, `evaluated_version` the version of the devices to which it was last
    delivered.
    """

    id: int
    app_id: int
    kind: str
    name: str
    content: Mapping[str, Json]
    starts_at: float | None
    ends_at: float | None
    activated_at: float | None
    ready_at: float
    finished_at: float | None
    evaluated_version: int | None

    @property
    def mode(self) -> str:
        """How it is pushed: `real-time`, `one-shot` or `manual`."""
        return push_mode(self.kind, self.content)

    @property
    def begins_at(self) -> float:
        """When it comes to be in progress, once activated."""
        return max(self.ready_at, self.starts_at or 0.0)

    @property
    def over_at(self) -> float | None:
        """When it is finished, once activated, if that is known."""
        ended = None if self.ends_at is None else max(self.ends_at, self.ready_at)
        return ended if self.finished_at is None else self.finished_at

    def state(self, now: float) -> State:
        """Where it stands."""
        if self.activated_at is None:
            return "draft"
        if self.over_at is not None and now >= self.over_at:
            return "finished"
        return "scheduled" if now < self.begins_at else "in-progress"


def schedule_of(kind: str, content: Mapping[str, Json]) -> tuple[float | None, float | None]:
    """When checked content starts and ends; a manual campaign's start is ignored (facts §7)."""
    timezone = cast("str | None", content.get("timezone"))
    start, end = (
        moment(str(content[name]), name, timezone) if name in content else None for name in ("startTime", "endTime")
    )
    return None if push_mode(kind, content) == "manual" else start, end


def find_campaign(connection: sqlite3.Connection, app: int, kind: str, key: int | str) -> Campaign:
    """The campaign of that number or name.

    Raises:
        Refusal: 404.
    """
    column = "id" if isinstance(key, int) else "name"
    found = campaigns_where(connection, f"app_id = ? AND kind = ? AND {column} = ?", (app, kind, key))
    if not found:
        raise Refusal(404, "NotFound", f"There is no campaign `{key}` among the {kind} of the app")
    return found[0]


def campaigns_where(connection: sqlite3.Connection, condition: str, given: tuple[object, ...]) -> list[Campaign]:
    """The campaigns that meet an SQL condition, in order of creation."""
    rows: list[tuple[Any, ...]] = connection.execute(
        f"SELECT {', '.join(_NAMES)} FROM mobileengagement_campaigns WHERE {condition} ORDER BY id", given
    ).fetchall()
    return [_campaign(dict(zip(_NAMES, row, strict=True))) for row in rows]


def _campaign(row: dict[str, Any]) -> Campaign:
    return Campaign(**row | {"content": json.loads(row["content"]), "ready_at": row["ready_at"] or 0.0})


def write_state(campaign: Campaign, state: str) -> dict[str, object]:
    """A `CampaignStateResult`."""
    return {"id": campaign.id, "state": state}


def write_campaign(campaign: Campaign, now: float) -> dict[str, object]:
    """A `CampaignResult`: what it was made of, as it was written, its state, and when that came."""
    return {**campaign.content, **write_state(campaign, campaign.state(now)), **_dates(campaign, now)}


def write_row(campaign: Campaign, now: float) -> dict[str, object]:
    """A `CampaignListResult`; dates are left out where there are none."""
    row = write_state(campaign, campaign.state(now)) | {"name": campaign.name} | _dates(campaign, now)
    for name in ("startTime", "endTime"):
        if name in campaign.content:
            row[name] = iso_wall_clock(str(campaign.content[name]))
    return row | {"timezone": campaign.content["timezone"]} if "timezone" in campaign.content else row


def _dates(campaign: Campaign, now: float) -> dict[str, object]:
    if campaign.activated_at is None:
        return {}
    dates: dict[str, object] = {"activatedDate": iso_second(campaign.activated_at)}
    if campaign.state(now) == "finished":
        dates["finishedDate"] = iso_second(campaign.over_at or now)
    return dates
