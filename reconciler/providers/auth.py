"""Credentials as a client presents them: the headers of each request, renewed where a backend's tokens expire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Auth(Protocol):
    """What makes a request ours. Safe to use from several threads."""

    def headers(self) -> Mapping[str, str]:
        """The headers of the next request; may ask for a new token first. Raises `Unauthorized`, `Unreachable`."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """After a 401 to a request with the headers `refused`: whether the next one will have others."""


class Fixed:
    """Credentials that never change: `{"X-API-Token": …}`."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    def headers(self) -> Mapping[str, str]:
        return self._headers

    def renew(self, refused: Mapping[str, str]) -> bool:
        return False
