"""Reading files: every file once, in order, and nothing that cannot be read goes unsaid."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.manifests.read import read, read_file
from reconciler.model.finding import Finding

PROJECT = "spec:\n  manifests:\n    - one\n    - two\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reconciler.yaml").write_text(PROJECT)
    return tmp_path


def put(path: Path, content: str | bytes = "a: 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.where)) for finding in findings]


def test_folders_are_read_to_the_bottom_in_order_without_hidden_files(root: Path) -> None:
    for name in ("m/b.yaml", "m/a.yml", "m/c/d.yaml", "m/.hidden.yaml", "m/.git/x.yaml", "m/notes.txt", "m/e.json"):
        put(root / name)
    texts, findings = read(root, ["m"])
    assert [text.file for text in texts] == ["m/a.yml", "m/b.yaml", "m/c/d.yaml"]
    assert findings == ()


def test_a_file_named_twice_is_read_once(root: Path) -> None:
    put(root / "m/a.yaml")
    (root / "m/link.yaml").symlink_to("a.yaml")
    texts, findings = read(root, ["m/a.yaml", "m", "./m/../m/a.yaml"])
    assert [text.file for text in texts] == ["m/a.yaml"]
    assert findings == ()


def test_links_are_followed_also_out_of_the_root_and_loops_end(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    put(outside / "o.yaml")
    put(root / "m/a.yaml")
    (root / "m/loop").symlink_to("..", target_is_directory=True)
    (root / "m/out").symlink_to(outside, target_is_directory=True)
    texts, findings = read(root, ["m"])
    assert sorted(text.file for text in texts) == ["m/a.yaml", "m/out/o.yaml"]
    assert findings == ()


def test_an_entry_outside_of_the_root_is_read(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = put(tmp_path_factory.mktemp("outside") / "o.yaml")
    texts, findings = read(root, [os.path.relpath(outside, root)])
    assert [text.text for text in texts] == ["a: 1\n"]
    assert findings == ()


def test_the_project_file_is_no_manifest(root: Path) -> None:
    put(root / "a.yaml")
    assert [text.file for text in read(root, ["."])[0]] == ["a.yaml"]
    assert told(read(root, ["reconciler.yaml"])[1]) == [("RC004", "reconciler.yaml:3:7")]


def test_missing_and_empty_entries_are_told_at_their_place_in_the_project_file(root: Path) -> None:
    (root / "two").mkdir()
    texts, findings = read(root, ["one", "two"])
    assert texts == ()
    assert told(findings) == [("RC001", "reconciler.yaml:3:7"), ("RC004", "reconciler.yaml:4:7")]
    assert all(finding.hint for finding in findings)


def test_a_project_without_entries_is_told(root: Path) -> None:
    assert told(read(root, [])[1]) == [("RC005", "reconciler.yaml:1:1")]


def test_a_link_to_nothing_is_told(root: Path) -> None:
    put(root / "m/a.yaml")
    (root / "m/b.yaml").symlink_to("nowhere")
    texts, findings = read(root, ["m"])
    assert len(texts) == 1
    assert told(findings) == [("RC001", "m/b.yaml:1:1")]


def test_what_is_not_a_file_is_told_and_not_waited_for(root: Path) -> None:
    put(root / "m/a.yaml")
    os.mkfifo(root / "m/b.yaml")
    assert told(read(root, ["m"])[1]) == [("RC002", "m/b.yaml:1:1")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(root: Path) -> None:
    put(root / "m/a.yaml").chmod(0)
    put(root / "m/n/b.yaml").parent.chmod(0)
    assert told(read(root, ["m"])[1]) == [("RC002", "m/n:1:1"), ("RC002", "m/a.yaml:1:1")]


def test_permissions_are_told_also_where_root_runs_the_tests(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    put(root / "m/a.yaml")
    monkeypatch.setattr("reconciler.manifests.read.os.scandir", refuse)
    findings = read(root, ["m"])[1]
    assert told(findings) == [("RC002", "m:1:1")]
    assert "Permission denied" in findings[0].message
    monkeypatch.setattr("builtins.open", refuse)
    assert told(read_file(root / "m/a.yaml")[1]) == [("RC002", "m/a.yaml:1:1")]


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        (b"a: 1\nb: caf\xe9\n", "2:7", "0xe9"),
        (b"\xef\xbb\xbfa: \xff", "1:4", "0xff"),
        ("a: é".encode() + b"\n\xc3\xa9\xc3", "2:2", "0xc3"),
        ("a: 1".encode("utf-16"), "1:1", "UTF-16"),
        ("a: 1".encode("utf-16-be"), "1:1", "UTF-16"),
        ("a: 1".encode("utf-16-le"), "1:1", "UTF-16"),
    ],
)
def test_what_is_not_utf8_is_told_at_its_first_byte(root: Path, content: bytes, place: str, words: str) -> None:
    put(root / "m/a.yaml", content)
    put(root / "m/b.yaml")
    texts, findings = read(root, ["m"])
    assert [text.file for text in texts] == ["m/b.yaml"]
    assert told(findings) == [("RC003", f"m/a.yaml:{place}")]
    assert words in findings[0].message


def test_a_byte_order_mark_is_fine(root: Path) -> None:
    source, findings = read_file(put(root / "a.yaml", b"\xef\xbb\xbfa: 1\n"))
    assert source is not None
    assert source.text == "a: 1\n"
    assert findings == ()


def test_a_missing_file_and_an_impossible_path_are_told(root: Path) -> None:
    assert told(read_file(root / "no.yaml")[1]) == [("RC001", "no.yaml:1:1")]
    assert read_file("a\0b")[1][0].code == "RC002"
    assert read(root, ["a\0b"])[1]
    assert told(read_file(root)[1])[0][0] == "RC002"
