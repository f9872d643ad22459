"""Read the boolean expression of an audience, and write it as SQL (facts §6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from reconciler.sandbox.mobileengagement.shapes import bad_request

CRITERION_NAME = re.compile(r"[A-Z][a-zA-Z_0-9]*")
_TOKEN = re.compile(r"\s*([()]|[a-zA-Z][a-zA-Z_0-9]*)")
_MAX_DEPTH = 100  # of parentheses: Python's stack; SQLite's is smaller, and asked before an audience is saved
_WIDTH = 100  # of one level: SQLite reads `a AND b AND c` as one level for each operand


@dataclass(frozen=True, slots=True)
class Negated:
    """`not` before something."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Joined:
    """Several things with `and` or `or` between them."""

    word: Literal["and", "or"]
    operands: tuple[Expression, ...]


Expression: TypeAlias = "str | Negated | Joined"  # a string is the name of a criterion


def read_expression(text: str) -> Expression:
    """Parse `not` > `and` > `or`, parentheses, names of criteria.

    Raises:
        Refusal: 400, with the column.
    """
    reader = _Reader(_tokens(text))
    found = reader.joined("or", 0)
    if reader.tokens:
        raise _wrong(reader.tokens[-1], "is not expected here")
    return found


def names_in(expression: Expression) -> set[str]:
    """The criteria that an expression asks about."""
    match expression:
        case str():
            return {expression}
        case Negated(operand):
            return names_in(operand)
        case Joined(_, operands):
            return set().union(*map(names_in, operands))


def expression_sql(expression: Expression, criterion: Callable[[str], str]) -> str:
    """The SQL of an expression, given that of each criterion, which is asked for in the order of the text."""
    match expression:
        case str():
            return criterion(expression)
        case Negated(operand):
            return f"(NOT {expression_sql(operand, criterion)})"
        case Joined(word, operands):
            parts = [expression_sql(operand, criterion) for operand in operands]
            between = f" {word.upper()} "
            while len(parts) > _WIDTH:
                parts = [f"({between.join(parts[at : at + _WIDTH])})" for at in range(0, len(parts), _WIDTH)]
            return f"({between.join(parts)})"


_Token: TypeAlias = tuple[str, int]  # a word, and its column


@dataclass(slots=True)
class _Reader:
    tokens: list[_Token]  # the next one last

    def joined(self, word: Literal["and", "or"], depth: int) -> Expression:
        operands = [self._operand(word, depth)]
        while self.tokens and self.tokens[-1][0] == word:
            self.tokens.pop()
            operands.append(self._operand(word, depth))
        return operands[0] if len(operands) == 1 else Joined(word, tuple(operands))

    def _operand(self, word: Literal["and", "or"], depth: int) -> Expression:
        return self.joined("and", depth) if word == "or" else self._unary(depth)

    def _unary(self, depth: int) -> Expression:
        negated = False
        while self.tokens and self.tokens[-1][0] == "not":
            self.tokens.pop()
            negated = not negated
        found = self._primary(depth)
        return Negated(found) if negated else found

    def _primary(self, depth: int) -> Expression:
        if not self.tokens:
            raise bad_request("`audience.expression` ends too early")
        token = self.tokens.pop()
        if CRITERION_NAME.fullmatch(token[0]):
            return token[0]
        if token[0] != "(":
            raise _wrong(token, "is not a criterion, `not` or a parenthesis; a criterion begins with a capital")
        if depth == _MAX_DEPTH:
            raise _wrong(token, "is nested too deeply")
        found = self.joined("or", depth + 1)
        if not self.tokens or self.tokens.pop()[0] != ")":
            raise _wrong(token, "is not closed")
        return found


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise bad_request(f"`audience.expression` cannot be read at column {at + 1}")
        tokens.append((found[1], found.start(1) + 1))
        at = found.end()
    return tokens[::-1]


def _wrong(token: _Token, told: str) -> Exception:
    return bad_request(f"`audience.expression`, column {token[1]}: `{token[0]}` {told}")
