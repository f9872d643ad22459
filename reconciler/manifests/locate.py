"""Turn the sources of findings into places: only files of which something is shown are parsed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from reconciler.manifests.offsets import offsets
from reconciler.manifests.report import Lines
from reconciler.manifests.tree import Node, compose
from reconciler.model.document import Path, Place, Source
from reconciler.model.finding import Finding

_READING: Final = "RC0"
_SHAPE: Final = "RC1"


def locate(findings: Iterable[Finding], texts: Mapping[str, str]) -> tuple[Finding, ...]:
    """Give every finding with a source its place, sort by place, and keep each once.

    What is wrong with a value's shape is not said where it could not even be read. `texts` are the files' texts.
    """
    files: dict[str, _File] = {}
    placed: list[Finding] = []
    for finding in findings:
        where = finding.where
        if isinstance(where, Source):
            name = where.document.file
            if name not in files:
                files[name] = _File(name, texts.get(name, ""))
            placed.append(replace(finding, where=files[name].place(where)))
        else:
            placed.append(finding)
    unread = {finding.where for finding in placed if finding.code.startswith(_READING)}
    kept = [finding for finding in placed if not (finding.code.startswith(_SHAPE) and finding.where in unread)]
    return tuple(sorted(dict.fromkeys(kept), key=_order))


def place(source: Source, text: str) -> Place:
    """Where a source is written in its file's text."""
    return _File(source.document.file, text).place(source)


def find(file: str, text: str, index: int, path: Path) -> Place:
    """Where the value at `path` of a text's document number `index` is written."""
    return _File(file, text).find(index, path, False)


class _File:
    """A text with its nodes."""

    __slots__ = ("_lines", "_roots")

    def __init__(self, file: str, text: str) -> None:
        self._lines = Lines(file, text)
        self._roots = compose(text)

    def place(self, source: Source) -> Place:
        if source.document.index >= len(self._roots):
            return Place(source.document.file, source.document.line)
        if source.offset is None:
            return self.find(source.document.index, source.path, source.on_key)
        node, _key, is_whole = _walk(self._roots[source.document.index], source.path)
        start = node.start
        if is_whole:
            table = offsets(self._lines.text, node.resolved)
            start = table[min(source.offset, len(table) - 1)]
        return self._lines.place(start)

    def find(self, index: int, path: Path, on_key: bool) -> Place:
        if index >= len(self._roots):
            return Place(self._lines.file)
        node, key, is_whole = _walk(self._roots[index], path)
        if key is not None and (on_key or not is_whole):
            node = key
        return self._lines.place(node.start)


def _walk(node: Node, path: Path) -> tuple[Node, Node | None, bool]:
    """The node at a path and its key, or those of its closest ancestor that is there; and whether the whole path is."""
    key: Node | None = None
    for step in path:
        found = _step(node.resolved, step)
        if found is None:
            return node, key, False
        key, node = found
    return node, key, True


def _step(node: Node, step: str | int) -> tuple[Node | None, Node] | None:
    """The key and the value at one step; keys of the mapping itself come before merged ones."""
    if isinstance(step, int):
        return (None, node.items[step]) if 0 <= step < len(node.items) else None
    met: set[int] = set()
    waiting = [node]
    while waiting:
        mapping = waiting.pop()
        if id(mapping) in met:
            continue
        met.add(id(mapping))
        for key, value in reversed(mapping.pairs):
            if key.resolved.text == step and not _is_merge(key):
                return key, value
        merged = [value.resolved for key, value in mapping.pairs if _is_merge(key)]
        sources = [source.resolved for value in merged for source in value.items or [value]]
        waiting.extend(reversed(sources))
    return None


def _is_merge(key: Node) -> bool:
    return key.is_plain and key.text == "<<"


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    where = finding.where
    if isinstance(where, Place):
        return (where.file, where.line, where.column, finding.code, finding.message)
    return (str(where), 0, 0, finding.code, finding.message)


__all__ = ["find", "locate", "place"]
