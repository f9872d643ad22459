"""The law of sentences: whom our Appizer sandbox finds by one is who is in the audience."""

from __future__ import annotations

import random
import sqlite3

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.language import Expr, evaluate, instant, normalize
from reconciler.providers.appizer.sentence import compile_sentence
from reconciler.sandbox.appizer.criteria import condition_of
from tests.language.definitions import DATE_TEXTS, NUMBERS, TEXTS, TYPES, as_json, trees, well_typed_terms

law = settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))


def _user(chance: random.Random) -> dict[str, object]:
    """A user whose properties have the declared types, a quarter of them missing."""
    days = [text for text in DATE_TEXTS if instant(text) is not None]
    choices = {"string": TEXTS, "number": NUMBERS, "boolean": (True, False), "date_time": days}
    kinds = {"CarrierCountry": "string", "OsVersion": "string", **TYPES}
    return {name: chance.choice(choices[kind]) for name, kind in kinds.items() if chance.random() < 0.75}


users = st.integers(0, 2**32).map(lambda seed: [_user(random.Random(seed + place)) for place in range(20)])


@law
@given(trees(well_typed_terms), users)
def test_a_sentence_finds_whoever_is_in_the_audience(expr: Expr, population: list[dict[str, object]]) -> None:
    sentence, problems = compile_sentence(expr, TYPES)
    assert problems == ()
    condition = condition_of(str(sentence))
    store = sqlite3.connect(":memory:")
    store.execute("create table appizer_users (place integer primary key, properties text)")
    store.executemany("insert into appizer_users values (?, ?)", enumerate(map(as_json, population)))
    found = store.execute(f"select {condition.sql} from appizer_users order by place", condition.parameters).fetchall()
    store.close()
    assert [value == 1 for (value,) in found] == [evaluate(expr, row, TYPES) is True for row in population]
    assert compile_sentence(normalize(expr), TYPES) == (sentence, ())
