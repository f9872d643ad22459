"""How something that somebody wrote is shown inside a message: short, on one line, and with nothing unseen in it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

LONGEST: Final = 60


def quote(value: Any) -> str:
    """Show a JSON value in backticks: 60 characters at most, with control, bidi and other unseen ones as escapes."""
    text = value if isinstance(value, str) else _json(value)
    shown = "".join(_visible(character) for character in text[:LONGEST])
    return f"`{shown}…`" if len(text) > LONGEST else f"`{shown}`"


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint that names what was probably meant: "did you mean `plan`?", empty where nothing is near."""
    folded = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(name[:LONGEST].casefold(), folded, n=1)
    return f"did you mean {quote(folded[found[0]])}?" if found else ""


def listing(names: Iterable[str], last: str = "and") -> str:
    """Names in backticks, as a sentence lists them: `a`, `b` and `c`."""
    shown = [quote(name) for name in names]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def _visible(character: str) -> str:
    if character == "`":
        return "\\x60"
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _json(value: Any) -> str:
    """The value as JSON; of long lists and mappings only as much as can be shown."""
    if isinstance(value, list):
        value = value[:LONGEST]
    elif isinstance(value, Mapping):
        value = dict(islice(value.items(), LONGEST))
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return type(value).__name__
