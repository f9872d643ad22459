"""App Center over HTTP: credentials, budget, retries of what is safe to repeat, and statuses turned into our errors."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from reconciler.errors import (
    Conflict,
    NotFound,
    ProviderError,
    RateLimited,
    Refused,
    SendRefused,
    SendUnknown,
    Unauthorized,
    Unreachable,
)
from reconciler.ports import Clock
from reconciler.providers.appcenter.wire import encoded, error_text
from reconciler.providers.budget import LOOPBACK, Budget
from reconciler.providers.http import httpx

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
TRIES = 5
LONGEST_WAIT = 310.0
"""Seconds that one request may wait for a rate limit to lift: the vendor's window of five minutes, and a little."""

_NEVER_EXECUTED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_REFUSED = frozenset({400, 401, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422})
_FRESH = httpx.Limits(max_keepalive_connections=0)
_REPEATABLE = frozenset({500, 502, 503, 504})


class Client:
    """One endpoint with one token, shared by the apps behind it; safe to use from several threads."""

    def __init__(
        self, endpoint: str, token: str, budget: Budget | None, clock: Clock, tell: Callable[[str], None]
    ) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._headers = {"X-API-Token": token, "Accept": "application/json"}
        self._budget, self._clock, self._tell = budget, clock, tell
        # A proxy from the environment has nothing to do with a backend on this machine.
        self._trust_env = urlsplit(endpoint).hostname not in LOOPBACK
        limits = httpx.Limits(max_keepalive_connections=32)
        # Without TLS there is no certificate to verify, and reading those of the world takes its time.
        self._verify = urlsplit(endpoint).scheme != "http"
        self._http = httpx.Client(
            headers=self._headers, timeout=TIMEOUT, limits=limits, trust_env=self._trust_env, verify=self._verify
        )
        self.requests = 0
        self.server_date = ""

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON answer to a request that is safe to repeat (reads, upserts, deletes), None where the body is
        empty.

        Raises a `ProviderError` of the status's own class once the backend refused, or every try failed.
        """
        content = None if body is None else encoded(body)
        waits = self._waits()
        while True:
            response, failure = self._try(method, path, content)
            if response is not None and response.status_code not in _REPEATABLE and response.status_code != 429:
                return self._answer(method, path, response)
            wait = (
                next(waits, None) if response is None or response.status_code != 429 else _retry_after(response, waits)
            )
            if wait is None or wait > LONGEST_WAIT:
                raise self._given_up(method, path, response, failure)
            if wait > 1:
                self._tell(f"{method} {path}: {_why(response, failure)}; trying again in {wait:.0f} s")
            self._clock.sleep(wait)

    def pages(self, path: str, next_path: Callable[[str], str]) -> Iterator[Mapping[str, Any]]:
        """Every value of a paged listing; `next_path` makes a path of its `nextLink`. Raises `Unreachable` where a
        page comes twice.
        """
        seen: set[str] = set()
        while path:
            if path in seen:
                raise Unreachable(f"GET {path}: the listing goes round in a circle", code="RC604")
            seen.add(path)
            answer = self.call("GET", path)
            if not isinstance(answer, dict) or not isinstance(answer.get("values"), list):
                raise Unreachable(f"GET {path}: the answer has no list of `values`", code="RC604")
            yield from answer["values"]
            link = answer.get("nextLink")
            path = next_path(link) if link else ""

    def reserve(self) -> None:
        """Take the request of a send from the budget, waiting for it. Done before the send is written down as
        dispatched, since nobody could tell a request that waits from one that left.
        """
        if self._budget:
            self._budget.spend(self._tell_wait)

    def send(self, path: str, content: bytes) -> tuple[str, int]:
        """Exactly one POST: a fresh connection, no retries, no redirects. The notification's id and the status come
        back. Its place in the budget was taken by `reserve`.

        Raises `SendRefused` where it was definitely not executed, `SendUnknown` where nobody can tell.
        """
        self.requests += 1
        headers = {**self._headers, "Content-Type": "application/json", "Connection": "close"}
        try:
            with httpx.Client(timeout=TIMEOUT, trust_env=self._trust_env, verify=self._verify, limits=_FRESH) as http:
                response = http.post(self.endpoint + path, content=content, headers=headers)
        except _NEVER_EXECUTED as error:
            raise SendRefused(
                f"no connection to {self.endpoint}: {_name(error)}", code="RC623", transient=True
            ) from None
        except httpx.HTTPError as error:
            raise SendUnknown(f"the request left and no answer came: {_name(error)}", code="RC621") from error
        return self._sent(path, response)

    def _sent(self, path: str, response: httpx.Response) -> tuple[str, int]:
        status, said = response.status_code, error_text(response.content) or response.reason_phrase
        if 200 <= status < 300:
            try:
                return str(json.loads(response.content)["notification_id"]), status
            except (ValueError, KeyError, TypeError):
                raise SendUnknown(f"the backend answered {status} without an id", code="RC621", status=status) from None
        message = f"POST {path}: {self.endpoint} answered {status} {said}"
        if status == 429:
            raise SendRefused(message, code="RC605", status=status, transient=True, retry_after=_seconds(response))
        if status in _REFUSED:
            raise SendRefused(message, code="RC601" if status in (401, 403) else "RC620", status=status)
        raise SendUnknown(message, code="RC621", status=status)

    def _try(
        self, method: str, path: str, content: bytes | None
    ) -> tuple[httpx.Response | None, httpx.HTTPError | None]:
        if self._budget:
            self._budget.spend(self._tell_wait)
        self.requests += 1
        headers = {} if content is None else {"Content-Type": "application/json"}
        try:
            response = self._http.request(method, self.endpoint + path, content=content, headers=headers)
        except httpx.HTTPError as error:
            return None, error
        self.server_date = response.headers.get("Date", self.server_date)
        return response, None

    def _answer(self, method: str, path: str, response: httpx.Response) -> Any:
        if response.is_success:
            if not response.content:
                return None
            try:
                return json.loads(response.content)
            except ValueError:
                raise Unreachable(
                    f"{method} {path}: the answer is not JSON", code="RC604", status=response.status_code
                ) from None
        said = error_text(response.content) or response.reason_phrase
        raise _error(response.status_code, f"{method} {path}: {self.endpoint} answered {response.status_code} {said}")

    def _given_up(
        self, method: str, path: str, response: httpx.Response | None, failure: httpx.HTTPError | None
    ) -> ProviderError:
        changed = False if method == "GET" or isinstance(failure, _NEVER_EXECUTED) else None
        message = f"{method} {path}: {self.endpoint}: {_why(response, failure)}"
        if response is not None and response.status_code == 429:
            return RateLimited(
                message, code="RC605", status=429, hint="try again later, or lower `rate_limit` of the app"
            )
        hint = "check the app's `endpoint`, and that the backend is up"
        return Unreachable(
            message, code="RC606", hint=hint, status=response.status_code if response else 0, changed=changed
        )

    def _tell_wait(self, seconds: float) -> None:
        self._tell(f"waiting {seconds:.0f} s for the budget of requests of {self.endpoint}")

    def _waits(self) -> Iterator[float]:
        """Seconds before each further try, doubling, with a little chance so that several runners do not march in
        step.
        """
        return iter([0.25 * 2**exponent * random.uniform(0.8, 1.2) for exponent in range(TRIES - 1)])


def _error(status: int, message: str) -> ProviderError:
    if status in (401, 403):
        what = "is not accepted" if status == 401 else "lacks a right"
        return Unauthorized(
            message, code="RC601", hint=f"the token {what}; check the app's `token` and its scope", status=status
        )
    kinds: dict[int, tuple[type[ProviderError], str]] = {404: (NotFound, "RC602"), 409: (Conflict, "RC603")}
    kind, code = kinds.get(status, (Refused, "RC600"))
    return kind(message, code=code, status=status)


def _retry_after(response: httpx.Response, waits: Iterator[float]) -> float | None:
    """The wait that a 429 asks for; where it names none, a longer one of our own."""
    ours = next(waits, None)
    asked = _seconds(response)
    if ours is None:
        return None
    return asked if asked is not None else ours * 4


def _seconds(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() else None


def _why(response: httpx.Response | None, failure: httpx.HTTPError | None) -> str:
    if response is not None:
        return f"{response.status_code} {error_text(response.content) or response.reason_phrase}"
    return _name(failure) if failure else "no answer"


def _name(error: Exception) -> str:
    # A malformed request is told without its text, which may hold the token.
    text = "" if isinstance(error, httpx.LocalProtocolError) else str(error)
    return f"{type(error).__name__}{f' ({text})' if text else ''}"
