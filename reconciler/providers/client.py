"""A backend over HTTP: credentials, budget, retries of what is safe to repeat, and statuses turned into our errors."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from reconciler.errors import ProviderError, RateLimited, SendRefused, SendUnknown, Unreachable
from reconciler.ports import Clock
from reconciler.providers.answers import encoded, error_text, refusal, retry_after, skew_of
from reconciler.providers.auth import Auth
from reconciler.providers.budget import Budget
from reconciler.providers.http import httpx
from reconciler.providers.loopback import is_loopback

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
TRIES = 5
FRESH_SECONDS = 60.0
"""How long the clock of a backend is taken to be known after an answer."""

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
_ACCEPT = {"Accept": "application/json"}
_FRESH = httpx.Limits(max_keepalive_connections=0)
_REPEATABLE = frozenset({500, 502, 503, 504})


class Client:
    """One endpoint with one set of credentials, shared by the apps behind it; safe to use from several threads."""

    def __init__(
        self, endpoint: str, auth: Auth, budget: Budget | None, clock: Clock, tell: Callable[[str], None]
    ) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._auth = auth
        self._budget, self._clock, self._tell = budget, clock, tell
        # A proxy from the environment has nothing to do with a backend on this machine.
        self._trust_env = not is_loopback(endpoint)
        limits = httpx.Limits(max_keepalive_connections=32)
        # Without TLS there is no certificate to verify, and reading those of the world takes its time.
        self._verify = urlsplit(endpoint).scheme != "http"
        self._http = httpx.Client(
            headers=_ACCEPT, timeout=TIMEOUT, limits=limits, trust_env=self._trust_env, verify=self._verify
        )
        self.requests = 0
        self._skew: tuple[float | None, float] = (None, 0.0)

    def close(self) -> None:
        self._http.close()

    @property
    def skew(self) -> float | None:
        """By how many seconds our clock was ahead of the last answer's `Date`; None where that is not known, or old."""
        skew, at = self._skew
        return skew if time.monotonic() - at < FRESH_SECONDS else None

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, is_repeatable: bool = True) -> Any:
        """The JSON answer to a request, None where the body is empty. One that is safe to repeat (reads, upserts,
        deletes) is tried again after timeouts and 5xx, every one after a 429, and once with new credentials
        after a 401.

        Raises a `ProviderError` of the status's own class once the backend refused, or every try failed.
        """
        content = None if body is None else encoded(body)
        waits, is_renewed = self._waits(), False
        while True:
            response, failure = self._try(method, path, content)
            if response is not None and response.status_code not in _REPEATABLE and response.status_code != 429:
                if response.status_code == 401 and not is_renewed and self._auth.renew(response.request.headers):
                    is_renewed = True
                    continue
                return self._answer(method, path, response)
            if not is_repeatable and not _is_unexecuted(response, failure):
                raise self._given_up(method, path, response, failure)
            wait = (
                next(waits, None) if response is None or response.status_code != 429 else _retry_after(response, waits)
            )
            if wait is None or wait > LONGEST_WAIT:
                raise self._given_up(method, path, response, failure)
            if wait > 1:
                self._tell(f"{method} {path}: {_why(response, failure)}; trying again in {wait:.0f} s")
            self._clock.sleep(wait)

    def pages(self, path: str, next_path: Callable[[str], str], values: str = "values") -> Iterator[Mapping[str, Any]]:
        """Every entry of the list `values` of a paged listing; `next_path` makes a path of its `nextLink`. Raises
        `Unreachable` where a page comes twice.
        """
        seen: set[str] = set()
        while path:
            if path in seen:
                raise Unreachable(f"GET {path}: the listing goes round in a circle", code="RC604")
            seen.add(path)
            answer = self.call("GET", path)
            if not isinstance(answer, dict) or not isinstance(answer.get(values), list):
                raise Unreachable(f"GET {path}: the answer has no list of `{values}`", code="RC604")
            yield from answer[values]
            link = answer.get("nextLink")
            path = next_path(link) if link else ""

    def reserve(self) -> None:
        """Take the request of a send from the budget and see to its credentials, waiting for both. Done before the
        send is written down as dispatched, since nobody could tell a request that waits from one that left.
        """
        if self._budget:
            self._budget.spend(self._tell_wait)
        self._auth.headers()

    def send(self, path: str, content: bytes) -> dict[str, Any]:
        """Exactly one POST: a fresh connection, no retries, no redirects. The JSON object of the answer comes back.
        Its place in the budget was taken by `reserve`.

        Raises `SendRefused` where it was definitely not executed, `SendUnknown` where nobody can tell.
        """
        self.requests += 1
        try:
            credentials = self._auth.headers()
        except ProviderError as error:
            raise SendRefused(error.message, code=error.code, hint=error.hint, transient=True) from error
        headers = {**_ACCEPT, **credentials, "Content-Type": "application/json", "Connection": "close"}
        try:
            with httpx.Client(timeout=TIMEOUT, trust_env=self._trust_env, verify=self._verify, limits=_FRESH) as http:
                response = http.post(self.endpoint + path, content=content, headers=headers)
        except _NEVER_EXECUTED as error:
            raise SendRefused(
                f"no connection to {self.endpoint}: {_name(error)}", code="RC623", transient=True
            ) from None
        except httpx.HTTPError as error:
            raise SendUnknown(f"the request left and no answer came: {_name(error)}", code="RC621") from error
        self._skew = (skew_of(response.headers.get("Date", ""), self._clock.now()), time.monotonic())
        return self._sent(path, response)

    def _sent(self, path: str, response: httpx.Response) -> dict[str, Any]:
        status = response.status_code
        if 200 <= status < 300:
            try:
                return dict(json.loads(response.content))
            except (ValueError, TypeError):
                raise SendUnknown(f"the backend answered {status} without JSON", code="RC621", status=status) from None
        message = f"POST {path}: {self.endpoint} answered {status} {_said(response)}"
        if status == 429:
            raise SendRefused(message, code="RC605", status=status, transient=True, retry_after=_seconds(response))
        if status == 401:
            is_renewed = self._auth.renew(response.request.headers)
            raise SendRefused(message, code="RC601", status=status, transient=is_renewed, retry_after=0.0)
        if status in _REFUSED:
            raise SendRefused(message, code="RC601" if status == 403 else "RC620", status=status)
        raise SendUnknown(message, code="RC621", status=status)

    def _try(
        self, method: str, path: str, content: bytes | None
    ) -> tuple[httpx.Response | None, httpx.HTTPError | None]:
        if self._budget:
            self._budget.spend(self._tell_wait)
        self.requests += 1
        headers = {**self._auth.headers(), **({} if content is None else {"Content-Type": "application/json"})}
        try:
            response = self._http.request(method, self.endpoint + path, content=content, headers=headers)
        except httpx.HTTPError as error:
            return None, error
        self._skew = (skew_of(response.headers.get("Date", ""), self._clock.now()), time.monotonic())
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
        status = response.status_code
        raise refusal(status, f"{method} {path}: {self.endpoint} answered {status} {_said(response)}")

    def _given_up(
        self, method: str, path: str, response: httpx.Response | None, failure: httpx.HTTPError | None
    ) -> ProviderError:
        changed = False if method == "GET" or _is_unexecuted(response, failure) else None
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


def _is_unexecuted(response: httpx.Response | None, failure: httpx.HTTPError | None) -> bool:
    """Whether a failed try certainly changed nothing."""
    return isinstance(failure, _NEVER_EXECUTED) or (response is not None and response.status_code == 429)


def _said(response: httpx.Response) -> str:
    return error_text(response.content, response.headers.get("Content-Type", "")) or response.reason_phrase


def _retry_after(response: httpx.Response, waits: Iterator[float]) -> float | None:
    """The wait that a 429 asks for; where it names none, a longer one of our own."""
    ours = next(waits, None)
    asked = _seconds(response)
    if ours is None:
        return None
    return asked if asked is not None else ours * 4


def _seconds(response: httpx.Response) -> float | None:
    """The seconds that a 429 asks to wait: in its header, or in its body (`details.retry_after`)."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    asked = retry_after(response.content)
    return None if asked is None else float(asked)


def _why(response: httpx.Response | None, failure: httpx.HTTPError | None) -> str:
    if response is not None:
        return f"{response.status_code} {_said(response)}"
    return _name(failure) if failure else "no answer"


def _name(error: Exception) -> str:
    # A malformed request is told without its text, which may hold the token.
    text = "" if isinstance(error, httpx.LocalProtocolError) else str(error)
    return f"{type(error).__name__}{f' ({text})' if text else ''}"
