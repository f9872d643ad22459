"""Parse one manifest's text into documents of plain JSON values."""

from __future__ import annotations

from reconciler.manifests.build import Builder, DepthError
from reconciler.manifests.events import Unreadable
from reconciler.manifests.problems import too_deep, unreadable
from reconciler.manifests.read import SourceText
from reconciler.manifests.repeated import repeated_keys
from reconciler.manifests.report import Lines
from reconciler.model.document import Document
from reconciler.model.finding import Finding


def parse(source: SourceText) -> tuple[tuple[Document, ...], tuple[Finding, ...]]:
    """Every document of a text, and everything that is wrong with it as YAML; nothing is raised.

    A document with findings is given all the same, as well as it could be read, so that what it declares is not missed
    elsewhere; what follows a syntax error is not. Values that an alias repeats are shared: nobody may change them.
    """
    builder = Builder(Lines(source.file, source.text))
    try:
        builder.run()
    except Unreadable as error:
        unreadable(error, builder.report)
    except DepthError as error:
        too_deep(error.index, builder.report)
    if builder.has_repeated_keys:
        repeated_keys(builder.report)
    return tuple(builder.documents), tuple(builder.report.findings)
