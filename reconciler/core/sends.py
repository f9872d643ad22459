"""Work out which declared notifications are still to be sent and which campaigns to be activated, from manifests and
ledger: never from a diff.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.core.compose import CAMPAIGN, compose
from reconciler.core.quote import quote
from reconciler.model.document import Source
from reconciler.model.finding import Finding
from reconciler.model.plan import Skipped
from reconciler.model.resource import Resource
from reconciler.model.send import NEVER_LEFT, SENT, TERMINAL, UNSETTLED, Part, Send, SendRecord, SendState
from reconciler.ports import Dialect

REBUILT = "rebuilt from its marker"
"""The detail of a row that was written from what the backend shows."""

ALLOW_REPEATS = "--allow-repeats"


def sends(
    declared: Sequence[Resource],
    dialects: Mapping[str, Dialect],
    coordinates: Mapping[str, str],
    records: Sequence[SendRecord],
    standing: Callable[[Send, Send | Skipped], Send | Skipped] = lambda _, found: found,
) -> tuple[tuple[Send, ...], tuple[Skipped, ...], tuple[Finding, ...]]:
    """The sends that are to be made or settled, those that are not and why, and what a reviewer should know of them.

    `declared` are notifications and active campaigns, in the order in which they are to be sent. `standing` has the
    last word about each, given what the ledger says of it.
    """
    by_key: dict[str, list[SendRecord]] = {}
    for record in records:
        by_key.setdefault(record.send_key, []).append(record)
    by_marker = {(row.coordinates, row.marker): row for row in records if row.state not in NEVER_LEFT}
    told: dict[tuple[str, str], dict[str, str]] = {}
    for row in records:
        if row.state not in NEVER_LEFT:
            told.setdefault((row.coordinates, row.content_digest), {}).setdefault(row.name, row.occurrence)
    pending: list[Send] = []
    skipped: list[Skipped] = []
    findings: list[Finding] = []
    for each in declared:
        send = compose(each, dialects[each.app], coordinates[each.app])
        rows = _asked(_with_rebuilt(send, by_key.get(send.send_key, []), by_marker))
        match standing(send, _standing(send, rows)):
            case Send() as due:
                names = told.setdefault((send.coordinates, send.content_digest), {})
                pending.append(_with_consent(due, names))
                names.setdefault(send.name, send.occurrence)
            case Skipped() as skip:
                skipped.append(skip)
        if each.kind != CAMPAIGN:
            findings.extend(_edited(send, rows))
    return tuple(_held(pending)), tuple(skipped), tuple(findings)


def _asked(rows: Sequence[SendRecord]) -> Sequence[SendRecord]:
    """The rows without those of a longer list that was cut before any byte of them left."""
    first = min(rows, key=lambda row: row.part, default=None)
    return [row for row in rows if row.part < first.parts or row.state not in NEVER_LEFT] if first else rows


def _standing(send: Send, rows: Sequence[SendRecord]) -> Send | Skipped:
    """What is to be done about a send whose rows in the ledger are `rows`."""
    if not rows:
        return send
    ended = next((row for row in rows if row.state in TERMINAL and row.state not in SENT), None)
    if _is_whole(rows):
        ids = ", ".join(row.remote_id for row in rows if row.remote_id)
        sent_at = min(row.updated_at for row in rows).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Skipped(
            send.address,
            send.send_key,
            "already_sent",
            f"{send.occurrence} was sent {sent_at}" + (f", id {ids}" if ids else ""),
        )
    if ended is not None and not (ended.state is SendState.FAILED and _is_mended(send, ended)):
        return Skipped(send.address, send.send_key, ended.state.lower(), ended.detail)
    unsettled = next((row for row in rows if row.state in UNSETTLED), None)
    if any(row.detail == REBUILT for row in rows):
        # What it was sent to is not known, so what is left of it is not known either.
        why = "a part of it is known from its marker only; to send to the others, raise `revision`"
        return Skipped(send.address, send.send_key, "rebuilt_in_part", why)
    frozen = _frozen(send, rows)
    if unsettled is not None:
        return replace(
            frozen, state=unsettled.state, reason=f"part {unsettled.part + 1} of {unsettled.parts} may have been sent"
        )
    done = sum(row.state in SENT for row in rows)
    return replace(frozen, reason=f"{done} of {rows[0].parts} requests are made") if done else frozen


def _is_whole(rows: Sequence[SendRecord]) -> bool:
    """Whether every request of a send is made; `rows` are its rows, at least one."""
    return all(row.state in SENT for row in rows) and len(rows) == rows[0].parts


def _with_rebuilt(
    send: Send, rows: Sequence[SendRecord], by_marker: Mapping[tuple[str, str], SendRecord]
) -> Sequence[SendRecord]:
    """The rows of a send, with those that a rebuild knew by their marker only, when the send was not declared."""
    held = {row.part for row in rows if row.state not in NEVER_LEFT}
    found = {
        part.index: by_marker.get((send.coordinates, part.marker)) for part in send.parts if part.index not in held
    }
    rebuilt = [
        replace(
            row,
            send_key=send.send_key,
            part=index,
            parts=len(send.parts),
            occurrence=send.occurrence,
            payload_digest=send.parts[index].payload_digest,
            content_digest=send.content_digest,
        )
        for index, row in found.items()
        if row is not None
    ]
    known = {row.part for row in rebuilt}
    return [*(row for row in rows if row.part not in known), *rebuilt]


def _held(pending: Sequence[Send]) -> Iterable[Send]:
    """A send of unknown outcome holds the others of its app; it is settled before they are looked at."""
    unsettled = {send.app: send for send in reversed(pending) if send.state in UNSETTLED}
    for send in sorted(pending, key=lambda each: each.state not in UNSETTLED):
        first = unsettled.get(send.app)
        if first is None or send.state in UNSETTLED:
            yield send
        else:
            yield replace(send, state=SendState.HELD, reason=f"it waits until {first.address} is settled")


def _is_mended(send: Send, row: SendRecord) -> bool:
    """A refused request was definitely not executed: once the manifest says something else, it may be tried again."""
    return row.part >= len(send.parts) or send.parts[row.part].payload_digest != row.payload_digest


def _frozen(send: Send, rows: Sequence[SendRecord]) -> Send:
    """The send with each part's state from the ledger; a part that is recorded keeps the identifiers it was frozen
    with.
    """
    recorded = {row.part: row for row in rows if row.state not in NEVER_LEFT}
    parts = tuple(
        Part(part.index, row.target, part.marker, row.payload_digest, row.state)
        if (row := recorded.get(part.index))
        else part
        for part in send.parts
    )
    return replace(send, parts=parts)


def _edited(send: Send, rows: Sequence[SendRecord]) -> Iterable[Finding]:
    """Content edited after a send is told, and never sends again by itself."""
    left = [row for row in rows if row.state not in NEVER_LEFT]
    if not left or all(row.content_digest == send.content_digest for row in left):
        return
    sent_all = _is_whole(rows)
    document = send.source.document if isinstance(send.source, Source) else None
    following = int(send.occurrence.removeprefix("r")) + 1
    yield Finding(
        "RC510" if sent_all else "RC511",
        f"{quote(send.name)} was {'' if sent_all else 'partly '}sent as revision {following - 1} "
        "with other content or another target",
        f"to send the new content, set `revision: {following}`"
        + ("" if sent_all else "; to finish the old one, restore its content"),
        Source(document, ("spec", "content")) if document else send.address,
        "warning" if sent_all else "error",
    )


def _with_consent(send: Send, names: Mapping[str, str]) -> Send:
    """The same content to the same target under another name: a renamed manifest would reach the same phones twice.

    `names` are those under which it was sent, or is about to be, with their occurrence.
    """
    if not names or send.name in names or send.state in UNSETTLED or send.consent:
        return send
    name, occurrence = next(iter(names.items()))
    blocked = f"the same content and target is sent, or about to be, as {quote(name)} ({occurrence})"
    return replace(send, consent=ALLOW_REPEATS, blocked=blocked)
