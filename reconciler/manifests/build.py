"""Build plain JSON values from parsing events: the hot path, which looks at each event once.

PyYAML's own constructors take more than twice the time: they make a node of each value, and find its type with
regular expressions.
"""

from __future__ import annotations

from typing import Any, Final

from reconciler.core.quote import quote
from reconciler.manifests.anchors import Anchors
from reconciler.manifests.events import (
    DEEPEST,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    events,
)
from reconciler.manifests.report import Lines, Report
from reconciler.manifests.scalars import SUSPECT, WORDS, Trap, resolve
from reconciler.manifests.tags import check_tag, tagged
from reconciler.model.document import Document

_MERGE: Final = object()


class DepthError(Exception):
    """Values are nested deeper than `DEEPEST`, at the event."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index


class Builder:
    """Builds the documents of one text; after `run`, `documents` and `report` hold what was found."""

    __slots__ = (
        "_anchors",
        "_following",
        "_keys",
        "_merged",
        "_plain_lines",
        "documents",
        "has_repeated_keys",
        "report",
    )

    def __init__(self, lines: Lines) -> None:
        self.documents: list[Document] = []
        self.report = Report(lines)
        self.has_repeated_keys = False
        self._keys: dict[str, str] = {}
        self._merged: dict[int, dict[str, Any]] = {}
        self._anchors = Anchors(self.report)

    def run(self) -> None:
        """Read to the end; raises `Unreadable` or `DepthError` where it cannot go on."""
        text = self.report.lines.text
        # The parser also breaks lines where editors do not.
        self._plain_lines = text.isascii() or not any(odd in text for odd in "\x85\u2028\u2029")
        self._following = events(text)
        index = 0
        while (event := self._following()) is not None:
            if event.__class__ is DocumentStartEvent:
                self._document(index)
                index += 1

    def _document(self, index: int) -> None:
        if self._anchors.is_used:
            self._anchors = Anchors(self.report)
        start = self._following()
        value = self._value(start, 1)
        if value.__class__ is dict:
            mark = start.start_mark
            line = mark.line + 1 if self._plain_lines else self.report.lines.place(mark.index).line
            self.documents.append(Document(self.report.lines.file, index, line, value))
        elif start.__class__ is not ScalarEvent or start.value or start.style or start.tag:
            message = "a document is a mapping of `apiVersion`, `kind`, `metadata` and `spec`, but this one is not"
            self.report.add("RC025", message, "begin it with `apiVersion: reconciler/v1`", start.start_mark.index)

    def _value(self, event: Any, depth: int) -> Any:
        kind = event.__class__
        if kind is ScalarEvent:
            return self._scalar(event)
        if kind is MappingStartEvent:
            return self._mapping(event, depth)
        if kind is SequenceStartEvent:
            return self._sequence(event, depth)
        return self._anchors.recall(event, depth)

    def _mapping(self, start: Any, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        if start.anchor is not None or start.tag is not None or depth > DEEPEST:
            self._begin(start, result, "map", depth)
        following, keys, pairs = self._following, self._keys, 0
        while True:
            event = following()
            if event.__class__ is ScalarEvent and event.value in keys and event.tag is None and event.anchor is None:
                key: Any = keys[event.value]
            elif event.__class__ is MappingEndEvent:
                break
            elif (key := self._key(event, depth)) is _MERGE:
                self._merge(result, following(), depth)
                continue
            pairs += 1
            event = following()
            if (
                event.__class__ is ScalarEvent
                and (event.style or (event.value and event.value[0] not in SUSPECT))
                and event.anchor is None
                and event.tag is None
            ):
                result[key] = event.value
            elif event.__class__ is MappingStartEvent:
                result[key] = self._mapping(event, depth + 1)
            else:
                result[key] = self._value(event, depth + 1)
        if len(result) != pairs:
            self.has_repeated_keys = True
        if start.anchor is not None or self._merged:
            self._end(start, result)
        return result

    def _sequence(self, start: Any, depth: int) -> list[Any]:
        result: list[Any] = []
        if start.anchor is not None or start.tag is not None or depth > DEEPEST:
            self._begin(start, result, "seq", depth)
        following = self._following
        while (event := following()).__class__ is not SequenceEndEvent:
            result.append(self._scalar(event) if event.__class__ is ScalarEvent else self._value(event, depth + 1))
        if start.anchor is not None:
            self._end(start, result)
        return result

    def _begin(self, start: Any, container: Any, tag: str, depth: int) -> None:
        if depth > DEEPEST:
            raise DepthError(start.start_mark.index)
        if start.tag is not None:
            check_tag(start, tag, self.report)
        if start.anchor is not None:
            self._anchors.begin(start.anchor, container)

    def _end(self, start: Any, container: Any) -> None:
        for key, value in self._merged.pop(id(container), {}).items():
            container.setdefault(key, value)
        if start.anchor is not None:
            self._anchors.end()

    def _scalar(self, event: Any) -> Any:
        value = event.value
        if event.tag is not None:
            value = tagged(event, self.report)
        elif not event.style:
            if not value or value[0] in SUSPECT:
                value = resolve(value)
            if value.__class__ is Trap:
                value = self._trap(value, event)
        if event.anchor is not None:
            self._anchors.keep(event.anchor, value)
        return value

    def _trap(self, trap: Trap, event: Any) -> str:
        self.report.add(trap.code, trap.message, trap.hint, event.start_mark.index)
        return trap.text

    def _key(self, event: Any, depth: int) -> Any:
        """Read a key that was not met before, or that is not a plain one."""
        is_plain = event.__class__ is ScalarEvent and not event.style and event.tag is None
        if is_plain and event.value == "<<":
            return _MERGE
        value = self._value(event, depth + 1)
        if value.__class__ is str:
            if is_plain and value == event.value and event.anchor is None and not isinstance(WORDS.get(value), Trap):
                self._keys[value] = value
            return value
        text = event.value if event.__class__ is ScalarEvent else ""
        hint = f"quote it: {quote(chr(34) + text + chr(34))}" if event.__class__ is ScalarEvent else "write it as text"
        self.report.add("RC018", f"the key {quote(value)} is not text", hint, event.start_mark.index)
        return text

    def _merge(self, result: dict[str, Any], event: Any, depth: int) -> None:
        """Keep what a merge key `<<` names until the mapping is full; of several mappings the first one wins."""
        self.has_repeated_keys |= id(result) in self._merged
        merged = self._merged.setdefault(id(result), {})
        known = len(self.report.findings)
        value = self._value(event, depth + 1)
        sources = value if value.__class__ is list else [value]
        if all(source.__class__ is dict for source in sources):
            for source in sources:
                for key, each in source.items():
                    merged.setdefault(key, each)
        elif len(self.report.findings) == known:
            message = "the merge key `<<` takes a mapping or a list of mappings"
            hint = 'name an anchored mapping: `<<: *name`; or quote it if text is meant: `"<<"`'
            self.report.add("RC026", message, hint, event.start_mark.index)
