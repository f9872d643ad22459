"""An audience definition laid out for a reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.language import Explained
from reconciler.render.escape import value, visible


def explain_text(text: str, tree: Explained | None, facts: Mapping[str, Any], types: Mapping[str, str]) -> str:
    """The tree of a definition, its normal form, what is wrong with it, and what App Center is sent.

    `facts` are those of the JSON form; `types` are those of the custom properties that the definition uses.
    """
    blocks = ["\n".join(_lines(tree, ""))] if tree is not None else []
    if facts["normal"]:
        blocks.append(f"normal form: {visible(facts['normal'])}")
    if facts["empty"]:
        blocks.append("It matches nobody.")
    if facts["everyone"]:
        blocks.append("It matches everyone.")
    blocks.extend(_finding(each) for each in facts["findings"])
    if tree is not None:
        blocks.append(f"appcenter: definition {value(text)}, custom_properties {value(dict(types))}")
    return "\n\n".join(blocks)


def _lines(tree: Explained, indent: str) -> Iterable[str]:
    if tree.kind == "term":
        yield f"{indent}{visible(tree.text)}    ({tree.origin} property, {tree.type or 'of unknown type'})"
        return
    yield f"{indent}{tree.kind}"
    for part in tree.parts:
        yield from _lines(part, indent + "  ")


def _finding(finding: Mapping[str, Any]) -> str:
    hint = f"\n\nhint: {visible(finding['hint'])}" if "hint" in finding else ""
    return f"column {finding['column']}: {finding['severity']}[{finding['code']}]: {visible(finding['message'])}{hint}"
