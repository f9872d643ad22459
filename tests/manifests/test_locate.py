"""Laws of locating: the place of a path is where its value is written, to the character."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifests.locate import locate, place
from reconciler.manifests.parse import parse
from reconciler.manifests.read import SourceText
from reconciler.model.document import Document, Path, Place, Source
from reconciler.model.finding import Finding

from .samples import dump, layouts, values


def only(text: str) -> Document:
    documents, findings = parse(SourceText("a.yaml", text))
    assert not findings
    return documents[0]


def index(text: str, where: Place) -> int:
    """The character index of a place, where only `\\n` ends lines."""
    return sum(len(line) + 1 for line in text.split("\n")[: where.line - 1]) + where.column - 1


def paths(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from paths(inner, (*path, step))


@given(values, st.integers(0, 3) | st.none())
def test_what_is_written_at_a_place_reads_as_the_value(value: dict[str, Any], indent: int | None) -> None:
    text = re.sub(
        r"(?i)\\ud[89ab]..\\ud[c-f]..", lambda pair: str(json.loads(f'"{pair[0]}"')), json.dumps(value, indent=indent)
    )
    document = only(text)
    for path, inner in paths(document.value):
        at = index(text, place(Source(document, path), text))
        assert json.JSONDecoder().raw_decode(text, at)[0] == inner
        if path and isinstance(path[-1], str):
            at = index(text, place(Source(document, path, on_key=True), text))
            assert json.JSONDecoder().raw_decode(text, at)[0] == path[-1]


def marks(node: yaml.Node, path: Path = ()) -> Iterator[tuple[Path, int]]:
    """PyYAML's own idea of where things are; keys are those of samples, hence text."""
    yield path, node.start_mark.index
    if isinstance(node, yaml.MappingNode):
        for key, inner in node.value:
            yield from marks(inner, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for step, inner in enumerate(node.value):
            yield from marks(inner, (*path, step))


@given(values, layouts)
def test_places_are_those_of_pyyaml_in_every_layout(value: dict[str, Any], layout: dict[str, Any]) -> None:
    text = dump(value, **layout)
    document = only(text)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert root is not None
    for path, at in marks(root):
        assert index(text, place(Source(document, path), text)) == at


WORDS = st.text("ab'\"\\ é😀", min_size=1, max_size=8).map(lambda word: f"x{word}x")
LINES = st.lists(WORDS | st.just(""), min_size=1, max_size=5)


@given(
    LINES,
    st.integers(0, 40),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.sampled_from([20, 1000]),
    st.booleans(),
    st.sampled_from(["", "\n", "\n\n"]),
)
def test_offsets_are_exact_in_every_style(
    lines: list[str], at: int, style: str | None, width: int, dos: bool, tail: str
) -> None:
    plain = " ".join(lines) if style is None else "\n".join(lines) + tail
    at = min(at, len(plain))
    value = plain[:at] + "Ω" + plain[at:]
    text = yaml.dump(
        {"k": {"v": [value]}}, default_style=style, width=width, allow_unicode=True, default_flow_style=False
    )
    text = text.replace("\n", "\r\n") if dos else text
    document = only(text)
    assert document.value["k"]["v"][0] == value
    where = place(Source(document, ("k", "v", 0), offset=value.index("Ω")), text)
    assert text.split("\n")[where.line - 1][where.column - 1] == "Ω"


@pytest.mark.parametrize(
    "text",
    [
        "v: a bΩc",
        "v: a b\n  c Ωd",
        "v: a\n\n  bΩ",
        "v: 'it''s Ω'",
        "v: 'a\n\n   it''s Ω\n  '",
        'v: "\\u0041\\n\\x41\\U0001F600 \\" Ω"',
        'v: "a \\\n    b\\\n\n   Ω"',
        'v: "a  \n\n  b\tΩ"',
        "v: |\n  a\n   b\n\n  cΩ\n",
        "v: |-\n  aΩ",
        "v: |+\n\n  aΩ\n\n\n",
        "v: |2\n    a\n  bΩ\n",
        "v: >1\n  a\n b\n Ω\n",
        "v: > # comment\n  a\n  bΩ\n  c\n",
        "v: >-\n  a\n\n   b\n  c\n  Ω\n",
        "v: >\n\n\n  a\n\n\n  b\n    c\n    d\n\n  Ω\n",
        "v: &a !!str |\n  Ω",
        "v: !!str 'a Ω'",
        "v: &a a Ω",
        "v: |\r\n  a\r\n  b Ω\r\n",
        "v: a\u2028  b Ω",
        'v: "a\u2028  b\x85 c Ω"',
        "w: &x {v: 'aΩ'}\n<<: *x",
        "w: &x 'aΩ'\nv: *x",
    ],
)
def test_offsets_in_texts_as_people_write_them(text: str) -> None:
    document = only(text)
    value = document.value["v"]
    where = place(Source(document, ("v",), offset=value.index("Ω")), text)
    at = text.index("Ω")
    before = text[:at].replace("\r\n", "\n")
    assert where == Place("a.yaml", before.count("\n") + 1, at - (text[:at].rfind("\n") + 1) + 1)


@pytest.mark.parametrize(
    ("text", "column"),
    [("v: abc", 7), ("v: 'abc'", 8), ('v: "ab\\x41"', 11), ("v: ''", 5), ("v: |\n  abc", 6), ("v:", 3)],
)
def test_an_offset_past_the_end_is_the_end(text: str, column: int) -> None:
    assert place(Source(only(text), ("v",), offset=99), text).column == column


def test_an_offset_in_what_is_not_text_is_its_start() -> None:
    text = "v:\n    - 1\n"
    assert place(Source(only(text), ("v",), offset=3), text) == Place("a.yaml", 2, 5)


def test_what_is_missing_is_told_at_what_lacks_it() -> None:
    text = "a: 1\nb:\n  c:\n    - d: 2\n"
    document = only(text)
    assert place(Source(document, ("b", "x")), text) == Place("a.yaml", 2, 1)
    assert place(Source(document, ("b", "c", 0, "x", "y")), text) == Place("a.yaml", 4, 7)
    assert place(Source(document, ("b", "c", 5)), text) == Place("a.yaml", 3, 3)
    assert place(Source(document, ("x",)), text) == Place("a.yaml", 1, 1)


def test_findings_are_placed_sorted_and_told_once() -> None:
    text = "a: 1\n---\nb: 2\nc: no\n"
    documents, findings = parse(SourceText("b.yaml", text))
    late = Finding("RC200", "late", where=Source(documents[1], ("b",)))
    early = Finding("RC200", "early", where=Source(documents[0], ("a",)))
    elsewhere = Finding("RC200", "elsewhere", where=Place("a.yaml", 9, 9))
    addressed = Finding("RC200", "addressed", where="app/Kind/name")
    located = locate([late, early, addressed, late, *findings, elsewhere], {"b.yaml": text})
    assert [str(finding.where) for finding in located] == [
        "a.yaml:9:9",
        "app/Kind/name",
        "b.yaml:1:4",
        "b.yaml:3:4",
        "b.yaml:4:4",
    ]


def test_a_value_that_could_not_be_read_is_not_also_of_the_wrong_shape() -> None:
    text = "a: no"
    documents, findings = parse(SourceText("a.yaml", text))
    shape = Finding("RC105", "not a boolean", where=Source(documents[0], ("a",)))
    reference = Finding("RC205", "no such thing", where=Source(documents[0], ("a",)))
    located = locate([shape, reference, *findings], {"a.yaml": text})
    assert [finding.code for finding in located] == ["RC020", "RC205"]


def test_a_file_that_is_no_longer_there_is_told_by_its_line() -> None:
    document = Document("gone.yaml", 0, 7, {})
    assert place(Source(document, ("a",)), "") == Place("gone.yaml", 7)
