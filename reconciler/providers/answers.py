"""Read what backends answer: JSON bodies, the text of an error in whatever form, and the error of ours that it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from reconciler.errors import Conflict, NotFound, ProviderError, Refused, Unauthorized, Unreachable

_KINDS: Mapping[int, tuple[type[ProviderError], str]] = {404: (NotFound, "RC602"), 409: (Conflict, "RC603")}
_LONGEST = 500
"""Characters of one text of a backend's that are passed on."""


def field(answer: Any, name: str, where: str) -> Any:
    """What an answer cannot do without; `where` says in words what it is about. Raises `Unreachable` (RC604)."""
    if not isinstance(answer, dict) or answer.get(name) is None:
        raise Unreachable(f"{where}: the answer has no `{name}`", code="RC604")
    return answer[name]


def encoded(body: Mapping[str, Any]) -> bytes:
    """The bytes of a JSON body: those that a plan's payload digest covers are those that leave."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def error_text(content: bytes, content_type: str = "") -> str:
    """What an error body says: nested (`{"error": {"code", "message"}}`), flat (`{"error": "Bad Request", "code",
    "message"}`, a gateway's, Azure AD's) or plain text where the backend says that it is; empty where it is neither.
    """
    try:
        answer = json.loads(content)
    except ValueError:
        return _line(content.decode("utf-8", "replace")) if content_type.startswith("text/plain") else ""
    inner = answer.get("error", answer) if isinstance(answer, dict) else None
    if isinstance(inner, str):
        inner = {
            "code": answer.get("code") or inner,
            "message": answer.get("message") or answer.get("error_description"),
        }
    if not isinstance(inner, dict):
        return ""
    return ": ".join(_line(str(each)) for each in (inner.get("code"), inner.get("message")) if each)


def retry_after(content: bytes) -> float | None:
    """The seconds that the body of a 429 asks to wait (`{"details": {"retry_after": 45}}`), None where it does not."""
    try:
        asked = json.loads(content)["details"]["retry_after"]
    except (ValueError, TypeError, KeyError):
        return None
    return float(asked) if isinstance(asked, (int, float)) and asked >= 0 else None


def instant(text: Any) -> datetime | None:
    """A time that a backend tells (`2017-10-11T13:28:33.000Z`), in UTC; None where it tells none."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def skew_of(date: str, now: datetime) -> float | None:
    """By how many seconds our clock, which says `now`, is ahead of a `Date` header; None where that says no time."""
    try:
        return (now - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return None


def refusal(status: int, message: str) -> ProviderError:
    """The error of a status by which a backend says no."""
    if status in (401, 403):
        what = "are not accepted" if status == 401 else "lack a right"
        hint = f"the credentials {what}; check those of the app in the project file, and their scope"
        return Unauthorized(message, code="RC601", hint=hint, status=status)
    kind, code = _KINDS.get(status, (Refused, "RC600"))
    return kind(message, code=code, status=status)


def _line(text: str) -> str:
    """On one line: what a backend says must not look like lines of ours."""
    return " ".join(text.split())[:_LONGEST]
