"""Tell a backend on this machine, which is a rehearsal, from a real one."""

from __future__ import annotations

from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Hosts that are this machine."""


def is_loopback(endpoint: str) -> bool:
    """Whether an endpoint's URL names this machine."""
    return urlsplit(endpoint).hostname in LOOPBACK


def coordinates(backend: str, endpoint: str, *names: object) -> str:
    """The coordinates of an app, in small letters: `backend/name/…`. One behind a loopback endpoint is a rehearsal and
    never shadows the real one of that name.
    """
    rehearsal = "@loopback" if is_loopback(endpoint) else ""
    return "/".join((f"{backend}{rehearsal}", *map(str, names))).lower()
