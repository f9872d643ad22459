"""Find out whether formulas can hold together: a search with propagation, within a stated amount of work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, assert_never

from reconciler.language.formula import Every, Formula, Some, Within

MAX_WORK = 200_000
"""How many atoms a search looks at before it gives up; about a tenth of a second."""

_Ranked: TypeAlias = tuple[int, Formula]
_Choice: TypeAlias = tuple[int, Some]


class UndecidedError(Exception):
    """The search looked at more atoms than it may, or could not build a row."""


def solve(parts: Iterable[Formula], full: list[int]) -> list[int] | None:
    """Return sets of cells, by variable, any choice from which fulfils all parts; None if nothing does.

    Choices of an earlier part are made first: once a device of the one audience is fixed, little is left to choose in
    the other.

    Raises:
        UndecidedError: past `MAX_WORK` atoms.
    """
    search = _Search()
    open_branches: list[tuple[list[int], list[_Ranked]]] = [(full[:], list(enumerate(parts)))]
    while open_branches:
        sets, pending = open_branches.pop()
        choices = search.narrow(sets, pending)
        if choices is None:
            continue
        if not choices:
            return sets
        chosen = min(choices, key=lambda choice: (choice[0], len(choice[1].parts)))
        rest: list[_Ranked] = [choice for choice in choices if choice is not chosen]
        rank, some = chosen
        open_branches.extend((sets[:], [*rest, (rank, part)]) for part in reversed(some.parts))
    return None


class _Search:
    __slots__ = ("work",)

    def __init__(self) -> None:
        self.work = 0

    def narrow(self, sets: list[int], pending: list[_Ranked]) -> list[_Choice] | None:
        """Narrow the sets to what the parts leave; return the choices still open, or None on a contradiction."""
        choices: list[_Choice] = []
        while pending:
            rank, part = pending.pop()
            if isinstance(part, Some):
                choices.append((rank, part))
            elif isinstance(part, Every):
                pending.extend((rank, piece) for piece in part.parts)
            else:
                self.work += 1
                sets[part.variable] &= part.cells
                if not sets[part.variable]:
                    return None
            if not pending:
                still_open = self.reduce(choices, sets, pending)
                if still_open is None:
                    return None
                choices = still_open
        return choices

    def reduce(self, choices: list[_Choice], sets: list[int], forced: list[_Ranked]) -> list[_Choice] | None:
        """Drop the choices already made and the parts that cannot hold; None if a choice has no part left.

        The only part left of a choice goes into `forced`.
        """
        still_open: list[_Choice] = []
        for choice in choices:
            rank, some = choice
            parts: list[Formula] = []
            for part in some.parts:
                verdict = self.verdict(part, sets)
                if verdict is True:
                    break
                if verdict is None:
                    parts.append(part)
            else:
                if not parts:
                    return None
                if len(parts) == 1:
                    forced.append((rank, parts[0]))
                else:
                    still_open.append((rank, Some(tuple(parts))) if len(parts) < len(some.parts) else choice)
        return still_open

    def verdict(self, formula: Formula, sets: list[int]) -> bool | None:
        """Return whether a formula holds, or cannot hold, for every choice from the sets."""
        match formula:
            case Within(variable, cells):
                self.work += 1
                if self.work > MAX_WORK:
                    raise UndecidedError
                within = sets[variable] & cells
                return False if not within else True if within == sets[variable] else None
            case Every(parts):
                verdicts = [self.verdict(part, sets) for part in parts]
                return False if False in verdicts else None if None in verdicts else True
            case Some(parts):
                verdicts = [self.verdict(part, sets) for part in parts]
                return True if True in verdicts else None if None in verdicts else False
            case _:
                assert_never(formula)
