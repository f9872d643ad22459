"""Say how a sandbox is to run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from reconciler.sandbox.limits import RateLimit

NextLink = Literal["api", "relative", "absolute"]


class SandboxRefused(Exception):
    """The sandbox cannot start; the message is one line for the person who started it."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Everything that may be chosen about a sandbox.

    `devices` is a COUNT for each app, or a JSON Lines file. `rate_limit` is each vendor's own unless given; None lifts
    it. `settle` is how many seconds a state takes to become final. `clock` is the instant at which the clock starts,
    None the machine's (or, on a data folder whose clock was moved, where it was moved to); `speed` is how many of its
    seconds pass in one. `token_seconds` is how
    long a token lives that a vendor issues for a while.
    """

    data: Path
    port: int = 0
    devices: int | Path | None = None
    token: str | None = field(default=None, repr=False)
    read_only_token: str | None = field(default=None, repr=False)
    rate_limit: RateLimit | Literal["vendor"] | None = "vendor"
    settle: float = 0.2
    clock: datetime | None = None
    speed: float = 1.0
    page_size: int = 200
    next_link: NextLink = "api"
    token_seconds: int = 3599


def parse_devices(text: str) -> int | Path:
    """Read `--devices`: a whole number is a COUNT, anything else a FILE."""
    return int(text) if text.isascii() and text.isdigit() else Path(text)
