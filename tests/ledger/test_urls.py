"""URLs of a ledger that would remember nothing, or keep it elsewhere than they read; and tables of no version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from reconciler.cli.main import run
from reconciler.errors import LedgerError
from reconciler.ledger.connect import sqlite_path
from reconciler.ledger.sql import SqlLedger
from tests.ledger.place import Place, written

NOWHERE = ["sqlite:///", "sqlite://", "sqlite:///:memory:", "sqlite+pysqlite:///:memory:"]
ELSEWHERE = [
    ("sqlite://foo/bar.db", "`sqlite:///foo/bar.db`"),
    ("sqlite://bar.db", "`sqlite:///bar.db`"),
    ("sqlite://./bar.db", "`sqlite:///./bar.db`"),
    ("sqlite://me:geheim@foo/bar.db", "`sqlite:///PATH`"),
    ("sqlite:///~/bar.db", "the whole path"),
    ("sqlite:///bar.db?mode=ro", "leave out"),
]
REFUSED = [*((url, "sqlite:///PATH") for url in NOWHERE), *ELSEWHERE]


def project(folder: Path, ledger: object) -> None:
    app = {"provider": "appcenter", "owner": "contoso", "app": "shop", "token": {"env": "T"}}
    spec = {"manifests": ["manifests"], "ledger": ledger, "apps": {"my-shop": app}}
    document = {"apiVersion": "reconciler/v1", "kind": "Project", "metadata": {"name": "p"}, "spec": spec}
    (folder / "reconciler.yaml").write_text(yaml.safe_dump(document))


@pytest.mark.parametrize(("url", "hint"), REFUSED)
@pytest.mark.parametrize("is_secret", [False, True])
def test_a_project_may_not_name_what_is_no_file_or_another_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    url: str,
    hint: str,
    is_secret: bool,
) -> None:
    monkeypatch.setenv("LEDGER_URL", url)
    monkeypatch.chdir(tmp_path)
    project(tmp_path, {"env": "LEDGER_URL"} if is_secret else url)
    for command in (("freeze", "--reason", "x"), ("lock", "status"), ("sends", "list")):
        assert run(["--project", str(tmp_path), *command]) == 1
        said = capfd.readouterr()
        assert "error[RC701]" in said.err
        assert hint in said.err
        assert "geheim" not in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["reconciler.yaml"]


@pytest.mark.parametrize("url", [*NOWHERE[:1], *NOWHERE[2:], *(url for url, _ in ELSEWHERE)])
def test_nor_may_a_program_but_for_the_one_way_to_say_in_memory(tmp_path: Path, url: str) -> None:
    with pytest.raises(LedgerError) as refused:
        SqlLedger(url, str(tmp_path))
    assert refused.value.code == "RC701"
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_wants_no_memory_may_say_so(tmp_path: Path) -> None:
    ledger = SqlLedger("sqlite://", str(tmp_path))
    assert ledger.all_sends() == []
    ledger.close()


def test_what_names_a_file_is_that_file() -> None:
    assert sqlite_path("sqlite:///a/b.db") == Path("a/b.db")
    assert sqlite_path("sqlite:////var/lib/~b.db") == Path("/var/lib/~b.db")
    assert sqlite_path("sqlite:///./~b.db") == Path("~b.db")
    assert sqlite_path("postgresql://me@here/db?connect_timeout=9") is None


@pytest.mark.parametrize("version", ["abc", "", "0", "-1", "1.0", "٢"])
@pytest.mark.parametrize("create", [True, False])
def test_tables_of_no_version_are_refused_and_left_as_they_are(tmp_path: Path, version: str, create: bool) -> None:
    place = Place("sqlite:///ledger.db", str(tmp_path))
    written(place)
    place.by_hand(f"UPDATE meta SET value = '{version}' WHERE name = 'version'")
    before = dump(tmp_path)
    with pytest.raises(LedgerError) as refused:
        place.open(create=create)
    assert refused.value.code == "RC702"
    assert f"`{version}` is no version" in refused.value.message
    assert "backup" in refused.value.hint
    assert dump(tmp_path) == before


def test_tables_without_a_version_are_refused(tmp_path: Path) -> None:
    place = Place("sqlite:///ledger.db", str(tmp_path))
    written(place)
    place.by_hand("DELETE FROM meta WHERE name = 'version'")
    with pytest.raises(LedgerError) as refused:
        place.open()
    assert refused.value.code == "RC702"


def dump(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "ledger.db")) as database:
        return list(database.iterdump())
