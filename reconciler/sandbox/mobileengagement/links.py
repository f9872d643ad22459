"""Read what a query asks of a list, and write the links that lead to other things."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from reconciler.sandbox.mobileengagement.shapes import bad_request
from reconciler.sandbox.routing import Call


def whole_number(call: Call, name: str, bounds: tuple[int, int], default: int | None) -> int | None:
    """A whole number of the query.

    Raises:
        Refusal: 400 if it is none, or out of bounds.
    """
    if name not in call.query:
        return default
    written = call.query[name]
    if not (written.isascii() and written.isdigit() and len(written) <= 9 and bounds[0] <= int(written) <= bounds[1]):
        raise bad_request(f"`{name}` must be a whole number from {bounds[0]} to {bounds[1]}, not `{written}`")
    return int(written)


def ordering(call: Call, properties: Sequence[str]) -> tuple[str, bool]:
    """`$orderby`: the property, and True if it descends; by default the first one, ascending.

    Raises:
        Refusal: 400.
    """
    words = call.query.get("$orderby", properties[0]).split()
    if len(words) not in (1, 2) or words[0] not in properties or words[-1] not in (words[0], "asc", "desc"):
        raise bad_request(f"`$orderby` must be one of {', '.join(properties)}, then asc or desc")
    return words[0], words[-1] == "desc"


def link(call: Call, changed: dict[str, str]) -> str:
    """This request's address with some parameters of its query changed."""
    query = "&".join(f"{quote(name, safe='$')}={quote(held)}" for name, held in {**call.query, **changed}.items())
    return f"{_origin(call)}{call.request.path}?{query}"


def location(call: Call, tail: str, parent: str | None = None) -> tuple[tuple[str, str], ...]:
    """The header that tells where the new thing is: under this request's path, or another one."""
    path = call.request.path.rstrip("/") if parent is None else parent
    return (("location", f"{_origin(call)}{path}/{tail}"),)


def _origin(call: Call) -> str:
    return f"http://{call.request.headers.get('host', '127.0.0.1')}"
