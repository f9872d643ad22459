"""Canonical bytes and digests of JSON values: the same value gives the same text on every machine."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_MAYBE_FLOAT = re.compile(r"\d\.0|\de[+-]?\d")


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, integral floats as integers (`1.0` is `1`)."""
    text = _ENCODER.encode(value)
    # Numbers are rare; only where one may be an integral float is the value walked.
    return _ENCODER.encode(_whole(value)) if _MAYBE_FLOAT.search(text) else text


def digest(value: Any) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the canonical text."""
    return "sha256:" + hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


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
