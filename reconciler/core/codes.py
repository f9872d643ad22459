"""The codes of findings and failures: for each a title and a paragraph, as `reconciler explain CODE` tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.core.codes_declared import DECLARED
from reconciler.core.codes_reading import READING
from reconciler.core.codes_run import RUN_CODES
from reconciler.core.codes_shape import SHAPE
from reconciler.language import PROBLEMS


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for: a title, and a paragraph that says why it matters and how to mend it."""

    title: str
    paragraph: str


CODES: Final[Mapping[str, Code]] = {
    code: Code(*texts) for each in (READING, SHAPE, DECLARED, PROBLEMS, RUN_CODES) for code, texts in each.items()
}
"""Every code there is. Each range has its mapping: RC0xx reading, RC1xx shape, and what follows."""
