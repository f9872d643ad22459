"""Write and read the links that lead to the next page (facts §6, Pagination)."""

from __future__ import annotations

import base64
from typing import assert_never
from urllib.parse import quote

from reconciler.sandbox.appcenter.bodies import bad_request
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox

_TOKENS = ("$token", "$skiptoken", "token")


def flag(call: Call, name: str) -> bool:
    """A boolean of the query, false if it is not there.

    Raises:
        Refusal: 400.
    """
    text = call.query.get(name, "false").lower()
    if text not in ("true", "false"):
        raise bad_request(f"The {name} parameter must be true or false")
    return text == "true"


def page_start(call: Call) -> str:
    """The text that the link to this page carried, empty on a first page.

    Raises:
        Refusal: 400 if this sandbox did not write it.
    """
    token = next((call.query[name] for name in _TOKENS if name in call.query), "")
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise bad_request("The page token is not valid") from None


def next_link(sandbox: Sandbox, call: Call, start: str, parameter: str = "$token") -> str:
    """The link to the page that begins at `start`, with this request's other parameters, in the chosen form."""
    token = base64.urlsafe_b64encode(start.encode()).decode()
    kept = {name: value for name, value in call.query.items() if name not in _TOKENS} | {parameter: token}
    query = "&".join(f"{quote(name, safe='$')}={quote(value)}" for name, value in kept.items())
    path = f"{plain_path(call)}?{query}"
    match sandbox.options.next_link:
        case "api":
            return f"/api{path}"
        case "relative":
            return path
        case "absolute":
            return f"{origin(call)}{path}"
        case unreachable:
            assert_never(unreachable)


def plain_path(call: Call) -> str:
    """The path of the request without the portal's `/api` in front."""
    return call.request.path.removeprefix("/api")


def origin(call: Call) -> str:
    """Scheme and host under which the client reached us."""
    return f"http://{call.request.headers.get('host', '127.0.0.1')}"
