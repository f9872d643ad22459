"""Read the text of an audience definition into its syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from reconciler.language import mistakes
from reconciler.language.comparisons import chain, figure, quick_tokens
from reconciler.language.problems import DefinitionError
from reconciler.language.properties import canonical_name
from reconciler.language.syntax import (
    And,
    Compare,
    Constant,
    Expr,
    Function,
    In,
    Match,
    Not,
    Operator,
    Or,
    Term,
    depth,
    span,
)
from reconciler.language.tokens import Token, tokens

MAX_DEPTH = 32
"""How many operators may lie within one another, as `syntax.depth` counts them."""

# Superfluous parentheses are counted only here, where each costs a few frames of the interpreter's stack.
_MAX_PARENTHESES = 64

_OPERATORS = frozenset(mistakes.OPERATORS)
_FUNCTIONS = frozenset(mistakes.FUNCTIONS)


def parse(text: str) -> Expr:
    """Return the syntax tree of a definition.

    Raises:
        DefinitionError: at the first character that fits nowhere; a text that is too long or nested too deep is
        refused as well.
    """
    try:
        found, whole = quick_tokens(text)
        return chain(found, whole) or _read(found, iter(whole))
    except DefinitionError:
        # Errors are told from the plain tokens: they know each word's place.
        return _read(tokens(text), iter(()))


def _read(found: list[Token], whole: Iterator[Term]) -> Expr:
    if found[0][0] == "end":
        hint = "write a comparison such as `CarrierCountry eq 'US'`"
        raise DefinitionError("the definition is empty", 0, found[0][2], hint)
    reading = _Reading(found, whole)
    expr = reading.either()
    if found[reading.at][0] != "end":
        raise reading.left_over()
    # A parenthesis holds at most an `or` of `and`, two levels; so the count is rarely needed.
    if 2 * reading.deepest >= MAX_DEPTH and depth(expr) > MAX_DEPTH:
        raise _too_deep(MAX_DEPTH, *span(expr))
    return expr


def _too_deep(most: int, offset: int, length: int) -> DefinitionError:
    hint = "write it with fewer parentheses, or split the audience"
    return DefinitionError(f"the definition is nested more than {most} deep", offset, length, hint, "RC231")


class _Reading:
    """The place in the tokens, and one method for each rule of the grammar."""

    __slots__ = ("at", "deepest", "depth", "tokens", "whole")

    def __init__(self, found: list[Token], whole: Iterator[Term]) -> None:
        self.tokens = found
        self.whole = whole
        self.at = 0
        self.deepest = 0
        self.depth = 0

    def either(self) -> Expr:
        first = self.both()
        if self.tokens[self.at][0] != "or":
            return first
        operands = [first]
        while self.tokens[self.at][0] == "or":
            self.at += 1
            operands.append(self.both())
        return Or(tuple(operands))

    def both(self) -> Expr:
        first = self.single()
        if self.tokens[self.at][0] != "and":
            return first
        operands = [first]
        while self.tokens[self.at][0] == "and":
            self.at += 1
            operands.append(self.single())
        return And(tuple(operands))

    def single(self) -> Expr:
        token = self.tokens[self.at]
        kind = token[0]
        if kind == "term":
            self.at += 1
            return next(self.whole)
        if kind == "name":
            return self.term(token)
        if kind not in {"not", "("}:
            raise mistakes.no_term(token)
        self.depth += 1
        if self.depth > self.deepest:
            self.deepest = self.depth
            if self.depth > _MAX_PARENTHESES:
                raise _too_deep(_MAX_PARENTHESES, token[2], len(token[1]))
        self.at += 1
        expr = Not(self.single()) if kind == "not" else self.group(token[2])
        self.depth -= 1
        return expr

    def group(self, opened: int) -> Expr:
        expr = self.either()
        if self.tokens[self.at][0] == "end":
            raise DefinitionError("the parenthesis that opens here is not closed", opened, 1, "add a `)`")
        if self.tokens[self.at][0] != ")":
            raise self.left_over()
        self.at += 1
        return expr

    def term(self, token: Token) -> Term:
        _, word, offset = token
        follower = self.tokens[self.at + 1]
        kind = follower[0]
        name = canonical_name(word)
        if kind in _OPERATORS:
            self.at += 2
            constant = self.constant()
            if constant.type == "null" and kind not in ("eq", "ne"):
                hint = f"write `{word} eq null` or `{word} ne null`"
                raise DefinitionError(
                    "`null` is compared with `eq` and `ne` only", constant.offset, constant.length, hint
                )
            return Compare(name, cast(Operator, kind), constant, offset, len(word))
        if kind == "in":
            self.at += 2
            return In(name, self.constants(), offset, len(word))
        if kind == "(":
            return self.match(word, offset)
        raise mistakes.no_operator(word, follower)

    def match(self, function: str, offset: int) -> Match:
        if function.lower() not in _FUNCTIONS:
            raise mistakes.no_function(function, offset)
        self.at += 2
        _, word, start = self.take("name", "a property")
        self.take(",", "a comma")
        constant = self.constant()
        if constant.type != "string":
            hint = "a text stands in single quotes: 'text'"
            raise DefinitionError(f"`{function}` takes a text", constant.offset, constant.length, hint, "RC222")
        self.take(")", "a closing parenthesis")
        return Match(canonical_name(word), cast(Function, function.lower()), constant, start, len(word))

    def constants(self) -> tuple[Constant, ...]:
        self.take("(", "a list in parentheses after `in`")
        found = [self.constant()]
        while self.tokens[self.at][0] == ",":
            self.at += 1
            found.append(self.constant())
        self.take(")", "a comma or a closing parenthesis")
        for constant in found:
            if constant.type == "null":
                hint = "write `… eq null or … in (…)`"
                raise DefinitionError("`null` cannot stand in a list", constant.offset, constant.length, hint)
        return tuple(found)

    def constant(self) -> Constant:
        token = self.tokens[self.at]
        kind, text, offset = token
        self.at += 1
        if kind == "text":
            return Constant("string", text[1:-1].replace("''", "'"), offset, len(text))
        if kind == "figure":
            return figure(text, offset)
        if kind in {"true", "false"}:
            return Constant("boolean", kind == "true", offset, len(text))
        if kind == "null":
            return Constant("null", None, offset, len(text))
        raise mistakes.no_constant(token)

    def take(self, kind: str, wanted: str) -> Token:
        token = self.tokens[self.at]
        if token[0] != kind:
            raise mistakes.unexpected(token, wanted)
        self.at += 1
        return token

    def left_over(self) -> DefinitionError:
        """Return the error for what follows a whole comparison and does not go on with it."""
        token = self.tokens[self.at]
        if token[0] == ")":
            return DefinitionError("this parenthesis closes nothing", token[2], 1, "delete it, or open one before it")
        if token[0] in _OPERATORS:
            hint = "compare again after `and`: `Age gt 1 and Age lt 5`; a function stands alone, without `eq true`"
            return DefinitionError("a comparison cannot be compared again", token[2], len(token[1]), hint)
        return mistakes.unexpected(token, "`and` or `or`", ("and", "or"))
