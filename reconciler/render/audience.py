"""An audience definition laid out for a reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.language import Explained
from reconciler.model.finding import Finding
from reconciler.render.escape import value, visible

Compiled = tuple[Mapping[str, Any] | None, Sequence[Finding]]
"""What a backend is sent for a definition, None where it cannot be said, and why."""


def explain_text(tree: Explained | None, facts: Mapping[str, Any], sent: Mapping[str, Compiled]) -> str:
    """The tree of a definition, its normal form, what is wrong with it, and what each backend is sent.

    `facts` are those of the JSON form; `sent` is by backend.
    """
    blocks = ["\n".join(_lines(tree, ""))] if tree is not None else []
    if facts["normal"]:
        blocks.append(f"normal form: {visible(facts['normal'])}")
    if facts["empty"]:
        blocks.append("It matches nobody.")
    if facts["everyone"]:
        blocks.append("It matches everyone.")
    blocks.extend(_finding(each) for each in facts["findings"])
    blocks.extend(_sent(backend, *compiled) for backend, compiled in sent.items())
    return "\n\n".join(blocks)


def _lines(tree: Explained, indent: str) -> Iterable[str]:
    if tree.kind == "term":
        yield f"{indent}{visible(tree.text)}    ({tree.origin} property, {tree.type or 'of unknown type'})"
        return
    yield f"{indent}{tree.kind}"
    for part in tree.parts:
        yield from _lines(part, indent + "  ")


def _sent(backend: str, body: Mapping[str, Any] | None, findings: Sequence[Finding]) -> str:
    if body is not None:
        return f"{backend}: " + ", ".join(f"{name} {value(part)}" for name, part in body.items())
    return f"{backend}: it cannot be said" + "".join(
        f"\n  {each.where}: {visible(each.message)}" + (f"; {visible(each.hint)}" if each.hint else "")
        for each in findings
    )


def _finding(finding: Mapping[str, Any]) -> str:
    hint = f"\n\nhint: {visible(finding['hint'])}" if "hint" in finding else ""
    return f"column {finding['column']}: {finding['severity']}[{finding['code']}]: {visible(finding['message'])}{hint}"
