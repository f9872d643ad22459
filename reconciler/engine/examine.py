"""Examine what a project stands on: credentials, rights, clock and ledger, one after another, changing nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.compose import GUARANTEES
from reconciler.engine.load import Loaded
from reconciler.engine.skew import MOST_SKEW
from reconciler.errors import ReconcilerError, Unauthorized
from reconciler.ports import Provider

if TYPE_CHECKING:
    from reconciler.ledger.sql import SqlLedger  # SQLAlchemy is heavy, and here only its type is needed

WRITERS = frozenset({"manager", "developer"})


@dataclass(frozen=True, slots=True)
class Check:
    """One thing examined: `status` is ok, warning or failed; `exit_code` is what a failure would mean."""

    subject: str
    status: str
    detail: str
    hint: str = ""
    exit_code: int = 0


def examine(loaded: Loaded, providers: dict[str, Provider]) -> Iterator[Check]:
    """Every check of every app, then the next app; a failed one ends the checks of its app."""
    for alias, provider in providers.items():
        try:
            yield from _app(loaded, alias, provider)
        except ReconcilerError as error:
            code = 9 if isinstance(error, Unauthorized) else 1
            yield Check(alias, "failed", error.message, error.hint, code)


def _app(loaded: Loaded, alias: str, provider: Provider) -> Iterable[Check]:
    user, app = provider.user(), provider.identity()
    whose = f"the token is {user['name']}'s ({user.get('display_name', '')})" if "name" in user else "they are accepted"
    yield Check(alias, "ok", f"credentials: {whose}")
    yield _skew(alias, provider)
    seen = provider.apps()
    listed = ", ".join(seen[:10]) + (" …" if len(seen) > 10 else "")
    if seen:
        yield Check(alias, "ok", f"the API reports {len(seen)} {'app' if len(seen) == 1 else 'apps'}: {listed}")
    system = f" for {app['os']}" if "os" in app else ""
    yield Check(alias, "ok", f"{loaded.coordinates[alias]} is `{app.get('display_name')}`{system}")
    rights = [str(right) for right in app.get("member_permissions") or ()]
    if rights and not WRITERS & set(rights):
        hint = "use a token of full access to apply; this one can plan"
        yield Check(alias, "warning", f"the token may only read: {', '.join(rights)}", hint)
    else:
        yield Check(alias, "ok", f"rights: {', '.join(rights) or 'not reported'}")
    sends = loaded.dialects[alias].sends
    if not sends.targets:
        yield Check(alias, "ok", "nothing is sent: the backend takes audiences only")
        return
    yield Check(alias, "ok", f"sends are {sends.send_class}, {GUARANTEES[sends.send_class]}")
    for target, send_class in sends.classes.items():
        yield Check(alias, "ok", f"sends to {target} are {send_class}, {GUARANTEES[send_class]}")


def _skew(alias: str, provider: Provider) -> Check:
    skew = provider.skew()
    if skew is None:
        return Check(alias, "warning", "the backend tells no time, so clocks cannot be compared")
    if abs(skew) > MOST_SKEW:
        return Check(
            alias, "warning", f"this machine's clock differs by {skew:.0f} s from the backend's", "set the clock (NTP)"
        )
    return Check(alias, "ok", f"clocks agree within {abs(skew):.0f} s")


def examine_ledger(ledger: SqlLedger, *, is_local: bool) -> Iterator[Check]:
    """Whether the ledger is there, whole, and outlives this machine."""
    if not ledger.identity():
        yield Check(
            "ledger", "warning", "there is none yet", "make it with `reconciler init`; the first apply does so too"
        )
        return
    broken = ledger.broken_at()
    if broken is None:
        yield Check("ledger", "ok", f"{ledger.identity()}: every entry follows from those before it")
    else:
        hint = "restore it from a backup; until then, nobody can say what was sent"
        yield Check(
            "ledger",
            "failed",
            f"entry {broken} does not follow from those before it: it was tampered with or cut",
            hint,
            1,
        )
    if is_local:
        yield Check("ledger", "warning", "it is a file of this machine", "share one before several people or CI apply")
