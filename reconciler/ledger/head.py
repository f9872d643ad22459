"""Append to the chain of entries: the head is moved by compare-and-swap, so that two writers never fork it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from reconciler.errors import LedgerLocked
from reconciler.ledger.chain import Entry, link
from reconciler.ledger.tables import entries, meta

_HEAD = meta.c.name == "head"


def append(connection: Connection, new: Sequence[Entry], guess: str = "") -> str:
    """Write entries behind the last one; the head as it is then. `guess` is what the head was when last seen."""
    # A wrong guess costs a look, and the look keeps others away until the end of the transaction.
    for before in (guess, ""):
        found = before or connection.execute(select(meta.c.value).where(_HEAD).with_for_update()).scalar_one()
        seq, last = found.split()
        rows, following = link(new, now(), int(seq), last)
        after = f"{rows[-1]['seq']} {following}"
        if connection.execute(update(meta).where(_HEAD, meta.c.value == found).values(value=after)).rowcount == 1:
            connection.execute(insert(entries), rows)
            return after
    raise LedgerLocked("another runner writes to the ledger all the time", code="RC710", hint="try again when it ends")


def now() -> str:
    """The time of this machine in UTC, as the ledger writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
