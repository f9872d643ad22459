"""A freeze: nobody applies or sends anything, until a time or until it is lifted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Freeze:
    """Who forbade it and why, since when, and until when (UTC; None: until it is lifted)."""

    reason: str
    by: str
    at: datetime
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.until is None or now < self.until


def write_freeze(freeze: Freeze) -> str:
    """A freeze as JSON text."""
    until = freeze.until.isoformat() if freeze.until else None
    return json.dumps({"reason": freeze.reason, "by": freeze.by, "at": freeze.at.isoformat(), "until": until})


def read_freeze(text: str) -> Freeze:
    """The opposite of `write_freeze`."""
    values = json.loads(text)
    until = datetime.fromisoformat(values["until"]) if values["until"] else None
    return Freeze(values["reason"], values["by"], datetime.fromisoformat(values["at"]), until)
