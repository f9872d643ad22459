"""Cut the text of a definition into tokens."""

from __future__ import annotations

import re
import unicodedata
from typing import NoReturn, TypeAlias

from reconciler.language.problems import DefinitionError

Token: TypeAlias = tuple[str, str, int]
"""Kind, text, offset.

Kinds are `name`, `text`, `figure`, `stray`, `end`, `(`, `)`, `,` and the keywords; `=` and `eq` are both of kind `eq`.
"""

MAX_LENGTH = 20_000

KEYWORDS = frozenset(("and", "or", "not", "in", "eq", "ne", "lt", "gt", "le", "ge", "true", "false", "null"))
_SYMBOLS = {"=": "eq", "!=": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge", "(": "(", ")": ")", ",": ","}
_KIND_OF = _SYMBOLS | {spelling: word for word in KEYWORDS for spelling in (word, word.upper(), word.title())}

TOKEN = (
    r"([A-Za-z_][A-Za-z0-9_-]*+)"
    r"|('[^'\t\r\n]*+(?:''[^'\t\r\n]*+)*+')"
    r"|(-?[0-9][A-Za-z0-9_.:+-]*+)"
    # Longer runs of symbols are one stray token, so that `==` and `&&` are named whole.
    r"|((?:<=|>=|!=|[=<>])(?![=<>!])|[(),])"
    r"|([=<>!&|]++|[^ \t\r\n])"
)
_TOKEN = re.compile(TOKEN)
_KINDS = ("", "name", "text", "figure", "symbol", "stray")

# Control characters, halves of surrogate pairs, and the marks that reorder what a reviewer sees ("trojan source").
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text, the last of kind `end`.

    Raises:
        DefinitionError: where the text is too long or holds characters that cannot be seen.
    """
    check_characters(text)
    found = [token(piece.lastindex or 0, piece[0], piece.start()) for piece in _TOKEN.finditer(text)]
    found.append(("end", "", len(text)))
    return found


def token(group: int, word: str, offset: int) -> Token:
    """Return the token that a group of `TOKEN` matched."""
    if group == 1:
        return _KIND_OF.get(word) or (lowered if (lowered := word.lower()) in KEYWORDS else "name"), word, offset
    return _SYMBOLS[word] if group == 4 else _KINDS[group], word, offset


def check_characters(text: str) -> None:
    """Refuse a text that is too long or holds characters that cannot be seen, with a `DefinitionError`."""
    if len(text) > MAX_LENGTH:
        raise DefinitionError(
            f"the definition has {len(text):,} characters, more than {MAX_LENGTH:,}",
            0,
            len(text),
            "split the audience into several",
            "RC231",
        )
    if not text.isprintable() and (unseen := _UNSEEN.search(text)):
        _refuse(unseen.group(), unseen.start())


def _refuse(character: str, offset: int) -> NoReturn:
    name = unicodedata.name(character, "a control character")
    if "\ud800" <= character <= "\udfff":
        name = "half of a surrogate pair"
    raise DefinitionError(
        f"character U+{ord(character):04X} ({name}) cannot stand in a definition", offset, 1, "delete it", "RC232"
    )
