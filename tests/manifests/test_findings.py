"""Every code of parsing is raised, at its place, with a hint."""

from __future__ import annotations

import pytest

from reconciler.manifests.locate import locate
from reconciler.manifests.parse import parse
from reconciler.manifests.read import SourceText
from reconciler.model.finding import Finding

NESTED = "a: " + "[" * 100 + "]" * 100
BOMB = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
DEEP = "a0: &a0 " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*a0" + "]" * 60


def found(text: str) -> list[Finding]:
    _, findings = parse(SourceText("a.yaml", text))
    return list(locate(findings, {"a.yaml": text}))


@pytest.mark.parametrize(
    ("code", "text", "place"),
    [
        ("RC010", "a: b: c", "1:5"),
        ("RC010", "a: [1, 2\n", "1:4"),
        ("RC010", "a: [1, 2\nb: c\n", "2:2"),
        ("RC010", "a: 'x\n\n", "1:4"),
        ("RC010", "a: @x", "1:4"),
        ("RC010", "a: |\n  x\n b\n", "3:2"),
        ("RC010", "- a\nb: 1", "2:1"),
        ("RC010", "a: 1\n- b", "2:1"),
        ("RC010", 'a: "\\q"', "1:5"),
        ("RC010", "%YAML 3.0\n--- a", "1:1"),
        ("RC011", "a:\n\tb: 1\n", "2:1"),
        ("RC012", "a: 1\nb: x\x01y", "2:5"),
        ("RC012", "a: \ud800", "1:4"),
        ("RC013", "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3", "5:3"),
        ("RC013", "{a: 1, 'a': 2}", "1:8"),
        ("RC013", "x: &x {a: 1}\ny:\n  <<: *x\n  <<: *x", "4:3"),
        ("RC014", "a: [*b]", "1:5"),
        ("RC014", "a: &a 1\n---\nb: *a", "3:4"),
        ("RC015", "a: &a\n  b: [*a]", "2:7"),
        ("RC017", NESTED, "1:103"),
        ("RC017", DEEP, "2:64"),
        ("RC018", "a: 1\n2: b", "2:1"),
        ("RC018", "true: b", "1:1"),
        ("RC018", "? [a]\n: b", "1:3"),
        ("RC019", "a: !foo b", "1:4"),
        ("RC019", "a: !!python/object:os.system b", "1:4"),
        ("RC019", "a: !!python/object:os.system {}", "1:4"),
        ("RC019", "a: !!set {a, b}", "1:4"),
        ("RC020", "a: no", "1:4"),
        ("RC020", "on: 1", "1:1"),
        ("RC020", "a: [YeS]", "1:5"),
        ("RC021", "a: 10:00", "1:4"),
        ("RC021", "a: 1:30:00", "1:4"),
        ("RC021", "a: -1:30.5", "1:4"),
        ("RC022", "a: 0123", "1:4"),
        ("RC023", "a: 1_000", "1:4"),
        ("RC023", "a: 0x_ff", "1:4"),
        ("RC023", "a: 1_0.5", "1:4"),
        ("RC024", "a: .inf", "1:4"),
        ("RC024", "a: .NaN", "1:4"),
        ("RC024", "a: 1e999", "1:4"),
        ("RC024", "a: " + "9" * 5000, "1:4"),
        ("RC025", "- a", "1:1"),
        ("RC025", "---\n~", "2:1"),
        ("RC025", "a: 1\n---\njust text", "3:1"),
        ("RC026", "a: {<<: 5}", "1:9"),
        ("RC026", "a: {<<: [{}, x]}", "1:9"),
        ("RC027", "a: !!int x", "1:4"),
    ],
)
def test_each_code_has_its_place_and_its_hint(code: str, text: str, place: str) -> None:
    findings = found(text)
    assert [(finding.code, str(finding.where)) for finding in findings] == [(code, f"a.yaml:{place}")]
    assert findings[0].hint
    assert not findings[0].message.endswith(".")


def test_an_alias_bomb_is_refused_once_and_quickly() -> None:
    assert [finding.code for finding in found(BOMB)] == ["RC016"]


def test_all_findings_of_a_file_are_told_in_order() -> None:
    text = "a: yes\nb: 10:00\na: 1\nc: *x\n---\nd: 0123\n---\n- e\n---\nf: [\n"
    codes = [finding.code for finding in found(text)]
    assert codes == ["RC020", "RC021", "RC013", "RC014", "RC022", "RC025", "RC010"]


def test_a_repeated_key_names_the_line_of_the_first() -> None:
    assert "line 2" in found("x: 1\na: 1\nb: 1\na: 2")[0].message


def test_a_trap_shows_how_to_quote_it() -> None:
    assert found("a: NO")[0].hint == 'quote it if text is meant: `"NO"`; write `false` if that is meant'


def test_messages_are_short_and_show_what_cannot_be_seen() -> None:
    finding = found("a: *" + "x" * 500)[0]
    assert len(finding.message) < 200
    finding = found('? {"\\e[31m\\u202e": 1}\n: 1')[0]
    assert "\x1b" not in finding.message
    assert "\u202e" not in finding.message
    assert "\\u202e" in finding.message


def test_lines_are_those_of_editors_not_of_yaml() -> None:
    assert str(found("a: '\u2028'\nb: no")[0].where) == "a.yaml:2:4"
    assert str(found("é: 1\r\nb: '😀'\r\nc: no")[0].where) == "a.yaml:3:4"
    assert str(found("a: 1\rb: no")[0].where) == "a.yaml:2:4"
    assert str(found("{'é😀': 1, b: no}")[0].where) == "a.yaml:1:14"
