"""Findings: values that tell what is wrong, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reconciler.model.document import Place, Source

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong.

    `where` is a place, a source still to be located, or an address (`app/Kind/name`); empty if there is none.
    """

    code: str
    message: str
    hint: str = ""
    where: Place | Source | str = ""
    severity: Severity = "error"

    @property
    def is_error(self) -> bool:
        return self.severity == "error"
