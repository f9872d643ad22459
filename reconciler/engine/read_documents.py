"""Turn the texts of manifests into documents of the right shape, on all cores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reconciler.core.validate import validate
from reconciler.engine.parallel import nothing, spread
from reconciler.manifests.parse import parse
from reconciler.manifests.read import SourceText
from reconciler.model.document import Document, Place
from reconciler.model.finding import Finding

Raw = list[tuple[int, int, Any]]
"""The documents of one file as plain values: (index, first line, value)."""


def read_documents(
    sources: Sequence[SourceText], meanwhile: Callable[[], None] = nothing
) -> tuple[list[Document], list[Document], list[Finding]]:
    """The documents of the right shape, those of another, and what is wrong with any of them."""
    sound: list[Document] = []
    unsound: list[Document] = []
    findings: list[Finding] = []
    for source, raw in zip(sources, spread(_clean, sources, meanwhile), strict=True):
        if raw is not None:
            sound.extend(Document(source.file, *each) for each in raw)
            continue
        documents, found = parse(source)
        shape = validate(documents)
        refused = {
            id(each.where.document) for each in shape if each.is_error and not isinstance(each.where, (Place, str))
        }
        # A document of the wrong shape is told of and left out, so that the others are still judged.
        for document in documents:
            (unsound if id(document) in refused else sound).append(document)
        findings.extend((*found, *shape))
    return sound, unsound, findings


def _clean(sources: Sequence[SourceText]) -> list[Raw | None]:
    """The documents of each file in which nothing is wrong; None for a file that has to be told about."""
    return [_raw(source) for source in sources]


def _raw(source: SourceText) -> Raw | None:
    documents, findings = parse(source)
    if findings or validate(documents):
        return None
    return [(document.index, document.line, document.value) for document in documents]
