"""`--lock-timeout`: how long a command waits for the leases that others hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from reconciler.engine.leases import PATIENCE

Command = TypeVar("Command", bound=Callable[..., Any])


def lock_timeout_option(command: Command) -> Command:
    """Give a command the option `--lock-timeout`."""
    told = "How long to wait for another run to end [default: 0]"
    options: dict[str, Any] = {"type": click.FloatRange(min=0), "default": 0.0, "metavar": "SECONDS", "help": told}
    return click.option("--lock-timeout", callback=_at_least, **options)(command)


def _at_least(context: click.Context, parameter: click.Parameter, seconds: float) -> float:
    """Whoever waits for nobody still looks twice: `reconciler run` holds an app for moments only."""
    del context, parameter
    return max(seconds, PATIENCE)
