"""`lock`, `ledger` and what a run says of leases, as a person sees them."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from reconciler.cli.main import run
from reconciler.engine.holder import holder
from reconciler.ledger.sql import SqlLedger
from tests.ledger.place import WHERE, Place, write_some
from tests.support.postgres import Server


@dataclass
class Said:
    code: int
    out: str
    err: str


Command = Callable[..., Said]


def project(folder: Path, ledger: str = "sqlite:///ledger.db") -> Place:
    """A project with one app, whose coordinates are `WHERE`."""
    folder.mkdir(exist_ok=True)
    app = {"provider": "appcenter", "owner": "contoso", "app": "shop", "token": {"env": "T"}}
    spec = {"manifests": ["manifests"], "ledger": ledger, "apps": {"my-shop": app}}
    document = {"apiVersion": "reconciler/v1", "kind": "Project", "metadata": {"name": "p"}, "spec": spec}
    (folder / "reconciler.yaml").write_text(yaml.safe_dump(document))
    return Place(ledger, str(folder))


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Command:
    def command(*arguments: str) -> Said:
        code = run(arguments)
        sys.stdout.flush()
        captured = capfd.readouterr()
        return Said(code, captured.out, captured.err)

    return command


def held(place: Place, *coordinates: str) -> SqlLedger:
    ledger = place.open()
    ledger.acquire(coordinates or [WHERE], holder(), lambda _: False)
    return ledger


# lock


def test_the_status_says_who_holds_what(tmp_path: Path, said: Command) -> None:
    place = project(tmp_path)
    ledger = held(place, WHERE, "appcenter/other/app")
    (mine, other) = ledger.leases()
    shown = said("--project", str(tmp_path), "lock", "status")
    heads, first, second = shown.out.splitlines()
    assert heads.split() == ["APP", "COORDINATES", "ID", "HOLDER", "SINCE", "EXPIRES", "IN"]
    assert first.split()[:3] == ["my-shop", WHERE, mine.lease_id]
    assert second.split()[:3] == ["-", other.coordinates, other.lease_id]
    assert f"process {os.getpid()} on " in first
    assert first.endswith(" s")
    assert shown.code == 0
    ledger.close()


@pytest.mark.parametrize("flag", [["--json"], ["--format", "json"]])
def test_the_status_as_json(tmp_path: Path, said: Command, flag: list[str]) -> None:
    ledger = held(project(tmp_path))
    document = json.loads(said("--project", str(tmp_path), "lock", "status", *flag).out)
    (lease,) = document["leases"]
    assert (lease["app"], lease["coordinates"], lease["fence"], lease["expired"]) == ("my-shop", WHERE, 1, False)
    assert 0 < lease["seconds_left"] <= 15
    assert (document["exit_code"], document["exit_reason"]) == (0, "done")
    ledger.close()


def test_nobody_holds_anything(tmp_path: Path, said: Command) -> None:
    project(tmp_path)
    assert said("--project", str(tmp_path), "lock", "status").out == "Nobody holds a lease.\n"
    assert json.loads(said("--project", str(tmp_path), "lock", "status", "--json").out)["leases"] == []
    assert not (tmp_path / "ledger.db").exists()


def test_a_release_says_what_it_did_and_the_holder_writes_nothing_more(tmp_path: Path, said: Command) -> None:
    place = project(tmp_path)
    ledger = held(place)
    lease = ledger.leases()[0]
    released = said("--project", str(tmp_path), "lock", "release", lease.lease_id[:8])
    assert released.code == 0
    assert "my-shop: released; it was held by process" in released.out
    assert ledger.leases() == []
    with pytest.raises(Exception, match="lost"):
        ledger.renew()
    ledger.close()


@pytest.mark.parametrize("name", ["nothing", "", "%"])
def test_an_unknown_lease_is_an_error_with_a_hint(tmp_path: Path, said: Command, name: str) -> None:
    ledger = held(project(tmp_path))
    refused = said("--project", str(tmp_path), "lock", "release", name)
    assert refused.code == 1
    assert "RC715" in refused.err
    assert "lock status" in refused.err
    assert len(ledger.leases()) == 1
    ledger.close()


# ledger


def test_a_sound_chain_is_said_to_be_so(tmp_path: Path, said: Command) -> None:
    place = project(tmp_path)
    ledger = place.open()
    write_some(ledger)
    head = ledger.verify().head
    ledger.close()
    verified = said("--project", str(tmp_path), "ledger", "verify")
    assert (verified.code, verified.out.splitlines()[1]) == (0, f"head: {head}")
    document = json.loads(said("--project", str(tmp_path), "ledger", "verify", "--format", "json").out)
    assert (document["head"], document["broken_at"], document["exit_code"]) == (head, None, 0)


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_first_broken_entry_is_named(tmp_path: Path, said: Command, form: str) -> None:
    place = project(tmp_path)
    ledger = place.open()
    write_some(ledger)
    ledger.close()
    place.by_hand("UPDATE entries SET body = '{}' WHERE seq IN (2, 4)")
    verified = said("--project", str(tmp_path), "ledger", "verify", "--format", form)
    assert verified.code == 1
    assert "RC732" in verified.err
    assert "entry 2 " in verified.err
    assert "intend of Audience/b" in verified.err
    if form == "json":
        document = json.loads(verified.out)
        assert (document["broken_at"], document["exit_code"]) == (2, 1)


@pytest.mark.parametrize("command", [["verify"], ["export", "-"]])
def test_where_there_is_no_ledger_none_is_made(tmp_path: Path, said: Command, command: list[str]) -> None:
    project(tmp_path)
    refused = said("--project", str(tmp_path), "ledger", *command)
    assert refused.code == 1
    assert "init" in refused.err
    assert not (tmp_path / "ledger.db").exists()


def test_a_ledger_moves_from_sqlite_to_postgresql_and_back(tmp_path: Path, said: Command, postgres: Server) -> None:
    first = project(tmp_path / "first")
    ledger = first.open()
    write_some(ledger)
    ledger.close()
    places = [tmp_path / "first"]
    for url in (postgres.database(), "sqlite:///ledger.db"):
        exported = said("--project", str(places[-1]), "ledger", "export", str(tmp_path / f"{len(places)}.jsonl"))
        assert exported.code == 0, exported.err
        places.append(tmp_path / str(len(places)))
        project(places[-1], url)
        imported = said("--project", str(places[-1]), "ledger", "import", str(tmp_path / f"{len(places) - 1}.jsonl"))
        assert imported.code == 0, imported.err
    assert said("--project", str(places[-1]), "ledger", "verify").code == 0
    last = said("--project", str(places[-1]), "ledger", "export", "-")
    assert last.out.encode() == (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()


def test_an_export_is_for_its_owner_only_and_appears_whole(tmp_path: Path, said: Command) -> None:
    ledger = project(tmp_path).open()
    write_some(ledger)
    ledger.close()
    target = tmp_path / "out.jsonl"
    target.write_text("before")
    assert said("--project", str(tmp_path), "ledger", "export", str(target)).code == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*.partial"))
    assert said("--project", str(tmp_path), "ledger", "export", str(tmp_path / "no" / "folder")).code == 1


def test_an_import_may_come_from_a_pipe(tmp_path: Path, said: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = project(tmp_path / "a").open()
    write_some(ledger)
    ledger.close()
    exported = said("--project", str(tmp_path / "a"), "ledger", "export", "-").out
    project(tmp_path / "b")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(exported.encode())))
    assert said("--project", str(tmp_path / "b"), "ledger", "import", "-").code == 0
    assert said("--project", str(tmp_path / "b"), "ledger", "export", "-").out == exported


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\xff\xfe\n", b"\0"])
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, said: Command, content: bytes) -> None:
    project(tmp_path)
    (tmp_path / "file").write_bytes(content)
    refused = said("--project", str(tmp_path), "ledger", "import", str(tmp_path / "file"))
    assert refused.code == 1
    assert "RC730" in refused.err
    assert "RC730" in said("--project", str(tmp_path), "ledger", "import", str(tmp_path / "nowhere")).err
