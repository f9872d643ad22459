"""Keep apps and their devices: an app exists from its first use, with its population."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.sandbox.device import COLUMNS, MAX_CUSTOM_PROPERTIES, Row, read_device
from reconciler.sandbox.options import SandboxRefused
from reconciler.sandbox.population import PROPERTY_TYPES, is_azure, population
from reconciler.sandbox.store import Store, transaction
from reconciler.sandbox.wire import Malformed, json_of

_VALUES = ", ".join("?" * (3 + len(COLUMNS)))
_INSERT = f"INSERT INTO devices(first_seen, last_seen, app_id, {', '.join(COLUMNS)}) VALUES ({_VALUES})"
_UPSERT = f"{_INSERT} ON CONFLICT(app_id, install_id) DO UPDATE SET " + ", ".join(
    f"{column} = excluded.{column}" for column in ("last_seen", *COLUMNS[1:])
)


class TooManyProperties(ValueError):
    """An app would have more custom properties than the vendor allows (60 an app, facts §3)."""


@dataclass(frozen=True, slots=True)
class Seed:
    """The devices with which an app begins: a count to make up, or rows of a file (under None, every app's)."""

    count: int = 0
    rows: Mapping[str | None, Sequence[tuple[Row, dict[str, str]]]] = field(default_factory=dict)


def read_seed(devices: int | Path | None) -> Seed:
    """Make ready what `--devices` asks for.

    Raises:
        SandboxRefused: the file cannot be read, or one of its lines is not a device.
    """
    if not isinstance(devices, Path):
        return Seed(count=devices or 0)
    rows: dict[str | None, list[tuple[Row, dict[str, str]]]] = {}
    try:
        for number, line in enumerate(devices.read_bytes().splitlines(), 1):
            if line.strip():
                app, row = _read_line(devices, number, line)
                rows.setdefault(app, []).append(row)
    except OSError as error:
        raise SandboxRefused(f"cannot read `{devices}`: {error.strerror}") from error
    for app, own in rows.items():
        names = {name for _, types in (*rows.get(None, ()), *own) for name in types}
        if len(names) > MAX_CUSTOM_PROPERTIES:
            raise SandboxRefused(
                f"{devices}: {app or 'an app'} has more than {MAX_CUSTOM_PROPERTIES} custom properties"
            )
    return Seed(rows=rows)


def canonical_app(coordinate: str) -> str:
    """The one spelling of an app's coordinate: Azure's four names are the same in any case, all others are not."""
    return coordinate.lower() if is_azure(coordinate) else coordinate


def app_id(store: Store, seed: Seed, coordinate: str, now: float) -> int:
    """The number of an app; at its first use it is made, with its population."""
    known = store.app_ids.get(coordinate)
    if known is not None:
        return known
    row = store.connection.execute("SELECT id FROM apps WHERE coordinate = ?", (coordinate,)).fetchone()
    store.app_ids[coordinate] = number = row[0] if row else _new_app(store, seed, coordinate, now)
    return int(number)


def add_devices(store: Store, app: int, devices: Sequence[tuple[Row, dict[str, str]]], now: float) -> None:
    """Add or replace devices of an app, which are seen now.

    Raises:
        TooManyProperties: nothing was changed.
    """
    with transaction(store) as connection:
        _write(store, app, devices, now)
        touch(connection, app)


def learn_properties(store: Store, app: int, types: Mapping[str, str]) -> None:
    """Remember custom properties of an app, inside a transaction; a name once known stays known (facts §5).

    Raises:
        TooManyProperties: there would be more than 60.
    """
    known = property_types(store, app)
    news = {name: kind for name, kind in types.items() if known.get(name) != kind}
    if not news:
        return
    if len(known.keys() | news.keys()) > MAX_CUSTOM_PROPERTIES:
        raise TooManyProperties(f"an app has at most {MAX_CUSTOM_PROPERTIES} custom properties")
    rows = [(app, name, kind) for name, kind in news.items()]
    store.connection.executemany("INSERT OR REPLACE INTO custom_properties VALUES (?, ?, ?)", rows)
    known.update(news)


def property_types(store: Store, app: int) -> dict[str, str]:
    """The custom properties an app is known to have, with the type last seen of each."""
    if app not in store.property_types:
        found = store.connection.execute("SELECT name, type FROM custom_properties WHERE app_id = ?", (app,))
        store.property_types[app] = dict(found.fetchall())
    return store.property_types[app]


def version_of(store: Store, app: int) -> int:
    """A number that rises whenever a device of the app changes."""
    return int(store.connection.execute("SELECT version FROM apps WHERE id = ?", (app,)).fetchone()[0])


def touch(connection: sqlite3.Connection, app: int) -> None:
    """Say, inside a transaction, that devices of the app have changed."""
    connection.execute("UPDATE apps SET version = version + 1 WHERE id = ?", (app,))


def _read_line(path: Path, number: int, line: bytes) -> tuple[str | None, tuple[Row, dict[str, str]]]:
    try:
        value = json_of(line)
        app = value.pop("app", None) if isinstance(value, dict) else None
        if app is not None and not isinstance(app, str):
            raise Malformed("`app` is not a string")
        return app and canonical_app(app), read_device(value)
    except ValueError as error:
        raise SandboxRefused(f"{path}:{number}: {error}") from error


def _new_app(store: Store, seed: Seed, coordinate: str, now: float) -> int:
    with transaction(store) as connection:
        made = connection.execute("INSERT INTO apps(coordinate, seen_at) VALUES (?, ?)", (coordinate, now))
        app = int(made.lastrowid or 0)
        for batch in population(coordinate, seed.count):
            connection.executemany(_INSERT, ((now, now, app, *row) for row in batch))
        if seed.count:
            learn_properties(store, app, PROPERTY_TYPES)
        for owner in (None, coordinate):
            _write(store, app, seed.rows.get(owner, ()), now)
    return app


def _write(store: Store, app: int, devices: Iterable[tuple[Row, dict[str, str]]], now: float) -> None:
    types: dict[str, str] = {}
    rows: list[tuple[object, ...]] = []
    for row, kinds in devices:
        rows.append((now, now, app, *row))
        types |= kinds
    store.connection.executemany(_UPSERT, rows)
    learn_properties(store, app, types)
