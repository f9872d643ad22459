"""Map the characters of a scalar's value to where they are written: through quotes, escapes, folding and indentation.

What is mapped is compared with what the parser read; should the two ever differ, everything maps to the scalar's start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reconciler.manifests.tree import Node

Mapped = list[tuple[str, int]]
"""Characters of a value, each with its index in the text."""

_BREAKS: Final = "\r\n\x85\u2028\u2029"
_BREAK: Final = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_FOLD: Final = re.compile(rf"[ \t]*[{_BREAKS}][ \t{_BREAKS}]*")
_ESCAPED_BREAK: Final = re.compile(rf"\\(?:\r\n|[{_BREAKS}])[ \t{_BREAKS}]*")
_ESCAPE: Final = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)")
_ESCAPES: Final = dict(zip('0abt\tnvfe "/\\N_LP', '\0\a\b\t\t\n\v\f\x1b "/\\\x85\xa0\u2028\u2029', strict=True))
_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s+)*")


def offsets(text: str, node: Node) -> list[int]:
    """The index in `text` of each character of a scalar's value, and of its end."""
    found = _PROPERTIES.match(text, node.start, node.end)
    start = found.end() if found else node.start
    candidates = _block(text, start, node) if node.style in ("|", ">") else iter([_flow(text, start, node)])
    for mapped in candidates:
        if "".join(character for character, _ in mapped) == node.text:
            indices = [index for _, index in mapped]
            return [*indices, _end(indices, start, node)]
    return [node.start]


def _end(indices: list[int], start: int, node: Node) -> int:
    if node.style in ("'", '"'):
        return node.end - 1
    return indices[-1] + 1 if indices else start


def _flow(text: str, start: int, node: Node) -> Mapped:
    """A plain or quoted scalar."""
    quoted = 1 if node.style else 0
    index, end = start + quoted, node.end - quoted
    mapped: Mapped = []
    while index < end:
        part, index = _piece(text, index, end, node.style)
        mapped.extend(part)
    return mapped


def _piece(text: str, index: int, end: int, style: str) -> tuple[Mapped, int]:
    """The next piece of a plain or quoted scalar, and where it ends."""
    if found := _FOLD.match(text, index, end):
        breaks = _breaks(text, index, found.end())
        if breaks[0][0] == "\n":
            breaks = breaks[1:] or [(" ", breaks[0][1])]
        return breaks, found.end()
    if style == "'" and text.startswith("''", index):
        return [("'", index)], index + 2
    if style == '"' and text[index] == "\\":
        if found := _ESCAPED_BREAK.match(text, index, end):
            return _breaks(text, index, found.end())[1:], found.end()
        if found := _ESCAPE.match(text, index, end):
            return [(_unescape(found[0][1:]), index)], found.end()
    return [(text[index], index)], index + 1


def _unescape(escape: str) -> str:
    if len(escape) > 1:
        code = int(escape[1:], 16)
        return chr(code) if code < 0x110000 else ""
    return _ESCAPES.get(escape, "")


def _breaks(text: str, start: int, end: int) -> Mapped:
    """The line breaks in a stretch of text, as the parser gives them."""
    found = _BREAK.finditer(text, start, end)
    return [(match[0] if match[0] in "\u2028\u2029" else "\n", match.start()) for match in found]


def _block(text: str, start: int, node: Node) -> Iterator[Mapped]:
    """A literal or folded scalar, for each indentation it may have."""
    header = _BREAK.search(text, start, node.end)
    if header is None:
        yield []
        return
    lines = list(_lines(text, header.end(), node.end))
    spaces = [_spaces(line) for line, _, _ in lines]
    for indentation in range(max(spaces, default=0), -1, -1):
        yield _joined(lines, indentation, node)[: len(node.text)]


def _lines(text: str, index: int, end: int) -> Iterator[tuple[str, int, Mapped]]:
    """Each line: its content, where that begins, and its break."""
    while index < end:
        found = _BREAK.search(text, index, end)
        stop = found.start() if found else end
        following = found.end() if found else end
        yield text[index:stop], index, _breaks(text, stop, following)
        index = following


def _joined(lines: list[tuple[str, int, Mapped]], indentation: int, node: Node) -> Mapped:
    """The lines without their indentation, and joined by folding unless one of them begins with a blank."""
    mapped: Mapped = []
    leading: Mapped = []
    trailing: Mapped = []
    was_blank = False
    for line, start, end in lines:
        cut = min(indentation, _spaces(line))
        content = line[cut:]
        if not content:
            trailing += end
            continue
        is_blank = content[0] in " \t"
        if node.style == ">" and leading and leading[0][0] == "\n" and not was_blank and not is_blank:
            leading = [] if trailing else [(" ", leading[0][1])]
        mapped += leading + trailing + [(character, start + cut + at) for at, character in enumerate(content)]
        leading, trailing, was_blank = end, [], is_blank
    return mapped + leading + trailing


def _spaces(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
