"""Where a ledger of a test lives, and rows to put there."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import psycopg

from reconciler.ledger.sql import SqlLedger
from reconciler.model.change import Action, Change
from reconciler.model.send import SendRecord, SendState

WHERE = "appcenter/contoso/shop"
OTHER = "appcenter/contoso/other"


@dataclass(frozen=True)
class Place:
    """A ledger's URL and its project's folder; other processes may be given it."""

    url: str
    folder: str

    @property
    def is_postgres(self) -> bool:
        return self.url.startswith("postgresql:")

    def open(self, *, create: bool = True) -> SqlLedger:
        return SqlLedger(self.url, self.folder, create=create)

    def by_hand(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements past the ledger; the rows of the last one."""
        rows: list[tuple[Any, ...]] = []
        connection: Any = psycopg.connect(self.url) if self.is_postgres else sqlite3.connect(f"{self.folder}/ledger.db")
        with connection:
            for statement in statements:
                done = connection.execute(statement)
                rows = done.fetchall() if done.description else []
        connection.close()
        return rows

    def count(self) -> int:
        """How many entries there are."""
        return int(self.by_hand("SELECT count(*) FROM entries")[0][0])

    def broken(self) -> int | None:
        ledger = self.open(create=False)
        try:
            return ledger.broken_at()
        finally:
            ledger.close()


def row(number: int = 0, **values: Any) -> SendRecord:
    record = SendRecord(
        send_key=f"00000000-0000-4000-8000-{number:012d}",
        part=0,
        parts=1,
        coordinates=WHERE,
        kind="Notification",
        name=f"n{number}",
        occurrence="r1",
        marker=f"~pk1{number:016d}",
        payload_digest="sha256:1",
        content_digest="sha256:2",
        target={"everyone": True},
        state=SendState.PLANNED,
        fence=0,
        holder="host 1 1",
        attempt=0,
        remote_id="",
        updated_at=datetime(2026, 11, 22, tzinfo=UTC),
        dispatched_at=None,
        detail="",
    )
    return replace(record, **values)


def claimed(ledger: SqlLedger, record: SendRecord) -> SendRecord:
    return replace(record, state=SendState.CLAIMED, fence=ledger.claim(record))


def change(name: str, action: Action = Action.CREATE, spec: dict[str, Any] | None = None) -> Change:
    return Change(
        "shop", "Audience", name, action, "because", desired=spec if spec is not None else {"definition": name}
    )


def write_some(ledger: SqlLedger) -> None:
    """A few entries of every sort."""
    ledger.intend(WHERE, [change("a"), change("b"), change("é — ✓ 🎉")])
    ledger.settle(WHERE, change("a"), "a")
    ledger.settle(WHERE, change("b"), "", "no")
    record = ledger.move(claimed(ledger, row(name="Zürich")), SendState.DISPATCHED)
    ledger.move(record, SendState.ACCEPTED, remote_id="id")
    ledger.announce(row(1, scheduled_at=datetime(2026, 12, 24, 9, tzinfo=UTC)))
    ledger.consume("plan")
    ledger.flush()


def written(place: Place) -> None:
    """A ledger with a few entries of every sort."""
    ledger = place.open()
    write_some(ledger)
    ledger.close()
