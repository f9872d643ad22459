"""Turn audience definitions into SQL over the devices, or refuse them (facts §4)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache

from reconciler.language import (
    DEVICE_PROPERTIES,
    Compare,
    DefinitionError,
    Term,
    constants,
    json_column,
    parse,
    terms,
    where,
)
from reconciler.sandbox.appcenter.bodies import bad_request

_SURELY_SHALLOW = 30  # parentheses


@dataclass(frozen=True, slots=True)
class Condition:
    """The devices of an audience as an SQL condition with its parameters; it is true for members only."""

    sql: str
    parameters: tuple[object, ...]


def check_definition(definition: str, custom_properties: str | None) -> None:
    """Refuse a definition that cannot be an audience; `custom_properties` is the JSON text of its declared types.

    Raises:
        Refusal: 400 with the column.
    """
    try:
        condition_of(definition, custom_properties)
    except DefinitionError as error:
        raise bad_request(f"The definition is invalid at column {error.offset + 1}: {error.message}") from error


@lru_cache(maxsize=16_384)
def condition_of(definition: str, custom_properties: str | None) -> Condition:
    """The condition of a definition.

    Raises:
        DefinitionError: it does not parse, asks about an undeclared property, or compares across types.
    """
    types: dict[str, str] = json.loads(custom_properties or "{}")
    expression = parse(definition)
    for term in terms(expression):
        _check_term(term, types)
    sql, parameters = where(expression, types, lambda name: _column(name, types))
    if sql.count("(") > _SURELY_SHALLOW:
        _check_depth(sql, len(definition))
    return Condition(sql, tuple(parameters))


def _check_term(term: Term, types: Mapping[str, str]) -> None:
    """Refuse what a backend can only misunderstand; what is merely unwise is the business of who wrote it."""
    declared = "string" if term.name in DEVICE_PROPERTIES else types.get(term.name)
    if declared is None:
        told = f"property '{term.name}' is neither a device property nor declared in custom_properties"
        raise DefinitionError(told, term.offset, len(term.name))
    for constant in constants(term):
        if constant.type not in (declared, "null"):
            told = f"'{term.name}' is a {declared}, the literal is a {constant.type}"
            raise DefinitionError(told, constant.offset, constant.length)
    if declared == "boolean" and isinstance(term, Compare) and term.operator not in ("eq", "ne"):
        raise DefinitionError(f"'{term.name}' is a boolean, and booleans have no order", term.offset, term.length)


def _check_depth(sql: str, length: int) -> None:
    """Refuse what SQLite cannot parse: its stack holds 100 symbols. It finds that out before it looks at any name."""
    with closing(sqlite3.connect(":memory:")) as scratch:
        try:
            scratch.execute(f"EXPLAIN SELECT 1 WHERE {sql}")
        except sqlite3.OperationalError as error:
            if "overflow" in str(error) or "too large" in str(error):
                raise DefinitionError("the definition is nested too deeply", 0, length) from error
        except sqlite3.ProgrammingError:  # its parameters are missing, so it was parsed
            pass


def _column(name: str, types: Mapping[str, str]) -> str:
    return name if name in DEVICE_PROPERTIES else json_column("custom_properties", name, types[name])
