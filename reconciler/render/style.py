"""Colour as a function, so that renderers need not know whether there is any; colour never carries meaning alone."""

from __future__ import annotations

from typing import Protocol

_CODES = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}


class Paint(Protocol):
    """Give a text a colour."""

    def __call__(self, text: str, colour: str) -> str: ...


def plain(text: str, colour: str) -> str:
    """No colour."""
    del colour
    return text


def coloured(text: str, colour: str) -> str:
    """The text between ANSI escapes."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"
