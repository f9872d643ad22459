"""What a backend cannot say of a definition, as findings: at its column, or at its place in a manifest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.language import Problem
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.resource import Resource


def blamed(problems: Iterable[Problem]) -> Sequence[Finding]:
    """Findings of a definition alone; each says its column, from 1."""
    return [_finding(each, f"column {each.offset + 1}") for each in problems]


def blamed_in(audience: Resource, problems: Iterable[Problem]) -> Sequence[Finding]:
    """Findings of a declared audience's definition, each at the smallest part that is to blame."""
    document, path = audience.source.document, ("spec", "definition")
    return [_finding(each, Source(document, path, each.offset, each.length)) for each in problems]


def _finding(problem: Problem, where: Source | str) -> Finding:
    return Finding(problem.code, problem.message, problem.hint or "", where, problem.severity)
