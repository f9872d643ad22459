"""The law between our compiler and the sandbox: a sentence chooses whom the definition chooses."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from reconciler.language import Expr, evaluate, instant
from reconciler.providers.appizer.sentence import compile_sentence
from reconciler.sandbox.appizer.criteria import condition_of
from tests.language.definitions import TYPES, as_json, populations, trees, well_typed_terms

KINDS = {"string": str, "number": (int, float), "boolean": bool, "date_time": str}


def well_typed(row: dict[str, object]) -> dict[str, object]:
    """The row without values of another type than declared, which Appizer, that knows no types, takes as they are."""
    return {name: held for name, held in row.items() if _fits(TYPES.get(name, "string"), held)}


def _fits(kind: str, held: object) -> bool:
    if kind == "date_time":
        return isinstance(held, str) and instant(held) is not None
    return isinstance(held, KINDS[kind]) and isinstance(held, bool) is (kind == "boolean")


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees(well_typed_terms), populations)
def test_a_sentence_chooses_whom_the_definition_chooses(expr: Expr, population: list[dict[str, object]]) -> None:
    sentence, problems = compile_sentence(expr, TYPES)
    assert sentence is not None, problems
    condition = condition_of(sentence)
    assert condition.is_timeless
    rows = [well_typed(row) for row in population]
    store = sqlite3.connect(":memory:")
    store.execute("CREATE TABLE appizer_users(seq INTEGER PRIMARY KEY, properties TEXT)")
    store.executemany("INSERT INTO appizer_users(properties) VALUES (?)", [(as_json(row),) for row in rows])
    found = store.execute(f"SELECT {condition.sql} FROM appizer_users ORDER BY seq", condition.parameters).fetchall()
    store.close()
    outcomes = [None if outcome is None else bool(outcome) for (outcome,) in found]
    assert outcomes == [evaluate(expr, row, TYPES) for row in rows]


def test_the_forms_that_the_page_shows_are_understood() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text()
    shown = re.findall(r"^\| `(Users [^`]+)` \|", page, re.MULTILINE)
    assert len(shown) == 10
    assert [condition_of(criteria) for criteria in shown]
