"""Work out which declared notifications are still to be sent and which campaigns to be activated, from manifests and
ledger: never from a diff.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reconciler.core.asked import Asked, Due, Moment, asked
from reconciler.core.compose import CAMPAIGN, compose
from reconciler.core.edited import divided, edited, is_split, told_names, with_consent
from reconciler.core.encode import instant
from reconciler.core.memory import Memory
from reconciler.core.unasked import left_over, may_wait, unasked_finding, undecided, unwanted, waits, withdrawn
from reconciler.model.finding import Finding
from reconciler.model.plan import Skipped, Withdrawn
from reconciler.model.resource import Resource
from reconciler.model.send import (
    NEVER_LEFT,
    SENT,
    TERMINAL,
    UNSENT,
    UNSETTLED,
    Part,
    Send,
    SendRecord,
    SendState,
)
from reconciler.ports import Dialect

ALWAYS = Moment(datetime.max.replace(tzinfo=UTC))
"""At the end of time: for those to whom schedules mean nothing."""

REBUILT = "rebuilt from its marker"
"""The detail of a row that was written from what the backend shows."""


@dataclass(frozen=True, slots=True)
class Sends:
    """The sends that are `due` (to be made or settled), `coming` (announced for later) and `lapsed` (too late, to be
    written down as EXPIRED); those `skipped` and why; what a reviewer should know of them; and those that are to be
    `withdrawn`, since nothing asks for them any more.
    """

    due: tuple[Send, ...]
    coming: tuple[Send, ...]
    lapsed: tuple[Send, ...]
    skipped: tuple[Skipped, ...]
    findings: tuple[Finding, ...]
    withdrawn: tuple[Withdrawn, ...]


def sends(
    declared: Sequence[Resource],
    dialects: Mapping[str, Dialect],
    coordinates: Mapping[str, str],
    records: Sequence[SendRecord],
    moment: Moment = ALWAYS,
    standing: Callable[[Send, Send | Skipped], Send | Skipped] = lambda _, found: found,
) -> Sends:
    """What is to become of every declared send, and of those that the ledger still holds and nothing declares.

    `declared` are notifications and active campaigns, in the order in which they are to be sent. `standing` has the
    last word about each, given what the ledger says of it.
    """
    memory = Memory.of(records)
    told = told_names(records, {(coordinates[each.app], each.name) for each in declared})
    verdicts: list[Send | Skipped] = []
    findings: list[Finding] = []
    left: list[SendRecord] = []
    asked_for: set[str] = set()
    for each in declared:
        where = coordinates[each.app]
        for wanted in asked(each, dialects[each.app], memory.by_name.get((where, each.kind, each.name), ()), moment):
            send = compose(each, dialects[each.app], where, wanted.when, is_ahead=wanted.due is Due.AHEAD)
            rows = memory.of_send(send)
            asked_for.add(send.send_key)
            ahead = _moved(send, rows, moment.now) or _waiting(send, rows, moment.now)
            found = _timed(ahead or standing(send, _standing(send, rows)), wanted, rows)
            if isinstance(found, Send) and wanted.when:
                found = replace(found, is_announced=_is_announced(found, rows, memory.written(send)))
            if isinstance(found, Send) and found.state is not SendState.EXPIRED and is_split(send, rows):
                found = divided(found, rows)  # what is left waits: the content may be restored
            else:
                left.extend(left_over(send, found, rows))
            if isinstance(found, Send) and found.state is not SendState.EXPIRED:
                names = told.setdefault((where, send.content_digest), {})
                found = with_consent(found, names)
                names.setdefault(send.name, send.occurrence)
            verdicts.append(found)
            if send.kind != CAMPAIGN and not ahead and not any(may_wait(row, moment.now) for row in rows):
                findings.extend(edited(send, rows, is_whole=_is_whole(rows)))
    unasked = [row for row in records if row.send_key not in asked_for]
    left.extend(unwanted(unasked, moment.now))
    aliases = {where: app for app, where in coordinates.items()}
    return _sorted(verdicts, findings, (records, left), aliases, moment.now)


def _sorted(
    verdicts: Sequence[Send | Skipped],
    findings: Sequence[Finding],
    rows: tuple[Sequence[SendRecord], Sequence[SendRecord]],
    aliases: Mapping[str, str],
    now: datetime,
) -> Sends:
    """Verdicts by what is to be done about them; `rows` are all of the ledger's, and those that are given up."""
    records, left = rows
    made = [each for each in verdicts if isinstance(each, Send)]
    due = [each for each in made if not _is_untimely(each)]
    loose = undecided(records, {send.send_key for send in due}, now)
    return Sends(
        due=tuple(_held(due, loose, aliases)),
        coming=tuple(each for each in made if each.by == Due.LATER or each.state in SENT),
        lapsed=tuple(each for each in made if each.state is SendState.EXPIRED),
        skipped=tuple(each for each in verdicts if isinstance(each, Skipped)),
        findings=(*findings, *(unasked_finding(row, aliases[row.coordinates]) for row in loose)),
        withdrawn=tuple(withdrawn(row, aliases[row.coordinates]) for row in left),
    )


def _is_untimely(send: Send) -> bool:
    """Whether nothing is done about it now but to write it down."""
    return send.by == Due.LATER or send.state is SendState.EXPIRED or send.state in SENT


def _timed(found: Send | Skipped, wanted: Asked, rows: Sequence[SendRecord]) -> Send | Skipped:
    """What the clock says of a send that the ledger does not hold as made."""
    if isinstance(found, Skipped) or wanted.when is None:
        return found
    if found.state in UNSETTLED:
        return replace(found, by=wanted.due) if wanted.due is Due.AHEAD else found
    failed = next((row for row in rows if row.state is SendState.FAILED), None)
    if wanted.due is Due.NEVER and failed and not any(row.state in UNSENT for row in rows):
        return Skipped(found.address, found.send_key, "failed", failed.detail)
    if wanted.due is Due.NEVER and rows and all(part.state in SENT for part in found.parts):
        return Skipped(found.address, found.send_key, "over", wanted.why)  # what was left of it was given up before
    if wanted.due is Due.NEVER:
        found = replace(found, state=SendState.EXPIRED, reason=wanted.why)
    return replace(found, by=wanted.due)


def _is_announced(send: Send, rows: Sequence[SendRecord], written: Collection[int]) -> bool:
    """Whether the ledger knows of each request for that time; `written` are those that have a row."""
    is_moved = any(row.state is SendState.PLANNED and row.scheduled_at != send.scheduled_at for row in rows)
    return not is_moved and all(part.index in written for part in send.parts)


def _waiting(send: Send, rows: Sequence[SendRecord], now: datetime) -> Send | None:
    """A send that waits on the backend as it should; None where there is no such send."""
    if send.by != Due.AHEAD or not _is_whole(rows) or not all(waits(row, now) for row in rows):
        return None
    return replace(send, state=SendState.CONFIRMED, reason="it waits on the backend")


def _moved(send: Send, rows: Sequence[SendRecord], now: datetime) -> Send | None:
    """A send that waits on the backend and is to say something else, or at another time: taken back, and made anew if
    it is in time. None where there is no such send.
    """
    waits = rows[0].scheduled_at if len(rows) == 1 and rows[0].state in SENT else None
    if waits is None or waits <= now:
        return None
    if rows[0].payload_digest == send.parts[0].payload_digest:
        return None
    reason = f"it waits on the backend until {instant(waits)}, and is taken back to be changed"
    return replace(send, reason=reason, reopens=True)


def _standing(send: Send, rows: Sequence[SendRecord]) -> Send | Skipped:
    """What is to be done about a send whose rows in the ledger are `rows`."""
    if not rows:
        return send
    ended = next((row for row in rows if row.state in TERMINAL and row.state not in SENT), None)
    if _is_whole(rows):
        ids = ", ".join(row.remote_id for row in rows if row.remote_id)
        sent_at = instant(min(row.updated_at for row in rows))
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
    """Whether every request of a send is made; `rows` are its rows."""
    return bool(rows) and all(row.state in SENT for row in rows) and len(rows) == rows[0].parts


def _held(pending: Sequence[Send], loose: Iterable[SendRecord], aliases: Mapping[str, str]) -> Iterable[Send]:
    """A send of unknown outcome holds the others of its app, whether or not it is asked for; it is settled before they
    are looked at. `loose` are the rows of those that are not.
    """
    unsettled = {aliases[row.coordinates]: f"{row.kind}/{row.name}" for row in loose}
    unsettled |= {send.app: f"{send.kind}/{send.name}" for send in reversed(pending) if send.state in UNSETTLED}
    for send in sorted(pending, key=lambda each: each.state not in UNSETTLED):
        first = unsettled.get(send.app)
        if first is None or send.state in UNSETTLED:
            yield send
        else:
            yield replace(send, state=SendState.HELD, reason=f"it waits until {send.app}/{first} is settled")


def _is_mended(send: Send, row: SendRecord) -> bool:
    """A refused request was definitely not executed: once the manifest says something else, it may be tried again."""
    was_ahead = row.scheduled_at is not None and row.dispatched_at is not None and row.dispatched_at < row.scheduled_at
    said = (send.content_digest, send.scheduled_at)
    if was_ahead != (send.by == Due.AHEAD) and (row.content_digest, row.scheduled_at) == said:
        return False  # the same, but told ahead then, and to leave at once now
    return row.part >= len(send.parts) or send.parts[row.part].payload_digest != row.payload_digest


def _frozen(send: Send, rows: Sequence[SendRecord]) -> Send:
    """The send with each part's state from the ledger; a part that is recorded keeps the identifiers it was frozen
    with. Its digest is that of what it says now: should it turn out that it never left, that is what leaves.
    """
    recorded = {row.part: row for row in rows if row.state not in NEVER_LEFT}
    parts = tuple(
        Part(part.index, row.target, part.marker, _digest(part, row), row.state)
        if (row := recorded.get(part.index))
        else part
        for part in send.parts
    )
    return replace(send, parts=parts)


def _digest(part: Part, row: SendRecord) -> str:
    return part.payload_digest if part.target == row.target else row.payload_digest
