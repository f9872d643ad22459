"""Export and import: lossless from either database to either, all or nothing, into an empty ledger only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import LedgerError
from reconciler.ledger.sql import SqlLedger
from reconciler.ledger.tables import VERSION
from reconciler.ledger.transfer import Digest
from tests.ledger.place import OTHER, WHERE, Place, change, claimed, row, write_some
from tests.ledger.test_migrate import DUMP
from tests.support.postgres import Server


def exported(ledger: SqlLedger) -> list[str]:
    lines: list[str] = []
    assert ledger.export(lines.append) == len(lines)
    return lines


def at(url: str, folder: Path) -> Place:
    folder.mkdir(exist_ok=True)
    return Place(url, str(folder))


def filled(place: Place) -> list[str]:
    """The lines of a ledger that holds something of everything."""
    ledger = place.open()
    ledger.initialise()
    write_some(ledger)
    ledger.intend(WHERE, [change(name) for name in ("Z", "a", "B", "b", "é", "_", "a b", "10", "9")])
    ledger.acquire([WHERE, OTHER], "host 1 1", lambda _: False)
    lines = exported(ledger)
    ledger.close()
    return lines


def test_from_sqlite_to_postgresql_and_back_nothing_is_lost(postgres: Server, tmp_path: Path) -> None:
    lines = filled(at("sqlite:///ledger.db", tmp_path / "first"))
    (identity,) = (json.loads(line)["row"]["value"] for line in lines if '"name":"identity"' in line)
    places = [at(postgres.database(), tmp_path), at("sqlite:///ledger.db", tmp_path / "last")]
    for place in places:
        ledger = place.open()
        ledger.take_in(lines)
        assert exported(ledger) == lines
        assert ledger.broken_at() is None
        claimed(ledger, row(9, coordinates="appcenter/contoso/third"))  # and it goes on
        assert ledger.broken_at() is None
        assert ledger.identity() == identity
        ledger.close()
        ledger = place.open(create=False)
        assert ledger.identity() == identity
        ledger.close()


def test_rows_stand_in_the_order_of_their_code_points_whatever_the_database_sorts_by(
    postgres: Server, tmp_path: Path
) -> None:
    lines = filled(at("sqlite:///ledger.db", tmp_path / "first"))
    name = postgres.database().rpartition("/")[2]
    with postgres.admin() as connection:
        connection.execute(f'DROP DATABASE "{name}"')  # type: ignore[call-overload]
        by_language = f"CREATE DATABASE \"{name}\" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        connection.execute(by_language)  # type: ignore[call-overload]
    ledger = at(f"postgresql://ledger_admin@127.0.0.1:{postgres.port}/{name}", tmp_path).open()
    ledger.take_in(lines)
    assert exported(ledger) == lines
    ledger.close()


def test_an_export_is_of_one_moment(ledger: SqlLedger, second: SqlLedger, place: Place) -> None:
    write_some(ledger)
    before = exported(ledger)
    lines: list[str] = []

    def write(line: str) -> None:
        if not lines:
            second.claim(row(77))
        lines.append(line)

    if place.is_postgres:
        ledger.export(write)
        assert lines[1:] == [line for line in before if line != before[0]]
    assert exported(second)[:-1] != before[:-1] or not place.is_postgres


def test_the_last_line_is_the_digest_of_the_others(ledger: SqlLedger) -> None:
    write_some(ledger)
    *others, last = exported(ledger)
    digest = Digest()
    for line in others:
        digest.add(line)
    assert last == digest.last_line()
    assert json.loads(last)["lines"] == len(others)


def test_a_ledger_that_was_only_initialised_is_empty_enough(ledger: SqlLedger, tmp_path: Path) -> None:
    lines = filled(at("sqlite:///ledger.db", tmp_path / "first"))
    ledger.initialise()
    ledger.take_in(lines)
    assert exported(ledger) == lines
    assert f'"{ledger.identity()}"' in "".join(lines)


FILLED: dict[str, Callable[[SqlLedger], object]] = {
    "a send": lambda ledger: ledger.claim(row()),
    "a plan": lambda ledger: ledger.consume("plan"),
    "a resource": lambda ledger: ledger.intend(WHERE, [change("a")]),
    "a lease": lambda ledger: ledger.acquire([WHERE], "me", lambda _: False),
}


@pytest.mark.parametrize("fill", FILLED)
def test_two_memories_are_never_mixed(ledger: SqlLedger, tmp_path: Path, fill: str) -> None:
    lines = filled(at("sqlite:///ledger.db", tmp_path / "first"))
    FILLED[fill](ledger)
    before = exported(ledger)
    with pytest.raises(LedgerError) as refused:
        ledger.take_in(lines)
    assert refused.value.code == "RC731"
    assert exported(ledger) == before


def redigested(lines: list[str]) -> list[str]:
    """Lines as somebody would leave them who also makes the digest anew."""
    digest = Digest()
    for line in lines:
        digest.add(line)
    return [*lines, digest.last_line()]


def edited(lines: list[str], table: str, **values: Any) -> list[str]:
    done = False
    out: list[str] = []
    for line in lines[:-1]:
        read = json.loads(line)
        if read.get("table") == table and not done:
            read["row"] |= values
            done = True
        out.append(json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n")
    return redigested(out)


DAMAGED: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "nothing": (lambda lines: [], "RC730"),
    "not JSON": (lambda lines: ["hello\n", "world\n"], "RC730"),
    "cut": (lambda lines: lines[:-3], "RC730"),
    "cut in a line": (lambda lines: [*lines[:-1], lines[-1][:-5]], "RC730"),
    "a line gone": (lambda lines: lines[:5] + lines[6:], "RC730"),
    "two lines changed places": (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], "RC730"),
    "a line twice": (lambda lines: [*lines[:4], lines[3], *lines[4:]], "RC730"),
    "more after the end": (lambda lines: [*lines, lines[3]], "RC730"),
    "no header": (lambda lines: redigested(lines[1:-1]), "RC730"),
    "another program": (lambda lines: redigested(['{"program":"other","version":1}\n', *lines[1:-1]]), "RC730"),
    "an unknown table": (lambda lines: redigested([*lines[:-1], '{"row":{},"table":"x"}\n']), "RC730"),
    "an unknown column": (lambda lines: edited(lines, "plans", more="x"), "RC730"),
    "a value of another type": (lambda lines: edited(lines, "sends", part="0"), "RC730"),
    "a null": (lambda lines: edited(lines, "sends", name=None), "RC730"),
    "a truth": (lambda lines: edited(lines, "sends", part=True), "RC730"),
    "no rows": (lambda lines: redigested(lines[:1]), "RC730"),
    "newer": (
        lambda lines: redigested([f'{{"format":1,"program":"reconciler","version":{VERSION + 1}}}\n', *lines[1:-1]]),
        "RC703",
    ),
    "a rewritten past": (lambda lines: edited(lines, "entries", subject="Audience/other"), "RC732"),
    "a cut past": (lambda lines: redigested([each for each in lines[:-1] if '"plan-consumed"' not in each]), "RC732"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_is_not_whole_is_refused_and_leaves_nothing_behind(ledger: SqlLedger, tmp_path: Path, damage: str) -> None:
    lines = filled(at("sqlite:///ledger.db", tmp_path / "first"))
    change_lines, code = DAMAGED[damage]
    before = exported(ledger)
    with pytest.raises(LedgerError) as refused:
        ledger.take_in(change_lines(lines))
    assert refused.value.code == code
    assert exported(ledger) == before
    ledger.take_in(lines)
    assert exported(ledger) == lines


def test_an_export_of_an_older_version_is_brought_up_to_date(ledger: SqlLedger, tmp_path: Path) -> None:
    old = at("sqlite:///ledger.db", tmp_path / "old")
    old.by_hand(
        *(each for each in DUMP.read_text().split(";\n") if each.strip() not in ("BEGIN TRANSACTION", "COMMIT"))
    )
    unchanged = old.open(create=False)
    lines = exported(unchanged)
    unchanged.close()
    assert '"version":1' in lines[0]
    ledger.take_in(lines)
    migrated = old.open()
    assert ledger.verify().entries == migrated.verify().entries == 13
    assert ledger.all_sends() == migrated.all_sends()
    assert ledger.since() == migrated.since() is not None
    assert ledger.broken_at() is None
    migrated.close()
