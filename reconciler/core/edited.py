"""Tell what is about to be sent from what was sent before: edited since, or the same under another name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.core.quote import quote
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.send import REACHED_NOBODY, UNSETTLED, Send, SendRecord

ALLOW_REPEATS = "--allow-repeats"


def edited(send: Send, rows: Sequence[SendRecord], *, is_whole: bool) -> Iterable[Finding]:
    """Content edited after a send is told, and never sends again by itself. `is_whole`: every request of it is made."""
    left = [row for row in rows if row.state not in REACHED_NOBODY]
    if not left or all(row.content_digest == send.content_digest for row in left):
        return
    document = send.source.document if isinstance(send.source, Source) else None
    following = int(send.occurrence.removeprefix("r")) + 1
    yield Finding(
        "RC510" if is_whole else "RC511",
        f"{quote(send.name)} was {'' if is_whole else 'partly '}sent as revision {following - 1} "
        "with other content or another target",
        f"to send the new content, set `revision: {following}`"
        + ("" if is_whole else "; to finish the old one, restore its content"),
        Source(document, ("spec", "content")) if document else send.address,
        "warning" if is_whole else "error",
    )


def with_consent(send: Send, names: Mapping[str, str]) -> Send:
    """The same content to the same target under another name: a renamed manifest would reach the same phones twice.

    `names` are those under which it was sent, or is about to be, with their occurrence.
    """
    if not names or send.name in names or send.state in UNSETTLED or send.consent:
        return send
    name, occurrence = next(iter(names.items()))
    blocked = f"the same content and target is sent, or about to be, as {quote(name)} ({occurrence})"
    return replace(send, consent=ALLOW_REPEATS, blocked=blocked)
