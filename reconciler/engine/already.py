"""Remember activations that somebody else made of campaigns that are ours, so that they are never made again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.core.activation import ALREADY_ACTIVE
from reconciler.core.compose import compose
from reconciler.engine.row import record_of
from reconciler.engine.run import Run
from reconciler.model.plan import Skipped
from reconciler.model.send import NEVER_LEFT, SendState


def remember_active(run: Run, skipped: Iterable[Skipped]) -> None:
    """Write a CONFIRMED row for each campaign that is active on the backend though this ledger never activated it.
    Raises `LedgerError`.
    """
    declared = {each.address: each for each in run.loaded.resources}
    for skip in skipped:
        if skip.why != ALREADY_ACTIVE:
            continue
        resource = declared[skip.address]
        coordinates = run.loaded.coordinates[resource.app]
        send = compose(resource, run.loaded.dialects[resource.app], coordinates)
        rows = run.ledger.sends([coordinates])
        if any((row.kind, row.name) == (send.kind, send.name) and row.state not in NEVER_LEFT for row in rows):
            continue  # another revision of it, which this ledger did activate
        row = replace(record_of(run, send, send.parts[0]), state=SendState.CONFIRMED, detail=skip.detail)
        run.ledger.put(row, "send-found")
