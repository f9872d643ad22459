"""Events of an apply as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reconciler.model.event import Event, Happened
from reconciler.render.escape import visible
from reconciler.render.findings import hint_text
from reconciler.render.style import Paint, plain

_LOOK = {
    Happened.STARTED: ("…", "dim"),
    Happened.SUCCEEDED: ("ok", "green"),
    Happened.FAILED: ("failed", "red"),
    Happened.SKIPPED: ("skipped", "yellow"),
    Happened.UNKNOWN: ("unknown", "red"),
    Happened.WAITING: ("waiting", "yellow"),
    Happened.TOLD: ("told", "cyan"),
}


def event_text(event: Event, paint: Paint = plain) -> str:
    """One event on one line, with how to mend it below where there is something to mend."""
    word, colour = _LOOK[event.happened]
    code = f" error[{event.code}]:" if event.code else ""
    detail = f" {visible(event.detail)}" if event.detail else ""
    return f"{paint(f'{word:<8}', colour)}{event.verb} {visible(event.subject)}:{code}{detail}{hint_text(event.hint)}"


def summary_text(events: Sequence[Event], paint: Paint = plain, title: str = "Apply") -> str:
    """The line that closes an apply or the like: what was done, what was not, what is not known."""
    counts = Counter((event.happened, event.verb) for event in events)
    done = [f"{count} {_past(verb)}" for (happened, verb), count in counts.items() if happened is Happened.SUCCEEDED]
    done += [
        f"{count} {_KEPT[verb]}"
        for (happened, verb), count in counts.items()
        if happened is Happened.TOLD and verb in _KEPT
    ]
    failed = sum(count for (happened, _), count in counts.items() if happened is Happened.FAILED)
    skipped = sum(count for (happened, _), count in counts.items() if happened is Happened.SKIPPED)
    unknown = sum(count for (happened, _), count in counts.items() if happened is Happened.UNKNOWN)
    rest = [f"{failed} failed"] * bool(failed) + [f"{skipped} not attempted"] * bool(skipped)
    rest += [f"{unknown} of unknown outcome"] * bool(unknown)
    words = ", ".join([*done, *rest]) or "nothing to do"
    return paint(f"{title}: {words}.", "red" if rest else "green")


_KEPT = {"announce": "announced", "expire": "too late", "withdraw": "withdrawn"}
"""What keeping the ledger in step with the clock comes to; nothing of it touches a phone."""


def _past(verb: str) -> str:
    irregular = {"send": "sent", "forget": "forgotten", "probe": "found by its marker"}
    return irregular.get(verb, f"{verb.removesuffix('e')}ed")
