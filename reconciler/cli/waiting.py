"""`--lock-timeout`: how long a command waits for the leases that others hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

from reconciler.core.quote import quote
from reconciler.core.schedule import duration
from reconciler.engine.leases import PATIENCE

Command = TypeVar("Command", bound=Callable[..., Any])


def lock_timeout_option(command: Command) -> Command:
    """Give a command the option `--lock-timeout`; the command gets seconds."""
    told = "How long to wait for another run to end, such as 90s; a number alone is seconds [default: 0]"
    return click.option("--lock-timeout", default="0", metavar="DURATION", callback=_at_least, help=told)(command)


def _at_least(context: click.Context, parameter: click.Parameter, text: str) -> float:
    """Whoever waits for nobody still looks twice: `reconciler run` holds an app for moments only."""
    del parameter
    try:
        return max(_seconds(text), PATIENCE)
    except ValueError:
        hint = "write seconds, as in 90, or a length of time, as in 90s, 30m, 2h or 1d"
        message = f"`--lock-timeout`: {quote(text)} is no length of time\n\nhint: {hint}"
        raise click.UsageError(message, context) from None


def _seconds(text: str) -> float:
    """Seconds that are written as a number or as a duration. Raises `ValueError`."""
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        return duration(text).total_seconds()
    if not 0 <= seconds < math.inf:
        raise ValueError(text)
    return seconds
