"""Read criteria into one condition, or say which part of them is not understood.

criteria = ["all"] "users" either | either
either   = both {"or" both}
both     = single {"and" single}
single   = {link} ("not" single | "(" either ")" | one of the forms)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from reconciler.sandbox.appizer.condition import Condition, joined, negated
from reconciler.sandbox.appizer.forms import COMPARISONS, PHRASES, Form, NotUnderstood

MAX_LENGTH = 40_000
MAX_DEPTH = 64  # of NOT and parentheses

_FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL
_SUBJECT, _LINK, _NOT, _AND, _OR, _OPEN, _CLOSE, _NOTHING = (
    re.compile(rf"\s*+{pattern}", _FLAGS)
    for pattern in (
        r"(?:all\s++)?users(?![\w-])", r"(?:who|whose|that|which|with|from|where|having|have|has|are|is)(?![\w-])",
        r"not(?![\w-])", r"and(?![\w-])", r"or(?![\w-])", r"\(", r"\)", r"\Z",
    )
)  # fmt: skip
_PART = re.compile(r"([()]?.*?)(?=\s++(?:and|or)\s|[()]|\Z)", _FLAGS)


@lru_cache(maxsize=4_096)
def condition_of(criteria: str) -> Condition:
    """The condition of criteria.

    Raises:
        NotUnderstood: with a message that quotes the part.
    """
    if len(criteria) > MAX_LENGTH:
        raise NotUnderstood(f"the criteria have {len(criteria)} characters, more than {MAX_LENGTH}")
    reading = _Reading(criteria)
    reading.take(_SUBJECT)
    condition = reading.either()
    if not reading.take(_NOTHING):
        raise reading.refusal()
    return condition


class _Reading:
    """The place in the text, and one method for each rule of the grammar."""

    __slots__ = ("at", "depth", "text")

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def either(self) -> Condition:
        return self.chain("OR", _OR, self.both)

    def both(self) -> Condition:
        return self.chain("AND", _AND, self.single)

    def chain(self, word: str, joint: re.Pattern[str], operand: Callable[[], Condition]) -> Condition:
        parts = [operand()]
        while self.take(joint):
            parts.append(operand())
        return joined(word, parts)

    def single(self) -> Condition:
        # A property may have the name of any word of the language, so a comparison is tried first.
        found = self.form(COMPARISONS)
        while found is None and self.take(_LINK):
            found = self.form(COMPARISONS)
        if found is not None:
            return found
        if self.take(_NOT):
            return negated(self.inside(self.single))
        if self.take(_OPEN):
            grouped = self.inside(self.either)
            if not self.take(_CLOSE):
                raise self.refusal()
            return grouped
        found = self.form(PHRASES)
        if found is None:
            raise self.refusal()
        return found

    def inside(self, rule: Callable[[], Condition]) -> Condition:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood(f"NOT and parentheses are nested more than {MAX_DEPTH} deep, at {self.part()}")
        found = rule()
        self.depth -= 1
        return found

    def form(self, forms: Sequence[Form]) -> Condition | None:
        for pattern, build in forms:
            found = pattern.match(self.text, self.at)
            if found is not None:
                try:
                    condition = build(found)
                except NotUnderstood as error:
                    raise NotUnderstood(f"{self.part()} {error}") from error
                self.at = found.end()
                return condition
        return None

    def take(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found is not None

    def part(self) -> str:
        """The text from here to the next joint or parenthesis, in quotes."""
        found = _PART.match(self.text[self.at :].lstrip()[:80])
        return f"'{found[1].strip() if found else ''}'"

    def refusal(self) -> NotUnderstood:
        if self.take(_NOTHING):
            return NotUnderstood(f"something is missing at the end, after '{self.text[-40:].strip()}'")
        return NotUnderstood(f"{self.part()} is not understood")
