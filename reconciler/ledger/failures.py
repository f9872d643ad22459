"""Turn the database's failures into ours: one line that says what to do, and never a password."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reconciler.errors import LedgerAway, LedgerError, LedgerLocked
from reconciler.ledger.engines import BUSY_SECONDS

_HELD = {"40001", "40P01", "55P03"}
"""PostgreSQL's words for: somebody else was faster, deadlock, a lock that was not given in time."""

_AWAY = ("08", "57P01", "57P02", "57P03")
"""PostgreSQL's words for: the connection broke, the server goes down, comes up."""

_TO_BE_MENDED = ("password", "does not exist", "permission", "authentication", "pg_hba")
"""What waiting does not mend, though it is said while connecting."""

_SQLITE_HELD = ("database is locked", "database table is locked")

_HINTS = (
    ("not a database", "restore it from a backup; it holds what was sent, so do not just delete it"),
    ("malformed", "restore it from a backup; it holds what was sent, so do not just delete it"),
    ("full", "free some disk space; nothing was sent that is not written down"),
    ("no space left", "free some disk space; nothing was sent that is not written down"),
    ("password", "give the user and the password in the URL, and take that from `{env: NAME}`"),
    ("does not exist", "make it first, with `createdb` and `createuser`"),
    ("permission denied", "grant the user `CONNECT` on the database and `CREATE` on its schema"),
    ("statement timeout", "look for what keeps the database busy, and try again"),
    ("connection", "check that the server runs and is reached from here; nothing is sent without a ledger"),
    ("timeout", "check that the server runs and is reached from here; nothing is sent without a ledger"),
    ("resolve", "check the host's name; nothing is sent without a ledger"),
)


@contextmanager
def failures(url: str) -> Iterator[None]:
    """Turn the database's exceptions into `LedgerError`s, `LedgerLocked` where somebody else holds what is needed."""
    try:
        yield
    except sqlite3.Error as error:  # raised while connecting, before SQLAlchemy could wrap it
        raise _failure(url, str(error), "") from error
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", "") or "")
        raise _failure(url, str(error.orig), state, is_cut=error.connection_invalidated) from error
    except SQLAlchemyError as error:
        raise _failure(url, type(error).__name__, "") from error
    except UnicodeEncodeError as error:  # a driver's own, about a text that no database takes
        raise _failure(url, f"it does not take a text ({error.reason})", "") from error


def shown(url: str | URL) -> str:
    """A ledger's URL as people may see it: without password and options."""
    parsed = make_url(url)
    return parsed.set(query={}).render_as_string(hide_password=True)


def _failure(url: str, reason: str, state: str, *, is_cut: bool = False) -> LedgerError:
    told = _scrubbed(url, " ".join(reason.split()))
    if state in _HELD or told.startswith(_SQLITE_HELD):
        message = f"the ledger {shown(url)} is held by another process for more than {BUSY_SECONDS} s"
        if state in ("40001", "40P01"):
            message = f"another process wrote to the ledger {shown(url)} at the same moment"
        return LedgerLocked(message, code="RC710", hint="try again when it ends")
    failure = LedgerAway if is_cut or _is_away(told, state) else LedgerError
    return failure(f"the ledger {shown(url)} cannot be used: {told}", code="RC702", hint=_hint(told))


def _is_away(reason: str, state: str) -> bool:
    lowered = reason.lower()
    is_unreached = "connection" in lowered or "failed to resolve" in lowered
    is_let_in = not any(word in lowered for word in _TO_BE_MENDED)
    return state.startswith(_AWAY) or (not state and is_unreached and is_let_in)


def _scrubbed(url: str, reason: str) -> str:
    """A reason without the secrets of the URL, should the driver quote them."""
    parsed = make_url(url)
    options = [value for name, value in parsed.query.items() if "password" in name and isinstance(value, str)]
    for secret in (parsed.password, *options):
        if secret:
            reason = reason.replace(str(secret), "***")
    return reason


def _hint(reason: str) -> str:
    lowered = reason.lower()
    if "readonly" in lowered or "unable to open" in lowered:
        is_known = hasattr(os, "getuid")
        return f"check that user {os.getuid()} may write it and its folder" if is_known else "check its permissions"
    return next((hint for word, hint in _HINTS if word in lowered), "")
