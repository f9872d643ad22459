"""Events: what happened while a plan was performed, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Happened(StrEnum):
    """What an event tells of its subject."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `subject` is an address, `verb` an action or `send`, `seconds` how long it took."""

    happened: Happened
    verb: str
    subject: str
    detail: str = ""
    code: str = ""
    hint: str = ""
    exit_code: int = 0
    seconds: float = 0.0
