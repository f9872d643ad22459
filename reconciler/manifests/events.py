"""The door to PyYAML: a text's parsing events, from the C parser where PyYAML was built with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)


class PythonParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's own parser: ten times slower, and there where the C parser was not built."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


try:
    from yaml._yaml import CParser as Parser
except ImportError:
    Parser = PythonParser  # type: ignore[assignment,misc]

Next = Callable[[], Any]
"""Gives one event after the other, then None; raises `Unreadable` where the text is not YAML."""

Unreadable = (yaml.YAMLError, UnicodeEncodeError)
DEEPEST: Final = 100
"""How many levels a document may have: more than anybody writes, fewer than it takes to exhaust a stack."""


def events(text: str) -> Next:
    """Begin to parse a text."""
    following: Next = Parser(text).get_event
    return following


__all__ = [
    "DEEPEST",
    "AliasEvent",
    "DocumentStartEvent",
    "Event",
    "MappingEndEvent",
    "MappingStartEvent",
    "Next",
    "ScalarEvent",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "Unreadable",
    "events",
]
