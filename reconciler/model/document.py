"""Parsed YAML documents, and the way back from a value to its place in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
"""The way from a document's root to a value: mapping keys and list indices."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position a person can click: `file` relative to the working directory, `line` and `column` from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: plain JSON values (`value`), the `file` it is from, its `index` in it (from 0), its first
    `line` (from 1).
    """

    file: str
    index: int
    line: int
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is written: a document, the path of a value in it, and, inside a text value, `offset` and
    `length` in characters.

    Sources are cheap to make; `manifests.locate` turns the few that a person will see into a `Place`.
    """

    document: Document
    path: Path = ()
    offset: int | None = None
    length: int = 0
    on_key: bool = False
