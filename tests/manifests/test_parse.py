"""Laws of parsing: what is dumped is read, and nothing that is written makes it raise."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.manifests import events
from reconciler.manifests.locate import locate
from reconciler.manifests.parse import parse
from reconciler.manifests.read import SourceText
from reconciler.model.document import Place, Source
from reconciler.model.finding import Finding

from .samples import dump, layouts, values


def read(text: str) -> tuple[list[Any], list[str]]:
    documents, findings = parse(SourceText("a.yaml", text))
    return [document.value for document in documents], [finding.code for finding in findings]


def same(one: Any, other: Any) -> bool:
    """Equality that knows `1`, `1.0` and `true` apart."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(each, other[key]) for key, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


@given(values, layouts)
def test_what_is_dumped_is_read_as_pyyaml_reads_it(value: dict[str, Any], layout: dict[str, Any]) -> None:
    text = dump(value, **layout)
    documents, codes = read(text)
    assert codes == []
    theirs = list(yaml.load_all(text, yaml.CSafeLoader))
    assert same(documents, theirs)
    # PyYAML now and then breaks a long line so that it does not read back what it wrote.
    assert same(documents, [value]) or not same(theirs, [value])


@given(st.lists(values, min_size=1, max_size=4), layouts)
def test_every_document_of_a_file_is_read_with_its_index_and_line(many: list[Any], layout: dict[str, Any]) -> None:
    parts = [dump(value, **{**layout, "explicit_start": False}) for value in many]
    documents, _ = parse(SourceText("a.yaml", "".join(f"---\n{part}" for part in parts)))
    assert [document.index for document in documents] == [*range(len(many))]
    starts = [2]
    for part in parts[:-1]:
        starts.append(starts[-1] + part.count("\n") + 1)
    assert [document.line for document in documents] == starts
    assert same([document.value for document in documents], [read(part)[0][0] for part in parts])


def test_the_line_of_a_document_is_that_of_editors() -> None:
    documents, _ = parse(SourceText("a.yaml", "a: '\u2028'\n---\nb: 1\n"))
    assert [document.line for document in documents] == [1, 3]


@given(values, layouts)
def test_the_parser_in_python_reads_the_same(value: dict[str, Any], layout: dict[str, Any]) -> None:
    text = dump(value, **layout)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "Parser", events.PythonParser)
        slowly = read(text)
    assert same(slowly[0], list(yaml.load_all(text, yaml.SafeLoader)))
    assert slowly[1] == []


yamlish = st.text(
    st.sampled_from("ab01:-?#&*!|>'\"%@`[]{},\n\n   \t~<=.\\_\x01\ud800\u2028\r") | st.characters(), max_size=60
)


@given(yamlish, st.lists(st.sampled_from(["a", "b", 0, 1]), max_size=3), st.integers(0, 9) | st.none())
@example("&a {<<: *a}", ["x"], None)
@example("&a [*a]", [0, 0], None)
@example("? [a]\n: b\n? {c: d}\n: e", ["a"], None)
@example("[" * 5000, [], None)
@example("- " * 5000, [], None)
@example("a: " + "9" * 5000, ["a"], 0)
@example("? " * 300, [], None)
def test_nothing_raises(text: str, path: list[str | int], offset: int | None) -> None:
    documents, findings = parse(SourceText("a.yaml", text))
    lost = [Finding("RC999", "", where=Source(document, tuple(path), offset)) for document in documents]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for finding in locate([*findings, *lost], {"a.yaml": text}):
        assert isinstance(finding.where, Place)
        assert 1 <= finding.where.line <= len(lines)
        assert 1 <= finding.where.column <= len(lines[finding.where.line - 1]) + 1


@given(
    st.lists(values, min_size=2, max_size=3),
    st.sampled_from(["a: yes", "a: 1\na: 2", "a: *b", "1: 2", "- a", "a: !x b"]),
)
def test_a_bad_document_hides_no_other(many: list[Any], bad: str) -> None:
    parts = [dump(value) for value in many]
    documents, codes = read("---\n".join([parts[0], bad + "\n", *parts[1:]]))
    assert len(codes) == 1
    assert same(documents[0], read(parts[0])[0][0])
    assert same(documents[-(len(many) - 1) :], [read(part)[0][0] for part in parts[1:]])


def test_a_syntax_error_ends_its_file_only() -> None:
    documents, codes = read("a: 1\n---\nb: yes\n---\nc: [\n---\nd: 1\n")
    assert [*documents] == [{"a": 1}, {"b": "yes"}]
    assert codes == ["RC020", "RC010"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000.0),
        ("0o17", 15),
        ("0x1F", 31),
        ("+12", 12),
        (".5", 0.5),
        ("1.", 1.0),
        ("-0", 0),
        ("Null", None),
        ("~", None),
        ("", None),
        ("TRUE", True),
        ("False", False),
        ("0b1", "0b1"),
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02 03:04:05", "2026-01-02 03:04:05"),
        ("10:75", "10:75"),
        ("y", "y"),
        ("1.2.3", "1.2.3"),
        ("-", [None]),
        ("!!str 10", "10"),
        ("!!str yes", "yes"),
        ('!!int "12"', 12),
        ("!!float 1", 1.0),
        ("!!bool 'true'", True),
        ("!!null ''", None),
        ("!!map {}", {}),
        ("!!seq []", []),
    ],
)
def test_the_core_schema_of_yaml_1_2(text: str, value: Any) -> None:
    documents, codes = read(f"a:\n  {text}\n")
    assert codes == []
    assert same(documents, [{"a": value}])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}", {"a": 1, "b": 3}),
        ("x: &x {a: 1, b: 2}\ny: {b: 3, <<: *x}", {"a": 1, "b": 3}),
        ("x: [&x {a: 1}, &z {a: 2, b: 4}]\ny: {<<: [*x, *z]}", {"a": 1, "b": 4}),
        ("y: {<<: {a: 1}}", {"a": 1}),
        ("y: {'<<': 1}", {"<<": 1}),
        ("x: &x {a: 1}\nz: &z {<<: *x, b: 2}\ny: {<<: *z}", {"a": 1, "b": 2}),
        ("x: &x [1]\ny: *x", [1]),
        ("&k key: 1\ny: *k", "key"),
    ],
)
def test_merge_keys_and_aliases(text: str, value: Any) -> None:
    documents, codes = read(text)
    assert codes == []
    assert same(documents[0]["y"], value)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n---\n# c\n", "--- \n...\n", "\ufeff"])
def test_an_empty_file_holds_no_documents_and_no_findings(text: str) -> None:
    assert read(text) == ([], [])


def test_ten_thousand_ids_in_one_document_are_fast_and_whole() -> None:
    ids = [f"{number:032x}" for number in range(10_000)]
    documents, codes = read("ids:\n" + "".join(f"- '{each}'\n" for each in ids))
    assert codes == []
    assert documents == [{"ids": ids}]
