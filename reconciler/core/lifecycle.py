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
from reconciler.model.finding import Finding
from reconciler.model.resource import LiveResource, Resource

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
            return _scheduled(change, wanted)
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
    name, wanted = quote(desired.name), desired.spec.get("state")
    if live is None:
        if wanted != ACTIVE or occurrence_of(desired.spec) not in activated:
            return None
        message = f"{name} was activated, and is gone from the backend; it is not made again by itself"
        return Finding("RC514", message, "to send it again, raise `revision`", desired.source, "warning")
    if live.state == IN_PROGRESS and _is_due(desired, activated):
        message = f"{name} is in progress, so {occurrence_of(desired.spec)} cannot be activated"
        return Finding("RC513", message, "set `state: finished` and apply, then raise `revision`", desired.source)
    is_fixed = live.state == IN_PROGRESS or (live.state == FINISHED and not _is_due(desired, activated))
    if is_fixed and change.fields:
        message = f"{name} is {live.state.replace('-', ' ')} and cannot be changed; it stays as it is"
        hint = (
            "finish it (`state: finished`), and declare the new content under another name, or as the next `revision`"
        )
        return Finding("RC512", message, hint, desired.source, "warning")
    if is_fixed and wanted == DRAFT:
        message = f"{name} is {live.state.replace('-', ' ')} and cannot become a draft again"
        return Finding("RC512", message, "`state: finished` ends it", desired.source, "warning")
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
    # An object that this ledger does not own is taken over by its own change, with its own consent, before it is moved.
    return (
        change
        if change.action is Action.ADOPT and change.consent
        else replace(change, action=action, reason=reason, fields=moved)
    )


def _unchanged(change: Change) -> Change | None:
    """The change without what the backend refuses: taking over and falling into step touch the ledger only."""
    if change.action is Action.ADOPT:
        return replace(change, fields=())
    return None if change.fields else change


def _anew(change: Change) -> Change:
    reason = "the next revision of a finished campaign: it is deleted with its statistics, and made anew"
    return replace(change, action=Action.REPLACE, reason=reason, consent=ALLOW_DELETES)
