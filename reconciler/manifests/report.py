"""Collect what is wrong with one text, each thing at its line and column."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from reconciler.model.document import Place
from reconciler.model.finding import Finding

_BREAK: Final = re.compile(r"\r\n|\r|\n")


class Lines:
    """The lines of a text as editors count them (the parser sees more breaks), found when first asked for."""

    __slots__ = ("_starts", "file", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._starts: list[int] = []

    def place(self, index: int) -> Place:
        """The place of the character at `index`."""
        if not self._starts:
            self._starts = [0, *(match.end() for match in _BREAK.finditer(self.text))]
        line = bisect_right(self._starts, index)
        return Place(self.file, line, index - self._starts[line - 1] + 1)


class Report:
    """The findings of one text."""

    __slots__ = ("findings", "lines")

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.findings: list[Finding] = []

    def add(self, code: str, message: str, hint: str, index: int) -> None:
        """Add a finding at the character at `index`."""
        self.findings.append(Finding(code, message, hint, self.lines.place(index)))
