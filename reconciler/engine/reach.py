"""Estimate how many devices sends reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.engine.load import Loaded
from reconciler.model.resource import Key
from reconciler.model.send import UNSETTLED, Send
from reconciler.ports import Provider


def reach(
    loaded: Loaded, providers: Mapping[str, Provider], pending: Iterable[Send], sizes: Mapping[Key, int]
) -> Iterable[Send]:
    """The sends with an estimate of their recipients, None where nobody can say. `sizes` are those of the audiences
    that are as declared; others are tested by their definitions.
    """
    declared = {each.key: each for each in loaded.resources}
    counts: dict[Key, int | None] = dict(sizes)
    for send in pending:
        if send.state in UNSETTLED or send.recipients is not None:
            yield send
            continue
        provider = providers[send.app]
        total = provider.everyone() if "everyone" in send.parts[0].target else None
        for name in send.parts[0].target.get("audiences", ()):
            key = (send.app, "Audience", name)
            if key not in counts:
                counts[key] = provider.reach(declared[key])
            count = counts[key]
            # Audiences may overlap, so the sum is an upper bound; one unknown makes the whole unknown.
            total = None if count is None else (total or 0) + count
            if count is None:
                break
        yield replace(send, recipients=total)
