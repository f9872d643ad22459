"""`--lock-timeout`: how long a command waits for the leases that others hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def lock_timeout_option(command: Command) -> Command:
    """Give a command the option `--lock-timeout`."""
    told = "How long to wait for another run to end [default: 0]"
    seconds = click.FloatRange(min=0)
    return click.option("--lock-timeout", type=seconds, default=0.0, metavar="SECONDS", help=told)(command)
