"""Leases: who may change an app and send to it, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LEASE_SECONDS = 15.0
"""How long a lease lasts without a heartbeat; a third of it passes between two."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one run to one app, as the ledger holds it. Times are UTC, by the clock of the ledger's database.

    `fence` grows with every change of hands, for ever; `holder` is a process, as `engine.holder` writes it; one
    `lease_id` covers all that a run took together; `seconds_left` may be negative: it has expired, and nobody has
    taken it yet.
    """

    coordinates: str
    fence: int
    lease_id: str
    holder: str
    acquired_at: datetime
    heartbeat_at: datetime
    expires_at: datetime
    seconds_left: float

    @property
    def holder_words(self) -> str:
        """The holder for people."""
        return holder_words(self.holder)


def holder_words(holder: str) -> str:
    """A holder for people: `process 4711 on build-7`."""
    host, _, rest = holder.partition(" ")
    return f"process {rest.partition(' ')[0]} on {host}" if rest else holder or "nobody"
