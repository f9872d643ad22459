"""Anchors and aliases of one document: what an alias repeats, and whether it may."""

from __future__ import annotations

from typing import Any, Final

from reconciler.core.quote import nearest, quote
from reconciler.manifests.events import DEEPEST
from reconciler.manifests.report import Report

LARGEST: Final = 100_000
"""How many values the aliases of a document may stand for, all together."""


class Anchors:
    """The anchored values of a document so far; `open` are the lists and mappings that are still being read."""

    __slots__ = ("_open", "_report", "_room", "_values")

    def __init__(self, report: Report) -> None:
        self._report = report
        self._values: dict[str, Any] = {}
        self._open: list[Any] = []
        self._room = LARGEST

    @property
    def is_used(self) -> bool:
        """Whether there was an anchor in the document."""
        return bool(self._values)

    def keep(self, name: str, value: Any) -> None:
        """Remember a finished value."""
        self._values[name] = value

    def begin(self, name: str, container: Any) -> None:
        """Remember a list or mapping that is about to be filled."""
        self._values[name] = container
        self._open.append(container)

    def end(self) -> None:
        """The list or mapping begun last is full."""
        self._open.pop()

    def recall(self, alias: Any, depth: int) -> Any:
        """The value an alias event repeats; None, with a finding, where it may not."""
        name = alias.anchor
        if name not in self._values:
            hint = (
                nearest(name, self._values)
                or f"set it before with {quote('&' + name)}, or quote the text if `*` is meant"
            )
            return self._refuse(
                "RC014", f"the alias {quote('*' + name)} has no anchor above it in its document", hint, alias
            )
        value = self._values[name]
        if any(value is container for container in self._open):
            message = f"the alias {quote('*' + name)} is inside of what it repeats"
            return self._refuse("RC015", message, "write the value out, or move the anchor", alias)
        if not isinstance(value, (list, dict)):
            return value
        return self._expand(value, depth, alias)

    def _expand(self, value: Any, depth: int, alias: Any) -> Any:
        if self._room <= 0:
            return None
        size, height = _measure(value, self._room)
        self._room -= size
        if self._room <= 0:
            message = f"the aliases of this document stand for more than {LARGEST:,} values"
            return self._refuse("RC016", message, "write the values out, or split the document", alias)
        if depth + height > DEEPEST:
            message = f"with the alias {quote('*' + alias.anchor)} values are nested more than {DEEPEST} deep"
            return self._refuse("RC017", message, "flatten the document", alias)
        return value

    def _refuse(self, code: str, message: str, hint: str, alias: Any) -> None:
        self._report.add(code, message, hint, alias.start_mark.index)


def _measure(value: Any, limit: int) -> tuple[int, int]:
    """How many values there are in a value and how deep they are nested; counting ends at the limit."""
    size = height = 0
    waiting = [(value, 1)]
    while waiting and size <= limit:
        each, depth = waiting.pop()
        size += 1
        height = max(height, depth)
        if isinstance(each, dict):
            waiting.extend((child, depth + 1) for child in each.values())
        elif isinstance(each, list):
            waiting.extend((child, depth + 1) for child in each)
    return size, height
