"""The definitions of the user's documents, of the backends' manuals, and of our own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.language import (
    PROBLEMS,
    DefinitionError,
    Problem,
    Property,
    check,
    describe_change,
    normal_text,
    parse,
    show,
)

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
PROPERTIES = {
    "plan": Property("string", ("free", "basic", "premium")),
    "age": Property("number", minimum=0, maximum=150),
    "vip": Property("boolean"),
    "dog-lover": Property("boolean"),
    "signup": Property("date_time"),
    "city": Property("string"),
    "dog-breed": Property("string"),
    "version": Property("number"),
}


@pytest.mark.parametrize(
    ("definition", "types"),
    [
        ("CarrierCountry ne 'KP'", {}),
        ("TestProperty eq '42'", {"TestProperty": "string"}),
        ("CarrierCountry eq 'US'", {}),
        (
            "myBooleanProperty eq true and myStringPropety eq 'myStringValue'",
            {"myBooleanProperty": "boolean", "myStringPropety": "string"},
        ),
        ("dog-lover eq true and dog-breed eq 'Golden Retriever'", {"dog-lover": "boolean", "dog-breed": "string"}),
        ("CarrierCountry eq 'US' and plan eq 'premium'", {"plan": "string"}),
        ("CarrierCountry = 'US' and CarrierName != 'AT&T'", {}),
        ("Language eq 'DE' and ScreenSize eq '1024X768'", {}),
    ],
)
def test_definitions_of_the_documents(definition: str, types: dict[str, str]) -> None:
    expr = parse(definition)
    assert check(expr, {name: Property(type) for name, type in types.items()}) == ()  # type: ignore[arg-type]
    assert parse(show(expr)) == expr


def _blocks(kind: str) -> Iterator[str]:
    for block in re.findall(rf"^```{kind}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S):
        yield from block.splitlines()


def _in_tables() -> Iterator[str]:
    """The second column of the table of wishes."""
    wishes = PAGE.read_text(encoding="utf-8").split("## I want to …")[1].split("## Grammar")[0]
    yield from re.findall(r"^\| [^|]+ \| `([^`]+)` \|$", wishes, re.M)


def _findings(text: str) -> list[Problem]:
    try:
        return list(check(parse(text), PROPERTIES))
    except DefinitionError as error:
        return [error.problem()]


@pytest.mark.parametrize("text", [*_blocks("audience"), *_in_tables()])
def test_definitions_on_the_page(text: str) -> None:
    assert _findings(text) == []


@pytest.mark.parametrize("line", list(_blocks("normal")))
def test_normal_forms_on_the_page(line: str) -> None:
    text, normal = line.split("→")
    assert normal_text(text) == normal.strip() == normal_text(normal)


@pytest.mark.parametrize("line", list(_blocks("change")))
def test_changes_on_the_page(line: str) -> None:
    texts, relation, words = line.rpartition(" : ")[0], *line.rpartition(" : ")[2].split(": ", 1)
    old, new = texts.split("⇒")
    assert describe_change(parse(old), parse(new)) == f"{relation}: {words}"


@pytest.mark.parametrize("line", list(_blocks("findings")))
def test_findings_on_the_page(line: str) -> None:
    text, code, column = re.fullmatch(r"(.*?)\s+→ (RC\d+) at (\d+)", line).groups()  # type: ignore[union-attr]
    assert [(problem.code, problem.offset + 1) for problem in _findings(text)] == [(code, int(column))]


def test_every_code_is_on_the_page() -> None:
    listed = re.findall(r"^\| (RC\d+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert listed == sorted(PROBLEMS)
    assert len(list(_in_tables())) >= 8


def test_the_package_needs_nothing_of_the_project() -> None:
    folder = Path(__file__).parents[2] / "reconciler" / "language"
    for path in folder.glob("*.py"):
        for module in re.findall(r"^(?:from|import) (reconciler[\w.]*)", path.read_text(encoding="utf-8"), re.M):
            assert module.startswith("reconciler.language"), path
