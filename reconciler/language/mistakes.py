"""Say what is wrong with a text that does not parse: what was expected, where, and how to mend it."""

from __future__ import annotations

import re

from reconciler.language.nearest import nearest
from reconciler.language.problems import DefinitionError
from reconciler.language.tokens import KEYWORDS, Token

FUNCTIONS = ("contains", "startswith", "endswith")
OPERATORS = ("eq", "ne", "lt", "gt", "le", "ge")

_STRAY = {
    "==": "write `=` or `eq`",
    "===": "write `=` or `eq`",
    "<>": "write `!=` or `ne`",
    "=!": "write `!=` or `ne`",
    "=<": "write `<=` or `le`",
    "=>": "write `>=` or `ge`",
    "&&": "write `and`",
    "&": "write `and`",
    "||": "write `or`",
    "|": "write `or`",
    "!": "write `not`, or `!=` or `ne`",
    '"': "a text stands in single quotes: 'text'",
    "`": "a text stands in single quotes: 'text'",
    "[": "a list stands in round brackets: `in ('a', 'b')`",
    "]": "a list stands in round brackets: `in ('a', 'b')`",
    "$": "a property is named without a sign before it",
    "@": "a property is named without a sign before it",
    ".": "write a number with a digit before the point, such as 0.5",
    "+": "write a positive number without a sign",
} | dict.fromkeys(
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u00ab\u00bb\u00b4", "replace the curly quote by a straight one: '"
)

_OTHER_WORDS = {
    "is": "eq",
    "equals": "eq",
    "equal": "eq",
    "neq": "ne",
    "isnot": "ne",
    "gte": "ge",
    "lte": "le",
    "has": "contains(…, …)",
    "like": "contains(…, …)",
    "contains": "contains(…, …)",
    "startswith": "startswith(…, …)",
    "endswith": "endswith(…, …)",
    "between": "ge … and … le",
    "none": "null",
    "yes": "true",
    "no": "false",
}


def unexpected(token: Token, wanted: str, choices: tuple[str, ...] = ()) -> DefinitionError:
    """Return the error for a token that fits nowhere, `choices` being the words that would."""
    kind, text, offset = token
    if kind == "end":
        return DefinitionError(f"expected {wanted}, but the definition ends here", offset, 0)
    if kind == "stray" and text == "'":
        hint = "close it with a single quote on the same line; a quote inside a text is doubled: 'it''s'"
        return DefinitionError("the text that begins here is not closed", offset, 1, hint)
    return DefinitionError(f"expected {wanted}, not {_quoted(text)}", offset, len(text), _hint(kind, text, choices))


def _hint(kind: str, text: str, choices: tuple[str, ...]) -> str | None:
    if kind == "stray":
        return _STRAY.get(text) or (
            "replace it by an ordinary space" if text.isspace() or text in "\u200b\ufeff" else None
        )
    if kind == "name" and choices:
        meant = _OTHER_WORDS.get(text.lower()) or nearest(text, choices)
        return f"did you mean `{meant}`?" if meant else f"write one of {', '.join(f'`{choice}`' for choice in choices)}"
    return None


def _quoted(text: str) -> str:
    if len(text) == 1 and not (text.isascii() and text.isprintable()):
        return f"`{text}` (U+{ord(text):04X})" if text.isprintable() else f"U+{ord(text):04X}"
    return f"`{_short(text)}`"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def no_term(token: Token) -> DefinitionError:
    """Return the error for a token where a comparison should begin."""
    kind, text, offset = token
    wanted = "a property, `not` or `(`"
    if kind in ("text", "figure", "true", "false"):
        return DefinitionError(
            f"expected {wanted}, not {_quoted(text)}",
            offset,
            len(text),
            "the property comes first: `CarrierCountry eq 'US'`",
        )
    if kind in OPERATORS:
        return DefinitionError(
            f"expected {wanted}, not {_quoted(text)}", offset, len(text), "name the property that is compared"
        )
    return unexpected(token, wanted)


def no_operator(name: str, token: Token) -> DefinitionError:
    """Return the error for a token after a property that compares nothing."""
    name = _short(name)
    error = unexpected(token, f"an operator such as `eq` after `{name}`", (*OPERATORS, "in"))
    if token[0] in ("end", "and", "or", ")"):
        error.hint = f"for a boolean property write `{name} eq true`"
    elif token[0] == "not":
        error.hint = f"`not` comes first: `not {name} in (…)`"
    return error


def no_function(name: str, offset: int) -> DefinitionError:
    """Return the error for a call of a function that does not exist."""
    if name.lower() in KEYWORDS:
        return DefinitionError(f"{_quoted(name)} is not a function", offset, len(name))
    meant = nearest(name, FUNCTIONS)
    hint = f"did you mean `{meant}`?" if meant else "the functions are `contains`, `startswith` and `endswith`"
    return DefinitionError(f"{_quoted(name)} is not a function", offset, len(name), hint)


def no_constant(token: Token) -> DefinitionError:
    """Return the error for a token where a literal should stand."""
    kind, text, _ = token
    error = unexpected(token, "a literal")
    if kind == "name":
        error.hint = (
            f"a text stands in single quotes: '{text}'"
            if text.lower() not in _OTHER_WORDS
            else _hint(kind, text, ("true", "false", "null"))
        )
    return error


def bad_figure(text: str, offset: int) -> DefinitionError:
    """Return the error for a word that begins like a number and is neither number nor date-time."""
    length = len(text)
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
        return DefinitionError(f"number {_quoted(text)} is too large", offset, length)
    if re.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", text):
        return DefinitionError(f"{_quoted(text)} has no time", offset, length, f"write `{text}T00:00:00Z`", "RC227")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?", text):
        hint = "add `Z` for UTC, or an offset such as `+01:00`" + ("" if text.count(":") > 1 else ", after the seconds")
        return DefinitionError(f"date-time {_quoted(text)} has no time zone", offset, length, hint, "RC227")
    if re.match(r"[0-9]{4}-[0-9]", text):
        return DefinitionError(
            f"{_quoted(text)} is no date-time", offset, length, "write it as `2026-01-31T00:00:00Z`", "RC227"
        )
    hint = (
        f"a version is a text: '{text}'"
        if re.fullmatch(r"[0-9]+(\.[0-9]+){2,}", text)
        else f"a text stands in single quotes: '{text[:40]}'"
    )
    return DefinitionError(f"{_quoted(text)} is no number", offset, length, hint)
