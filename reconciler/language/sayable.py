"""Say of a part of a definition that a backend cannot express it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.language.evaluate import type_of
from reconciler.language.problems import Problem
from reconciler.language.syntax import EQUALITY, Compare, Constant, Match, Term, constants


def unsayable(part: Term | Constant, message: str, hint: str | None = None) -> Problem:
    """Return the finding (RC234) that blames a comparison's property, or a literal."""
    return Problem("RC234", "error", message, hint, part.offset, part.length)


def ill_typed(term: Term, types: Mapping[str, str]) -> Iterator[Problem]:
    """Yield why a comparison has no meaning by the declared types: no backend is asked what it would make of it.

    `check` says the same, and more kindly; this is for whoever compiles a definition that was not checked.
    """
    declared = type_of(term.name, types)
    if declared is None:
        yield unsayable(term, f"`{term.name}` has no declared type")
        return
    if isinstance(term, Match) and declared != "string":
        yield unsayable(term, f"`{term.function}` works on texts, and `{term.name}` is of type `{declared}`")
    elif isinstance(term, Compare) and declared == "boolean" and term.operator not in EQUALITY:
        yield unsayable(term.constant, "booleans have no order")
    for constant in constants(term):
        if constant.type not in {declared, "null"} and not isinstance(term, Match):
            yield unsayable(constant, f"`{term.name}` is of type `{declared}`, not `{constant.type}`")
