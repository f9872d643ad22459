"""The transactions of one open ledger: one at a time, each all or nothing, every writing one ending in the chain."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, event

from reconciler.ledger.chain import Entry
from reconciler.ledger.connect import opened, upsert_of
from reconciler.ledger.engines import READING
from reconciler.ledger.failures import failures
from reconciler.ledger.head import append


class Store:
    """An open ledger, safe to use from several threads. `version` is that of its tables, `upsert` its database's own
    insert, `sessions` counts how often it was connected to. Its transactions raise `LedgerError`, and `LedgerLocked`
    where another process is in the way.
    """

    def __init__(self, url: str, root: str, *, create: bool) -> None:
        found = opened(url, root, create=create)
        self.engine, self.identity, self.version = found.engine, found.identity, found.version
        self.upsert = upsert_of(found.engine)
        self._url = url
        self._head = ""
        self._turn = threading.Lock()
        self.sessions = 1
        event.listen(self.engine, "connect", self._connected)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the ledger as it is at one moment."""
        options = {READING: True}
        if self.engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ"}  # type: ignore[dict-item]
        with self._turn, failures(self._url), self.engine.connect().execution_options(**options) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is durable when it is left without an exception, and never was with one."""
        with self._turn, failures(self._url), self.engine.begin() as connection:
            yield connection

    def append(self, connection: Connection, new: Sequence[Entry]) -> None:
        """Write entries, the last thing that a transaction does: from here on it holds the chain's end."""
        self._head = append(connection, new, self._head)

    def _connected(self, *_: object) -> None:
        self.sessions += 1

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
