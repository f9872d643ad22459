"""Take the commonest comparisons of a text in one bite each, so that parsing is quick.

`name operator literal`, `name in (…)` and `contains(name, 'text')`, plainly written, are one token of kind `term`; the
`and` or `or` behind is taken along. All else comes out as plain tokens, and a text means the same either way.
"""

from __future__ import annotations

import re
from typing import cast

from reconciler.language import mistakes
from reconciler.language.literals import instant, number
from reconciler.language.problems import DefinitionError
from reconciler.language.properties import CANONICAL_NAMES
from reconciler.language.syntax import And, Compare, Constant, Expr, Function, In, Match, Operator, Or, Term
from reconciler.language.tokens import KEYWORDS, MAX_LENGTH, TOKEN, Token, check_characters, token

_SPACE = r"[ \t\r\n]"
_NAME = r"([A-Za-z_][A-Za-z0-9_-]*+)"
_TEXT = r"'[^'\t\r\n]*+'(?!')"
_FIGURE = r"-?[0-9][A-Za-z0-9_.:+-]*+"
_ITEM = rf"(?:{_TEXT}|{_FIGURE})"
_TERM = (
    rf"(?:(and|or){_SPACE}++)?+"
    rf"(?:{_NAME}{_SPACE}++"
    rf"(?:(eq|ne|lt|gt|le|ge|!=|<=|>=|=|<|>){_SPACE}++(?:({_TEXT})|({_FIGURE})|(true|false)(?![A-Za-z0-9_-]))"
    rf"|in{_SPACE}*+\(({_ITEM}(?:,{_SPACE}*+{_ITEM})*+)\))"
    rf"|(contains|startswith|endswith)\({_NAME},{_SPACE}*+({_TEXT})\))"
)
_JOINT, _WORD, _OPERATOR, _STRING, _DIGITS, _BOOLEAN, _LISTED, _CALLED, _OWNER, _LAST = range(1, 11)
"""The groups of a term; those of `TOKEN` come after them. The last one that matched tells the kind of term."""

_BITE = re.compile(f"{_TERM}|{TOKEN}")
_ITEMS = re.compile(_ITEM)
_OPERATORS: dict[str, Operator] = {"=": "eq", "!=": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge"}
_OPERATORS |= {word: word for word in _OPERATORS.values()}
_NAMES: dict[str, str | None] = {**CANONICAL_NAMES, **dict.fromkeys(KEYWORDS)}
_TERM_TOKEN: Token = ("term", "", 0)
# A named tuple's own constructor, written in Python, takes twice as long.
_node = tuple.__new__
_JOINTS: dict[str, Token] = {"and": ("and", "", 0), "or": ("or", "", 0)}


def quick_tokens(text: str) -> tuple[list[Token], list[Term]]:
    """Return the tokens of a text, and the comparisons that its tokens of kind `term` stand for, in order.

    Raises:
        DefinitionError: as `tokens` does, and for some texts that cannot be parsed, not always with the right place.
    """
    if len(text) > MAX_LENGTH or not text.isprintable():
        check_characters(text)
    found: list[Token] = []
    whole: list[Term] = []
    for piece in _BITE.finditer(text):
        group = piece.lastindex or 0
        if group > _LAST:
            found.append(token(group - _LAST, piece[0], piece.start()))
            continue
        joint = piece[_JOINT]  # one by one, which is quicker than `piece.group` of several
        if joint:
            found.append(_JOINTS[joint])
        found.append(_TERM_TOKEN)
        if group > _BOOLEAN:
            whole.append(_other(piece, group))
            continue
        word, literal = piece[_WORD], piece[group]
        length = len(literal)
        offset = piece.end() - length
        if group == _STRING:
            constant = _node(Constant, ("string", literal[1:-1], offset, length))
        elif group == _DIGITS:
            constant = figure(literal, offset)
        else:
            constant = _node(Constant, ("boolean", literal == "true", offset, length))
        name = _NAMES.get(word.lower(), word)
        if name is None:
            raise _reserved(word)
        whole.append(_node(Compare, (name, _OPERATORS[piece[_OPERATOR]], constant, piece.start(_WORD), len(word))))
    found.append(("end", "", len(text)))
    return found, whole


def chain(found: list[Token], whole: list[Term]) -> Expr | None:
    """Return the tree of comparisons that only `and` or only `or` joins, as most definitions are; None for others."""
    if len(found) != 2 * len(whole) or found[:-1:2].count(_TERM_TOKEN) != len(whole):
        return None
    joints = found[1:-1:2]
    if not joints:
        return whole[0] if whole else None
    if joints.count(_JOINTS["and"]) == len(joints):
        return And(tuple(whole))
    return Or(tuple(whole)) if joints.count(_JOINTS["or"]) == len(joints) else None


def _other(piece: re.Match[str], group: int) -> In | Match:
    if group == _LISTED:
        word = piece[_WORD]
        return In(_name(word), _items(piece[group], piece.start(group)), piece.start(_WORD), len(word))
    word, literal = piece[_OWNER], piece[group]
    constant = _node(Constant, ("string", literal[1:-1], piece.start(group), len(literal)))
    return Match(_name(word), cast(Function, piece[_CALLED]), constant, piece.start(_OWNER), len(word))


def _name(word: str) -> str:
    name = _NAMES.get(word.lower(), word)
    if name is None:
        raise _reserved(word)
    return name


def _reserved(word: str) -> DefinitionError:
    return mistakes.no_term(("stray", word, 0))


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
        return _node(Constant, ("number", value, offset, len(text)))
    moment = instant(text)
    if moment is None:
        raise mistakes.bad_figure(text, offset)
    return Constant("date_time", moment, offset, len(text))
