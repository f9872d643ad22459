"""The chain of the ledger's entries: each hash covers the entry and the hash before, so that cutting or rewriting the
past shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

GENESIS = "0 -"
"""The head of a chain without entries: the number of its last entry, a space, its hash."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: `event` (its word), to which `subject` on which app's `coordinates`; `body` is
    canonical JSON.
    """

    event: str
    coordinates: str
    subject: str
    body: str


def link(entries: Sequence[Entry], at: str, seq: int, head: str) -> tuple[list[dict[str, Any]], str]:
    """The rows of `entries` that follow number `seq` whose hash is `head`, and the new head.

    `at` is a UTC time as text.
    """
    rows: list[dict[str, Any]] = []
    for number, entry in enumerate(entries, seq + 1):
        head = _hash(head, number, at, entry)
        rows.append(
            {
                "seq": number,
                "at": at,
                "event": entry.event,
                "coordinates": entry.coordinates,
                "subject": entry.subject,
                "body": entry.body,
                "hash": head,
            }
        )
    return rows, head


def broken_at(rows: Iterable[tuple[int, str, Entry, str]]) -> int | None:
    """The number of the first entry whose hash does not follow from those before it; None where the chain holds."""
    head, expected = GENESIS.split()[1], 1
    for seq, at, entry, found in rows:
        head = _hash(head, seq, at, entry)
        if found != head or seq != expected:
            return seq
        expected += 1
    return None


def _hash(before: str, seq: int, at: str, entry: Entry) -> str:
    text = "\x1f".join((before, str(seq), at, entry.event, entry.coordinates, entry.subject, entry.body))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
