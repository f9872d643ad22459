"""Rows that wait to be written together: one transaction serves all threads that wait for it, and if it fails, it
fails for all of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from reconciler.errors import LedgerError
from reconciler.ledger.rows import Rows


class Batch:
    """What one transaction will write; `error` is why it was not written, should that be so."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.error: LedgerError | None = None
        self.since = 0.0

    @property
    def seconds(self) -> float:
        """How long its oldest row has waited."""
        return time.monotonic() - self.since


class Queue:
    """Batches, each gathered while the one before it is written."""

    def __init__(self, write: Callable[[Rows], None]) -> None:
        self._write = write
        self._batch = Batch()
        self._adding = threading.Lock()
        self._flushing = threading.Lock()

    def add(self, rows: Rows) -> Batch:
        """Queue rows; the batch that they are written with."""
        with self._adding:
            if not self._batch.rows.entries:
                self._batch.since = time.monotonic()
            self._batch.rows.extend(rows)
            return self._batch

    def flush(self) -> None:
        """Write what waits. When it returns, every batch that was added to before is written, or has its error."""
        with self._flushing:
            with self._adding:
                batch, self._batch = self._batch, Batch()
            if not batch.rows.entries:
                return
            try:
                self._write(batch.rows)
            except LedgerError as error:
                batch.error = error
                raise
            except BaseException:
                batch.error = LedgerError("the ledger was not written to: the run was interrupted", code="RC702")
                raise
