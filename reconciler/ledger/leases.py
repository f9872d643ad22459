"""Leases: taken all or none, kept by heartbeats, and asked for by every write but that of a request's outcome, so that
whoever lost one begins nothing more.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select, tuple_, update

from reconciler.errors import LedgerError, LedgerLocked
from reconciler.ledger.chain import Entry
from reconciler.ledger.clock import moment, shared_time
from reconciler.ledger.store import Store
from reconciler.ledger.tables import leases
from reconciler.model.digest import canonical
from reconciler.model.lease import Lease

SINCE = 2
"""The version of the tables that brought leases."""


class Leases:
    """The leases that this process holds in one ledger, and those of others as it sees them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[str, int] = {}
        self._milliseconds = 0

    def acquire(
        self, coordinates: Collection[str], holder: str, is_dead: Callable[[Lease], bool], seconds: float
    ) -> Sequence[Lease]:
        """Take what is free, has expired, or is of a holder that `is_dead`; all of it, or `LedgerLocked` and nothing.

        A lease lasts `seconds` from its last heartbeat; a write that asks for it counts as one.
        """
        if self._store.version < SINCE:
            hint = "bring it up to date with\n  reconciler init"
            raise LedgerError("the ledger is of an older version, which knows no leases", code="RC702", hint=hint)
        wanted = sorted(set(coordinates))
        self._milliseconds = int(seconds * 1000)
        with self._store.writing() as connection:
            # Looked at before anything is locked: whoever is refused never stands in the holder's way.
            _refuse_held(_found(connection, wanted), is_dead)
            _make_rows(connection, self._store.upsert, wanted)
            before = {lease.coordinates: lease for lease in _found(connection, wanted, lock=True)}
            _refuse_held(before.values(), is_dead)
            values = {"fence": leases.c.fence + 1, "lease_id": str(uuid.uuid4()), "holder": holder}
            query = update(leases).where(leases.c.coordinates.in_(wanted))
            connection.execute(query.values(**values, acquired_at=shared_time(), **self._renewed()))
            taken = _found(connection, wanted)
            self._store.append(connection, [_taken(lease, before[lease.coordinates]) for lease in taken])
        self._held.update((lease.coordinates, lease.fence) for lease in taken)
        return taken

    def ask(self, connection: Connection, coordinates: Iterable[str]) -> None:
        """Within a transaction that writes about these apps: those that we took must be ours still. That they are is
        then certain until the transaction ends, and counts as a heartbeat.

        Raises `LedgerLocked` (RC714). A lease that was lost stays lost until it is released.
        """
        mine = [(where, self._held[where]) for where in sorted(set(coordinates)) if where in self._held]
        if not mine:
            return
        query = update(leases).where(tuple_(leases.c.coordinates, leases.c.fence).in_(mine))
        if connection.execute(query.values(**self._renewed())).rowcount != len(mine):
            raise _lost(connection, mine)

    def renew(self, coordinates: Collection[str] | None = None) -> None:
        """A heartbeat of these leases, of all that are held where none are named. Raises `LedgerLocked` (RC714) where
        one was lost, another `LedgerError` where nobody knows that.
        """
        mine = [where for where in list(self._held) if coordinates is None or where in coordinates]
        if mine:
            with self._store.writing() as connection:
                self.ask(connection, mine)

    def release(self, coordinates: Collection[str] | None = None) -> None:
        """Give back what is still ours of these, or of all; from here on, writes about them ask for nothing."""
        named = [where for where in sorted(self._held) if coordinates is None or where in coordinates]
        mine = [(where, self._held.pop(where)) for where in named]
        if mine:
            query = update(leases).where(tuple_(leases.c.coordinates, leases.c.fence).in_(mine))
            with self._store.writing() as connection:
                connection.execute(query.values(lease_id="", holder="", expires_at=shared_time()))

    def listed(self) -> Sequence[Lease]:
        """Every lease that is held, or was and expired with nobody to take it, by coordinates."""
        if self._store.version < SINCE:
            return []
        with self._store.reading() as connection:
            return _read(connection, leases.c.lease_id != "")

    def break_(self, lease_id: str) -> Sequence[Lease]:
        """End a lease of anybody: its holder writes nothing more. What was held, empty where it was given back
        before.
        """
        if self._store.version < SINCE:
            return []
        with self._store.writing() as connection:
            broken = _read(connection, leases.c.lease_id == lease_id, lock=True)
            if broken:
                values = {"fence": leases.c.fence + 1, "lease_id": "", "holder": "", "expires_at": shared_time()}
                connection.execute(update(leases).where(leases.c.lease_id == lease_id).values(**values))
                self._store.append(connection, [_entry("lease-broken", lease, lease.holder) for lease in broken])
        return broken

    def _renewed(self) -> dict[str, Any]:
        return {"heartbeat_at": shared_time(), "expires_at": shared_time() + self._milliseconds}


def _make_rows(connection: Connection, upsert: Any, wanted: Sequence[str]) -> None:
    """A row for each app that was never held, free and expired."""
    unheld = {"fence": 0, "lease_id": "", "holder": "", "acquired_at": 0, "heartbeat_at": 0, "expires_at": 0}
    query = upsert(leases).on_conflict_do_nothing(index_elements=["coordinates"])
    connection.execute(query, [{"coordinates": where, **unheld} for where in wanted])


def _found(connection: Connection, wanted: Sequence[str], *, lock: bool = False) -> Sequence[Lease]:
    return _read(connection, leases.c.coordinates.in_(wanted), lock=lock)


def _read(connection: Connection, where: Any, *, lock: bool = False) -> Sequence[Lease]:
    """Leases in the order of their coordinates, in which everybody locks them."""
    query = select(leases, shared_time().label("now")).where(where).order_by(leases.c.coordinates)
    return [_lease(row) for row in connection.execute(query.with_for_update() if lock else query).fetchall()]


def _lease(row: Any) -> Lease:
    return Lease(
        row.coordinates,
        row.fence,
        row.lease_id,
        row.holder,
        moment(row.acquired_at),
        moment(row.heartbeat_at),
        moment(row.expires_at),
        (row.expires_at - row.now) / 1000,
    )


def _refuse_held(found: Iterable[Lease], is_dead: Callable[[Lease], bool]) -> None:
    for lease in found:
        if lease.lease_id and lease.seconds_left > 0 and not is_dead(lease):
            since = lease.acquired_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            raise LedgerLocked(
                f"{lease.coordinates} is held by {lease.holder_words} since {since} (lease {lease.lease_id})",
                code="RC713",
                hint="wait for it with `--lock-timeout DURATION`, or see who it is with\n  reconciler lock status",
            )


def _lost(connection: Connection, mine: Sequence[tuple[str, int]]) -> LedgerLocked:
    now = {lease.coordinates: lease for lease in _found(connection, [where for where, _ in mine])}
    gone = next((where for where, fence in mine if where not in now or now[where].fence != fence), mine[0][0])
    holder = now[gone].holder_words if gone in now else "nobody"
    return LedgerLocked(
        f"the lease of {gone} was lost: it is held by {holder} now; nothing more was written",
        code="RC714",
        hint="see who it is with\n  reconciler lock status",
    )


def _taken(lease: Lease, before: Lease) -> Entry:
    return _entry("lease-taken", lease, before.holder)


def _entry(event: str, lease: Lease, before: str) -> Entry:
    """What the chain says of a change of hands: the lease, and who held the app until then."""
    body = canonical({"fence": lease.fence, "holder": lease.holder, "before": before})
    return Entry(event, lease.coordinates, lease.lease_id, body)
