"""Compose a text into nodes that know where they are written; slower than values, so only for files with findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reconciler.manifests.events import (
    DEEPEST,
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    Unreadable,
    events,
)


@dataclass(slots=True, eq=False)
class Node:
    """What is written from `start` to `end`: a scalar's `text`, a list's `items`, or a mapping's (key, value) `pairs`.

    `kind` is the class of the event that begins it; `target` is what an alias repeats.
    """

    kind: type[Any]
    start: int
    end: int
    text: str = ""
    style: str = ""
    tag: str = ""
    items: list[Node] = field(default_factory=list)
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    target: Node | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is a scalar without quotes and tag."""
        return self.kind is ScalarEvent and not self.style and not self.tag

    @property
    def resolved(self) -> Node:
        """The node itself, or what it repeats."""
        return self if self.target is None else self.target

    def walk(self) -> Iterator[Node]:
        """Every node in here, aliases not followed."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.items)
            waiting.extend(part for pair in node.pairs for part in pair)


def compose(text: str) -> list[Node]:
    """The roots of a text's documents, as far as it can be read; the last may be unfinished."""
    roots: list[Node] = []
    open_nodes: list[Node] = []
    keys: dict[int, Node] = {}
    anchors: dict[str, Node] = {}
    try:
        for event in iter(events(text), None):
            kind = event.__class__
            if kind is DocumentStartEvent:
                anchors = {}
            elif kind in (MappingEndEvent, SequenceEndEvent):
                open_nodes.pop().end = event.end_mark.index
            elif kind in (ScalarEvent, MappingStartEvent, SequenceStartEvent, AliasEvent):
                node = _node(event, anchors)
                _attach(node, open_nodes, keys, roots)
                if kind in (MappingStartEvent, SequenceStartEvent):
                    open_nodes.append(node)
                if len(open_nodes) > DEEPEST:
                    break
    except Unreadable:
        pass
    return roots


def _node(event: Any, anchors: dict[str, Node]) -> Node:
    node = Node(event.__class__, event.start_mark.index, event.end_mark.index)
    if node.kind is AliasEvent:
        node.target = anchors.get(event.anchor)
        return node
    node.tag = event.tag or ""
    if node.kind is ScalarEvent:
        node.text, node.style = event.value, event.style or ""
    if event.anchor is not None:
        anchors[event.anchor] = node
    return node


def _attach(node: Node, open_nodes: list[Node], keys: dict[int, Node], roots: list[Node]) -> None:
    if not open_nodes:
        roots.append(node)
        return
    parent = open_nodes[-1]
    if parent.kind is SequenceStartEvent:
        parent.items.append(node)
    elif (key := keys.pop(id(parent), None)) is None:
        keys[id(parent)] = node
    else:
        parent.pairs.append((key, node))
