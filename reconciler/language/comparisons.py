"""Take the commonest comparisons of a text in one bite each, so that parsing is quick.

`name operator literal`, `name in (…)` and `contains(name, 'text')`, plainly written, are one token of kind `term`; the
`and` or `or` behind is taken along. All else comes out as plain tokens, and a text means the same either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from reconciler.language import mistakes
from reconciler.language.literals import instant, number
from reconciler.language.properties import CANONICAL_NAMES
from reconciler.language.syntax import Compare, Constant, Function, In, Match, Operator, Term
from reconciler.language.tokens import KEYWORDS, TOKEN, Token, check_characters, token

_SPACE = r"[ \t\r\n]"
_NAME = r"([A-Za-z_][A-Za-z0-9_-]*+)"
_TEXT = r"'[^'\t\r\n]*+'(?!')"
_FIGURE = r"-?[0-9][A-Za-z0-9_.:+-]*+"
_ITEM = rf"(?:{_TEXT}|{_FIGURE})"
_TERM = (
    rf"(?:{_NAME}{_SPACE}++"
    rf"(?:(eq|ne|lt|gt|le|ge|!=|<=|>=|=|<|>){_SPACE}++(?:({_TEXT})|({_FIGURE})|(true|false)(?![A-Za-z0-9_-]))"
    rf"|in{_SPACE}*+\(({_ITEM}(?:,{_SPACE}*+{_ITEM})*+)\))"
    rf"|(contains|startswith|endswith)\({_NAME},{_SPACE}*+({_TEXT})\))"
    rf"(?:{_SPACE}++(and|or)(?![A-Za-z0-9_-]))?+"
)
_BITE = re.compile(f"{_TERM}|{TOKEN}")
_ITEMS = re.compile(_ITEM)
_LAST = 10
"""The groups of a term; those of `TOKEN` come after them."""

_OPERATORS = {"=": "eq", "!=": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge"}
_OPERATORS |= {word: word for word in _OPERATORS.values()}
_NAMES: dict[str, str | None] = {**CANONICAL_NAMES, **dict.fromkeys(KEYWORDS)}
_TERM_TOKEN: Token = ("term", "", 0)
_JOINTS: dict[str, Token] = {"and": ("and", "", 0), "or": ("or", "", 0)}


def quick_tokens(text: str) -> tuple[list[Token], Iterator[Term]]:
    """Return the tokens of a text, and the comparisons that its tokens of kind `term` stand for, in order.

    Raises:
        DefinitionError: as `tokens` does, and for some texts that cannot be parsed, not always with the right place.
    """
    check_characters(text)
    found: list[Token] = []
    whole: list[Term] = []
    for piece in _BITE.finditer(text):
        group = piece.lastindex or 0
        if group > _LAST:
            found.append(token(group - _LAST, piece[0], piece.start()))
            continue
        whole.append(_term(piece))
        found.append(_TERM_TOKEN)
        if group == _LAST:
            found.append(_JOINTS[piece[_LAST]])
    found.append(("end", "", len(text)))
    return found, iter(whole)


def _term(piece: re.Match[str]) -> Term:
    word, operator, text, number, boolean, items, function, owner, part = piece.group(1, 2, 3, 4, 5, 6, 7, 8, 9)
    name = _NAMES.get((word or owner).lower(), word or owner)
    if name is None:
        raise mistakes.no_term(("stray", word or owner, piece.start()))
    if operator:
        if text:
            constant = Constant("string", text[1:-1], piece.start(3), len(text))
        elif number:
            constant = figure(number, piece.start(4))
        else:
            constant = Constant("boolean", boolean == "true", piece.start(5), len(boolean))
        return Compare(name, cast(Operator, _OPERATORS[operator]), constant, piece.start(), len(word))
    if items:
        return In(name, _items(items, piece.start(6)), piece.start(), len(word))
    constant = Constant("string", part[1:-1], piece.start(9), len(part))
    return Match(name, cast(Function, function), constant, piece.start(8), len(owner))


def _items(text: str, start: int) -> tuple[Constant, ...]:
    found = []
    for piece in _ITEMS.finditer(text):
        word = piece[0]
        offset = start + piece.start()
        found.append(Constant("string", word[1:-1], offset, len(word)) if word[0] == "'" else figure(word, offset))
    return tuple(found)


def figure(text: str, offset: int) -> Constant:
    """Return the number or date-time that a word stands for.

    Raises:
        DefinitionError: that says why it is neither.
    """
    value = number(text)
    if value is not None:
        return Constant("number", value, offset, len(text))
    moment = instant(text)
    if moment is None:
        raise mistakes.bad_figure(text, offset)
    return Constant("date_time", moment, offset, len(text))
