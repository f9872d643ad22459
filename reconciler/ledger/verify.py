"""Walk the whole chain of a ledger, as it is at one moment."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection, select

from reconciler.ledger.chain import GENESIS, Entry, broken_at
from reconciler.ledger.tables import entries, meta

BATCH = 1000
"""Rows that are in memory at once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the chain says: how many `entries`, the `head` (number and hash of the last one), and where it breaks.

    `broken_at` is the number of the first entry that does not follow, None where all do; `broken` says what it is.
    """

    entries: int
    head: str
    broken_at: int | None = None
    broken: str = ""


def verify(connection: Connection) -> Verdict:
    """Check every entry, and that the last one is the recorded head."""
    walk = _Walk(connection)
    with closing(iter(walk)) as rows:
        broken = broken_at(rows)
    head = connection.execute(select(meta.c.value).where(meta.c.name == "head")).scalar_one()
    if broken is not None:
        return Verdict(walk.count, head, broken, walk.last)
    if head != walk.end:
        return Verdict(walk.count, head, int(head.split()[0]), "the entries end elsewhere than the ledger recorded")
    return Verdict(walk.count, head)


class _Walk:
    """The entries in order, and the last one seen."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self.count, self.last, self.end = connection, 0, "", GENESIS

    def __iter__(self) -> Generator[tuple[int, str, Entry, str], None, None]:
        names = ("seq", "at", "event", "coordinates", "subject", "body", "hash")
        query = select(*(entries.c[name] for name in names)).order_by(entries.c.seq)
        with self._connection.execute(query.execution_options(yield_per=BATCH)) as rows:
            for seq, at, event, coordinates, subject, body, found in rows:
                self.count, self.end = self.count + 1, f"{seq} {found}"
                self.last = f"{event} of {subject or 'the ledger'}"
                yield seq, at, Entry(event, coordinates, subject, body), found
