"""Check that an audience's definition takes and leaves the example devices that its manifest gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.core.quote import quote
from reconciler.language import Expr, canonical_name, deciding_term, evaluate, show
from reconciler.model.document import Document, Source
from reconciler.model.finding import Finding

_OUTCOMES = {True: "is true", False: "is not true", None: "is unknown: the example has no such value"}


def misjudged(document: Document, expression: Expr, types: Mapping[str, str]) -> Iterable[Finding]:
    """A finding for each example device on the wrong side; `types` are those of the app's custom properties."""
    examples: Mapping[str, list[Mapping[str, object]]] = document.value["spec"].get("examples") or {}
    for side, wanted in (("match", True), ("miss", False)):
        for index, row in enumerate(examples.get(side, ())):
            device = {canonical_name(name): value for name, value in row.items()}
            if (evaluate(expression, device, types) is True) is not wanted:
                term, outcome = deciding_term(expression, device, types)
                said = "does not match" if wanted else "matches"
                message = f"this example of `{side}` {said}: {quote(show(term))} {_OUTCOMES[outcome]}"
                where = Source(document, ("spec", "examples", side, index))
                yield Finding("RC205", message, "mend the definition or the example", where)
