"""Tell what is about to be sent from what was sent before: edited, split by an edit, or the same under another name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.core.quote import quote
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.plan import Skipped
from reconciler.model.send import REACHED_NOBODY, SENT, UNSENT, UNSETTLED, Part, Send, SendRecord, SendState

ALLOW_REPEATS = "--allow-repeats"

EDITED = "edited"
"""Why the rest of a send is not made: it says something else, or to others, than what was made of it."""


def edited(send: Send, rows: Sequence[SendRecord], *, is_whole: bool) -> Iterable[Finding]:
    """Content edited after a send is told, and never sends again by itself. `is_whole`: every request of it is made."""
    left = [row for row in rows if row.state not in REACHED_NOBODY]
    if not left or all(row.content_digest == send.content_digest for row in left):
        return
    document = send.source.document if isinstance(send.source, Source) else None
    where = Source(document, ("spec", "content")) if document else send.address
    if not send.occurrence.startswith("r"):
        if is_split(send, rows):
            message = f"{quote(send.name)} was partly sent at {send.occurrence} with other content or another target"
            hint = "to finish that, restore its content before its deadline; the next occurrence says the new"
            yield Finding("RC511", message, hint, where, "warning")
        return
    following = int(send.occurrence.removeprefix("r")) + 1
    yield Finding(
        "RC510" if is_whole else "RC511",
        f"{quote(send.name)} was {'' if is_whole else 'partly '}sent as revision {following - 1} "
        "with other content or another target",
        f"to send the new content, set `revision: {following}`"
        + ("" if is_whole else "; to finish the old one, restore its content"),
        where,
        "warning" if is_whole else "error",
    )


def is_split(send: Send, rows: Sequence[SendRecord]) -> bool:
    """Whether requests of a send are made, or may be, others are not, and it is not the same send any more: what is
    left would say something else, miss some people, and reach others twice.
    """
    made = [row for row in rows if row.state not in REACHED_NOBODY]
    is_whole = len(made) == rows[0].parts and all(row.state in SENT for row in made) if rows else True
    is_one = all(row.parts == 1 for row in rows) and len(send.parts) == 1
    changed = (row.content_digest != send.content_digest or row.parts != len(send.parts) for row in made)
    return not is_whole and not is_one and any(changed)


def divided(send: Send, rows: Sequence[SendRecord]) -> Send | Skipped:
    """What becomes of a send that is split: what may have left of it is settled, and nothing more is made."""
    unsettled = [row for row in rows if row.state in UNSETTLED]
    if not unsettled:
        detail = "a part of it was sent with other content or to another target; restore that, and the rest is sent"
        return Skipped(send.address, send.send_key, EDITED, detail)
    parts = (Part(row.part, row.target, row.marker, row.payload_digest, row.state) for row in unsettled)
    return replace(send, parts=tuple(parts))


def told_names(
    records: Iterable[SendRecord], declared: Collection[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, str]]:
    """By coordinates and content: the names under which it was sent, or may have been, or is about to be for certain,
    each with its occurrence. What waits and is `declared` (coordinates, name) was past every guard before, or was
    consented to ahead, unless it is only announced.
    """
    told: dict[tuple[str, str], dict[str, str]] = {}
    for row in records:
        is_past = row.state in UNSENT - {SendState.PLANNED} and (row.coordinates, row.name) in declared
        if row.state not in REACHED_NOBODY or is_past:
            told.setdefault((row.coordinates, row.content_digest), {}).setdefault(row.name, row.occurrence)
    return told


def with_consent(send: Send, names: Mapping[str, str]) -> Send:
    """The same content to the same target under another name: a renamed manifest would reach the same phones twice.

    `names` are those under which it was sent, or is about to be, with their occurrence.
    """
    if not names or send.name in names or send.state in UNSETTLED or send.consent:
        return send
    name, occurrence = next(iter(names.items()))
    blocked = f"the same content and target is sent, or about to be, as {quote(name)} ({occurrence})"
    return replace(send, consent=ALLOW_REPEATS, blocked=blocked, is_announced=False)
