"""Canonical bytes and digests of JSON values: the same value gives the same text on every machine."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, integral floats as integers (`1.0` is `1`)."""
    text = _ENCODER.encode(value)
    # An integral float shows as `1.0` or `1e+16`; only where there may be one is the value walked.
    return _ENCODER.encode(_whole(value)) if ".0" in text or "e+" in text else text


def digest(value: Any) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the canonical text."""
    return text_digest(canonical(value))


def text_digest(text: str) -> str:
    """`sha256:` and the hexadecimal SHA-256 of a text."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _whole(value: Any) -> Any:
    match value:
        case dict():
            return {key: _whole(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_whole(inner) for inner in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
