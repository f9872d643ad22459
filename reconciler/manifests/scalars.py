"""What a plain scalar means: a value of the YAML 1.2 core schema, or a trap that YAML 1.1 reads as something else."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.core.quote import quote

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Trap:
    """A plain scalar that is refused; `text` stands for it, so that reading can go on."""

    code: str
    text: str
    message: str
    hint: str


def resolve(text: str) -> Scalar | Trap:
    """Read a plain scalar without a tag."""
    value = WORDS.get(text, text)
    if value is text and text[0] in _NUMERIC:
        return _number(text)
    return value


def number(text: str) -> int | float | None:
    """Read a number of the core schema, None where the text is not one or JSON cannot hold it."""
    value: int | float
    if _INTEGER.fullmatch(text) and len(text) <= _LONGEST:
        value = int(text)
    elif _PREFIXED.fullmatch(text) and len(text) <= _LONGEST:
        value = int(text, 0)
    elif _FLOAT.fullmatch(text):
        value = float(text)
    else:
        return None
    return value if math.isfinite(value) else None


def _number(text: str) -> Scalar | Trap:
    for code, pattern, meaning in _TRAPS:
        if pattern.fullmatch(text):
            return _trap(code, text, meaning)
    value = number(text)
    if value is None and any(pattern.fullmatch(text) for pattern in _NUMBERS):
        return _trap("RC024", text, "is not a number that JSON can hold")
    return text if value is None else value


def _trap(code: str, text: str, meaning: str, other: str = "") -> Trap:
    quoted = quote(f'"{text}"')
    return Trap(code, text, f"{quote(text)} {meaning}", f"quote it if text is meant: {quoted}{other}")


def _word(text: str, value: str) -> Trap:
    return _trap("RC020", text, f"is text here, but `{value}` to YAML 1.1", f"; write `{value}` if that is meant")


def _cased(*words: str) -> tuple[str, ...]:
    """`yes`, `Yes`, `YES` and every other mixture of cases."""
    found = [""]
    for word in words:
        mixtures = [""]
        for letter in word:
            mixtures = [start + cased for start in mixtures for cased in (letter, letter.upper())]
        found += mixtures
    return tuple(found[1:])


_LONGEST: Final = 300
_NUMERIC: Final = frozenset("+-.0123456789")
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_PREFIXED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_UNBOUNDED: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMBERS: Final = (_INTEGER, _PREFIXED, _FLOAT, _UNBOUNDED)
_TRAPS: Final = (
    (
        "RC021",
        re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"),
        "is text here, but a number in base 60 to YAML 1.1",
    ),
    ("RC022", re.compile(r"[-+]?0[0-9]+"), "looks like an octal number: YAML 1.1 and 1.2 read it differently"),
    (
        "RC023",
        re.compile(r"(?=.*_)[-+]?(?:0x[0-9a-fA-F_]+|0b[01_]+|\.?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?)"),
        "is text here, but a number to YAML 1.1, which ignores the underscores",
    ),
)
WORDS: Final[Mapping[str, Scalar | Trap]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{text: _word(text, "true") for text in _cased("yes", "on")},
    **{text: _word(text, "false") for text in _cased("no", "off")},
}
SUSPECT: Final = _NUMERIC | {word[:1] for word in WORDS}
"""What a plain scalar begins with that may be more than text; all others are text, which spares the hot path a look."""
