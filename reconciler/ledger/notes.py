"""What a ledger knows of itself, by name: kept beside its version and the head of its chain."""

from __future__ import annotations

from sqlalchemy import delete, select

from reconciler.ledger.chain import Entry
from reconciler.ledger.store import Store
from reconciler.ledger.tables import meta
from reconciler.model.digest import canonical

INITIALISED, SINCE, FREEZE = "initialised", "since", "freeze"


def read_note(store: Store, name: str) -> str | None:
    """The text of a note, None where there is none."""
    with store.reading() as connection:
        return connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()


def keep_note(store: Store, name: str, text: str) -> None:
    """Write a note that is written once: one that is there already stays."""
    with store.writing() as connection:
        query = store.upsert(meta).values(name=name, value=text)
        connection.execute(query.on_conflict_do_nothing(index_elements=["name"]))


def put_note(store: Store, name: str, text: str | None, event: str) -> None:
    """Write or (None) remove a note, and an entry of the chain about it."""
    with store.writing() as connection:
        connection.execute(delete(meta).where(meta.c.name == name))
        if text is not None:
            connection.execute(meta.insert().values(name=name, value=text))
        store.append(connection, [Entry(event, "", name, text if text is not None else canonical({}))])
