"""Hold requests and replies as values, apart from the server that carries them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast
from urllib.parse import parse_qsl, unquote

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Headers: TypeAlias = tuple[tuple[str, str], ...]

_JSON_TYPE = ("content-type", "application/json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: `path` and `query` raw, header names in lower case, `peer` the client's address."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str

    @property
    def target(self) -> str:
        """The path with its query, as the client sent it, without the host."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: the server adds length and date."""

    status: int
    body: bytes = b""
    headers: Headers = ()


class Malformed(ValueError):
    """Something given from outside does not fit; the message is one line for whoever gave it."""


class Refusal(Exception):
    """A request that is answered with an error; each vendor writes it in its own shape."""

    def __init__(self, status: int, code: str, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


def json_reply(status: int, value: object, headers: Headers = ()) -> Reply:
    """Answer with a JSON document."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return Reply(status, body, (_JSON_TYPE, *headers))


def segments_of(path: str) -> tuple[str, ...]:
    """Split a raw path, then decode each segment, so that `%2F` stays inside its segment.

    Raises:
        ValueError: a segment is not UTF-8.
    """
    parts = path.split("/")[1:]
    return tuple(unquote(part, errors="strict") for part in parts) if "%" in path else tuple(parts)


def query_of(request: Request) -> dict[str, str]:
    """The query's parameters; the first wins where one is repeated."""
    pairs = parse_qsl(request.query, keep_blank_values=True) if request.query else []
    return dict(reversed(pairs))


def json_of(body: bytes) -> Json:
    """Read a JSON document.

    Raises:
        ValueError: it is not UTF-8, not JSON, too deep, or holds NaN, Infinity or half a surrogate pair.
    """
    text = body.decode("utf-8")
    try:
        value = cast(Json, json.loads(text, parse_constant=_not_json))
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None


def _not_json(word: str) -> Json:
    raise ValueError(f"{word} is not JSON")
