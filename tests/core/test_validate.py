"""Validation: each mistake is told once, with its code, its place and a hint; what is right passes."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.codes import CODES
from reconciler.core.codes_shape import SHAPE
from reconciler.core.quote import quote
from reconciler.core.validate import KINDS, schema, validate, validate_project
from reconciler.model.document import Document, Path, Source
from reconciler.model.finding import Finding

from .shapes import CASES as OLDER
from .shapes import sample
from .shapes_campaign import APPS, CAMPAIGNS, PUSHES
from .worlds import documents, manifest

ALL = (*KINDS, "Project")
CASES = [*OLDER, *CAMPAIGNS, *PUSHES, *APPS]


def check(value: Any) -> tuple[Finding, ...]:
    document = Document("a.yaml", 0, 1, value)
    return validate_project(document) if value.get("kind") == "Project" else validate([document])


def told(value: Any) -> list[tuple[str, str]]:
    """Code and path of each finding; `!` marks a key."""
    return sorted((finding.code, _path(finding.where)) for finding in check(value))


def _path(where: object) -> str:
    assert isinstance(where, Source)
    return ".".join(map(str, where.path)) + ("!" if where.on_key else "")


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_each_mistake_is_told_once_at_its_place(value: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert told(value) == expected
    for finding in check(value):
        assert finding.code in CODES
        assert not finding.message.endswith(".")
        assert len(finding.message) < 250


def test_every_code_of_shape_is_told_by_some_case() -> None:
    raised = {code for _, expected in CASES for code, _ in expected}
    assert set(SHAPE) - raised == {"RC119"}


def test_many_documents_are_told_together() -> None:
    documents = [
        Document("a.yaml", number, 1, value)
        for number, (value, _) in enumerate(CASES)
        if value.get("kind") != "Project"
    ]
    expected = sum(len(found) for value, found in CASES if value.get("kind") != "Project")
    assert len(validate(documents)) == expected


def test_a_project_among_the_manifests_is_told_so() -> None:
    finding = validate([Document("a.yaml", 0, 1, sample("Project"))])[0]
    assert (finding.code, finding.message) == ("RC102", "a `Project` is not a manifest")


def test_a_manifest_for_a_project_file_is_told_so() -> None:
    codes = [finding.code for finding in validate_project(Document("a.yaml", 0, 1, sample("Audience")))]
    assert "RC102" in codes


HINTS = [
    (sample("Audience", kind="Audiense"), "did you mean `Audience`?"),
    (sample("Audience", kind="x"), "the kinds are `CustomProperty`, `Audience`, `Campaign` and `Notification`"),
    (sample("Audience", spec={"definitio": "a"}), "did you mean `definition`?"),
    (sample("Audience", spec__definition=5), 'quote it: `"5"`'),
    (sample("Audience", spec__enabled=None), "omit the field, or give true or false"),
    (sample("Audience", spec__enabled="true"), "leave the quotes out: `true`"),
    (sample("Audience", metadata__apps="shop"), "make it a list: `[shop]`"),
    (sample("Notification", spec__revision="2"), "leave the quotes out: `2`"),
    (sample("CustomProperty", spec={"type": "strng"}), "did you mean `string`?"),
    (sample("Notification", spec__target={}), "give exactly one of them"),
]


@pytest.mark.parametrize(("value", "hint"), HINTS)
def test_hints_name_what_was_probably_meant(value: dict[str, Any], hint: str) -> None:
    assert [finding.hint for finding in check(value)] == [hint]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"2026-11-27T09:00"', []),
        ("2026-11-27T09:00", []),
        ("2026-11-27T09:00:00", []),
        ("2026-11-27 09:00:00", [("RC109", "spec.schedule.at")]),
        ("2026-11-27", [("RC109", "spec.schedule.at")]),
    ],
)
def test_a_time_without_quotes_is_the_same_text_or_is_told_to_want_them(
    written: str, expected: list[tuple[str, str]]
) -> None:
    spec = f"{{target: {{everyone: true}}, content: {{body: b}}, schedule: {{at: {written}, timezone: UTC}}}}"
    (document,) = documents(manifest("Notification", "n", spec))
    assert told(document.value) == expected
    assert all("in quotes" in finding.hint for finding in check(document.value))


SECRET = "ghp_S3CR3T"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("token", SECRET, "RC114"),
        ("token", 12345678, "RC114"),
        ("token", [SECRET], "RC105"),
        ("token", {"env": f"{SECRET}!"}, "RC109"),
        ("token", {"env": [SECRET]}, "RC105"),
        ("token", {"env": 12345678}, "RC105"),
        ("token", {"env": "TOKEN", "value": SECRET}, "RC103"),
        ("endpoint", f"https://user:{SECRET}@example.com", "RC109"),
    ],
)
def test_a_secret_is_refused_without_being_shown(field: str, value: Any, code: str) -> None:
    findings = check(sample("Project", **{f"spec__apps__shop-android__{field}": value}))
    assert [finding.code for finding in findings] == [code]
    for finding in findings:
        assert "S3CR3T" not in finding.message + finding.hint
        assert "12345678" not in finding.message + finding.hint


def test_of_many_repeated_ids_twenty_are_shown_and_the_rest_counted() -> None:
    ids = [f"{number:032x}" for number in range(10_000)]
    begin = time.perf_counter()
    findings = check(sample("Notification", spec__target={"devices": ids + ids[:50]}))
    assert time.perf_counter() - begin < 5
    assert len(findings) == 21
    assert findings[0].message == f"{quote(ids[0])} is in `target.devices` twice, as entries 1 and 10001"
    assert "30 more" in findings[-1].message
    assert check(sample("Notification", spec__target={"devices": ids})) == ()


def test_a_document_the_two_validators_disagree_on_is_still_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.core.validate._passes", lambda _kind, _value: False)
    assert told(sample("Audience")) == [("RC119", "")]


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _paths(inner, (*path, step))


odd = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        1.0,
        1.5,
        "",
        "x",
        "x\n",
        " x",
        [],
        {},
        ["x"],
        ["x", "x"],
        {"x": 1},
        "9" * 70,
        "a/b",
        10**30,
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """An example with a few values exchanged, removed or added."""
    value = copy.deepcopy(draw(st.sampled_from([case for case, _ in CASES if case.get("kind") in ALL])))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from([path for path in _paths(value) if path]))
        inner: Any = value
        for step in path[:-1]:
            inner = inner[step]
        if draw(st.booleans()):
            inner[path[-1]] = copy.deepcopy(draw(odd))
        elif isinstance(inner, dict) and draw(st.booleans()):
            inner[draw(st.text(max_size=5))] = copy.deepcopy(draw(odd))
        else:
            del inner[path[-1]]
    return dict(value)


@given(damaged())
@settings(max_examples=300, deadline=None)
def test_what_the_gate_refuses_is_told_and_what_it_accepts_is_not(value: dict[str, Any]) -> None:
    before = json.dumps(value)
    findings = check(value)
    assert json.dumps(value) == before
    kind = value.get("kind")
    accepted = (
        kind in ALL and isinstance(kind, str) and jsonschema_rs.Draft202012Validator(schema(kind)).is_valid(value)
    )
    beyond_the_schema = {"RC117", "RC118", "RC120"}
    assert accepted == all(finding.code in beyond_the_schema for finding in findings)
    assert "RC119" not in [finding.code for finding in findings]


def test_jsonschema_is_imported_only_where_something_is_refused() -> None:
    script = (
        "import sys; from reconciler.core.validate import validate, schema;"
        "from reconciler.model.document import Document;"
        "validate([Document('a', 0, 1, schema('Audience')['examples'][0])]); assert 'jsonschema' not in sys.modules;"
        "validate([Document('a', 0, 1, {})]); assert 'jsonschema' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
