"""Azure AD's access tokens for a service principal: asked for when needed, kept until shortly before they expire.

Source: the fact sheet `mobile-engagement.md` §2; the numbers of the answer are texts.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from reconciler.errors import ProviderError, Unauthorized, Unreachable
from reconciler.ports import Clock
from reconciler.providers.answers import error_text
from reconciler.providers.http import httpx
from reconciler.providers.loopback import is_loopback

RESOURCE = "https://management.core.windows.net/"
MARGIN = timedelta(minutes=5)
"""How long before its end a token is not used any more: the backend's clock may be ahead, and a send must not wait."""

TRIES = 4


class ClientCredentials:
    """`providers.auth.Auth` by client id and secret; safe to use from several threads."""

    def __init__(self, authority: str, tenant: str, client_id: str, client_secret: str, clock: Clock) -> None:
        self._url = f"{authority.rstrip('/')}/{quote(tenant, safe='')}/oauth2/token"
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "resource": RESOURCE,
        }
        self._clock = clock
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)
        self._turn = threading.Lock()

    def headers(self) -> Mapping[str, str]:
        with self._turn:
            if self._clock.now() >= self._until:
                self._renew()
            return {"Authorization": f"Bearer {self._token}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        with self._turn:
            if refused.get("Authorization") != f"Bearer {self._token}":
                return True  # another thread has a new one already
            before = self._token
            try:
                self._renew()
            except ProviderError:
                return False
            return self._token != before

    def _renew(self) -> None:
        answer = self._asked()
        try:
            # By our own clock: what counts is how long the token lives, not what time the server has.
            lifetime = timedelta(seconds=float(answer["expires_in"]))
            self._token = str(answer["access_token"])
        except (KeyError, TypeError, ValueError):
            raise Unreachable(f"POST {self._url}: the answer has no token", code="RC604") from None
        self._until = self._clock.now() + max(lifetime - MARGIN, lifetime / 2)

    def _asked(self) -> Any:
        trusts_env = not is_loopback(self._url)
        for tried in range(1, TRIES + 1):
            try:
                response = httpx.post(self._url, data=self._form, timeout=30.0, trust_env=trusts_env)
            except httpx.HTTPError as error:
                why = type(error).__name__
            else:
                if response.is_success:
                    return _json(response.content)
                why = f"{response.status_code} {error_text(response.content) or response.reason_phrase}"
                if response.status_code < 500 and response.status_code != 429:
                    hint = "check the app's `tenant`, `client_id` and `client_secret`, and that the secret lives"
                    raise Unauthorized(f"POST {self._url}: {why}", code="RC601", hint=hint, status=response.status_code)
            if tried < TRIES:
                self._clock.sleep(0.5 * 2**tried)
        raise Unreachable(f"POST {self._url}: {why}", code="RC606", hint="check the app's `authority`")


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
