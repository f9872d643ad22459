"""Find keys that a mapping has twice."""

from __future__ import annotations

from reconciler.core.quote import quote
from reconciler.manifests.events import ScalarEvent
from reconciler.manifests.report import Report
from reconciler.manifests.tree import Node, compose


def repeated_keys(report: Report) -> None:
    """Report every key that is there already; needed only where reading has met one."""
    for root in compose(report.lines.text):
        for node in root.walk():
            first: dict[str, int] = {}
            for key, _value in node.pairs:
                if key.resolved.kind is ScalarEvent:
                    _compare(key.resolved, key.start, first, report)


def _compare(key: Node, index: int, first: dict[str, int], report: Report) -> None:
    name = "<< " if key.is_plain and key.text == "<<" else key.text
    if name in first:
        line = report.lines.place(first[name]).line
        hint = "remove one of the two" if name == key.text else "merge a list: `<<: [*one, *other]`"
        report.add("RC013", f"the key {quote(key.text)} is already on line {line}", hint, index)
    else:
        first[name] = index
