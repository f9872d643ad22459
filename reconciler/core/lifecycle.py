"""Steer a change of an object with states (a campaign): what its state allows, and what nothing but a person can do.

```
draft --activate (a send)--> scheduled --(its start)--> in-progress --finish, or its end--> finished
  ^----------suspend-------------'
```

Only a draft can be changed. What finished, or was deleted outside, is never activated again for the same revision.
Source: `facts/mobile-engagement.md` §3.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reconciler.core.compose import occurrence_of
from reconciler.core.diff import ALLOW_DELETES
from reconciler.core.quote import quote
from reconciler.model.change import Action, Change, FieldChange, Origin
from reconciler.model.finding import Finding, Severity
from reconciler.model.resource import LiveResource, Resource, Spec

DRAFT, SCHEDULED, IN_PROGRESS, FINISHED = "draft", "scheduled", "in-progress", "finished"
ACTIVE = "active"
"""What a manifest asks for; the backend's words for it are scheduled and in-progress."""

_REMOVALS = {
    SCHEDULED: "no longer declared; it is scheduled, so it is suspended first",
    IN_PROGRESS: "no longer declared; it is in progress, so it is finished first",
}


def steered(
    change: Change | None, desired: Resource | None, live: LiveResource | None, activated: Collection[str]
) -> Change | None:
    """The change as the object's state allows it; None where there is nothing that may be done.

    `change` is what the diff says, `activated` are the occurrences that the ledger holds as activated, or perhaps so.
    """
    if change is None:
        return None
    if desired is None:
        is_removal = change.action is Action.DELETE
        return replace(change, reason=_REMOVALS.get(live.state, change.reason)) if live and is_removal else change
    wanted = desired.spec.get("state")
    if live is None:
        # What was activated and is gone was finished or deleted by somebody: making it anew would be a second send.
        return None if wanted == FINISHED or occurrence_of(desired.spec) in activated else change
    match live.state:
        case "scheduled":
            # Taking it back without being asked to activate it again would lose it.
            return _unchanged(change) if wanted is None else _scheduled(change, wanted)
        case "in-progress":
            return (
                _moved(change, Action.FINISH, live, "declared finished") if wanted == FINISHED else _unchanged(change)
            )
        case "finished":
            return _anew(change) if _is_due(desired, activated) else _unchanged(change)
        case _:
            return change


def obstacle(
    change: Change | None, desired: Resource | None, live: LiveResource | None, activated: Collection[str]
) -> Finding | None:
    """What the manifest asks for and the object's state forbids; None where that is nothing. `change` is the diff's."""
    if desired is None or change is None:
        return None
    if live is None:
        return _gone(desired, activated)
    is_due = _is_due(desired, activated)
    told = _too_early(change, desired, live) if is_due else None
    if told is None and (live.state == IN_PROGRESS or (live.state == FINISHED and not is_due)):
        told = _fixed(change, desired, live)
    if told is None and live.state == SCHEDULED and desired.spec.get("state") is None and change.fields:
        told = ("RC512", "is scheduled and its `state` is not managed, so it cannot be changed; it stays as it is",
                "declare `state: active`, or `draft` to take it back")  # fmt: skip
    if told is None:
        return None
    code, message, hint = told
    severity: Severity = "error" if code == "RC513" else "warning"
    return Finding(code, f"{quote(desired.name)} {message}", hint, desired.source, severity)


def _gone(desired: Resource, activated: Collection[str]) -> Finding | None:
    if desired.spec.get("state") != ACTIVE or occurrence_of(desired.spec) not in activated:
        return None
    message = f"{quote(desired.name)} was activated, and is gone from the backend; it is not made again by itself"
    return Finding("RC514", message, "to send it again, raise `revision`", desired.source, "warning")


def _too_early(change: Change, desired: Resource, live: LiveResource) -> tuple[str, str, str] | None:
    """Why the next revision cannot be activated yet."""
    occurrence = occurrence_of(desired.spec)
    if live.state == IN_PROGRESS:
        message = f"is in progress, so {occurrence} cannot be activated"
        return "RC513", message, "set `state: finished` and apply, then raise `revision`"
    if live.state == SCHEDULED and not change.fields:
        message = f"has not started yet, so there is nothing that {occurrence} would send again"
        return "RC513", message, "set `revision` back; until its start it is changed without a new one"
    return None


def _fixed(change: Change, desired: Resource, live: LiveResource) -> tuple[str, str, str] | None:
    """Why what has started, or is over, stays as it is."""
    wanted, stands = desired.spec.get("state"), live.state.replace("-", " ")
    if change.fields:
        anew = "declare the new content under another name, or as the next `revision`"
        hint = anew if FINISHED in (live.state, wanted) else f"finish it (`state: finished`), and {anew}"
        return "RC512", f"is {stands} and cannot be changed; it stays as it is", hint
    if wanted == DRAFT:
        return "RC512", f"is {stands} and cannot become a draft again", "`state: finished` ends it"
    return None


def _is_due(desired: Resource, activated: Collection[str]) -> bool:
    """Whether another revision of what was activated is asked for."""
    is_wanted = desired.spec.get("state") == ACTIVE
    return is_wanted and bool(activated) and occurrence_of(desired.spec) not in activated


def _scheduled(change: Change, wanted: object) -> Change:
    is_kept = wanted not in (DRAFT, FINISHED)
    if change.fields:
        after = "changed and activated again" if is_kept else "changed, and stays a draft"
        return replace(change, reason=f"{change.reason}; it is scheduled, so it is suspended, {after}", reopens=True)
    if is_kept:
        return change
    return replace(_moved(change, Action.SUSPEND, None, f"declared {wanted}, and not started yet"), reopens=True)


def _moved(change: Change, action: Action, live: LiveResource | None, reason: str) -> Change:
    before = live.state if live else SCHEDULED
    after = FINISHED if action is Action.FINISH else DRAFT
    moved = (FieldChange(("state",), before, after, Origin.CONFIG),)
    # An object that this ledger does not own is taken over with its own consent, and moved by that.
    is_taken_over = change.action is Action.ADOPT
    words = f"{change.reason}; {reason}" if is_taken_over else reason
    chosen = Action.ADOPT if is_taken_over else action
    return replace(change, action=chosen, reason=words, fields=moved, desired=_still(change))


def _still(change: Change) -> Spec | None:
    """What the ledger may say afterwards: only the state moves, the content stays what was applied last."""
    if not change.fields or change.recorded is None or change.desired is None:
        return change.desired
    return {**change.recorded, "state": change.desired.get("state")}


def _unchanged(change: Change) -> Change | None:
    """The change without what the backend refuses: taking over and falling into step touch the ledger only."""
    if change.action is Action.ADOPT:
        return replace(change, fields=())
    return None if change.fields else change


def _anew(change: Change) -> Change:
    reason = "the next revision of a finished campaign: it is deleted with its statistics, and made anew"
    return replace(change, action=Action.REPLACE, reason=reason, consent=ALLOW_DELETES)
