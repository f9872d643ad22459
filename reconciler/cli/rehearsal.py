"""`--clock START[*SPEED]`: live in another time, where every backend is on this machine; and how instants are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from reconciler.core.quote import quote
from reconciler.engine.clock import DrivenClock, SystemClock
from reconciler.errors import ConfigError
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.project import Project
from reconciler.ports import Clock
from reconciler.providers.loopback import is_loopback

Command = TypeVar("Command", bound=Callable[..., Any])
FASTEST = 100_000.0


def clock_option(command: Command) -> Command:
    """Give a command the option `--clock`."""
    told = "Rehearse: live from START (ISO), SPEED times as fast; only where every endpoint is on this machine"
    return click.option("--clock", "clock", metavar="START[*SPEED]", default=None, callback=given, help=told)(command)


def given(context: click.Context, parameter: click.Parameter, text: str | None) -> str:
    """What an option says, empty where it was left out. Raises `click.UsageError` where it was given and says nothing:
    a variable of the shell that is not set would turn a rehearsal into real sends.
    """
    if text is None:
        return ""
    if not text.strip():
        hint = "leave it out, or say what it is to be; a variable of the shell may not be set"
        raise click.UsageError(f"`{parameter.opts[0]}` is given and empty\n\nhint: {hint}", context)
    return text


def parse_clock(text: str) -> tuple[datetime, float]:
    """The UTC start and the speed of `2026-11-27T07:59:00Z*60`. Raises `click.UsageError`, in the name of `--clock`."""
    start, star, speed = text.partition("*")
    try:
        moment, factor = datetime.fromisoformat(start), float(speed) if star else 1.0
    except ValueError:
        moment, factor = datetime.min, 0.0
    if not 0 < factor <= FASTEST or not 1970 <= moment.year < 9000:
        raise click.UsageError(
            f"`--clock`: {quote(text)} is no clock\n\nhint: write START or START*SPEED, such as 2026-11-27T07:59:00Z*60"
        )
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC), factor


def parse_moment(text: str, option: str) -> datetime:
    """An ISO instant in UTC. Raises `click.UsageError`, in the name of an option."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise click.UsageError(
            f"`{option}`: {quote(text)} is no instant\n\nhint: write it as 2026-11-27T09:00:00Z"
        ) from None


def clock_for(project: Project, text: str) -> Clock:
    """The clock of a run on a project: the machine's, or a driven one. Raises `ConfigError` where a driven one could
    send to real phones at the wrong time.
    """
    if not text:
        return SystemClock()
    start, speed = parse_clock(text)
    real = [
        Finding(
            "RC142",
            f"{quote(alias)} is not a rehearsal: its backend is not on this machine",
            "leave `--clock` out, or choose an environment whose apps have a loopback `endpoint`",
            Source(project.document, ("spec", "apps", alias), on_key=True),
        )
        for alias, app in project.apps.items()
        if not is_loopback(str(app.settings.get("endpoint", "")))
    ]
    if real:
        raise ConfigError(real)
    return DrivenClock(start, speed)
