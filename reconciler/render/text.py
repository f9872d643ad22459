"""A plan as text for a terminal: sends first, then changes, then what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.core.encode import instant, summary
from reconciler.model.change import Action, Change, FieldChange, Origin
from reconciler.model.finding import Finding
from reconciler.model.plan import Plan, Withdrawn
from reconciler.model.send import SENT, UNSETTLED, Send, SendState
from reconciler.render.escape import value, visible
from reconciler.render.findings import findings_text, plural
from reconciler.render.style import Paint, plain

SYMBOLS: Mapping[Action, tuple[str, str]] = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("-/+", "red"),
    Action.SUSPEND: ("||", "yellow"),
    Action.FINISH: ("[]", "yellow"),
    Action.DELETE: ("-", "red"),
    Action.ADOPT: ("=", "cyan"),
    Action.FORGET: (".", "dim"),
    Action.NO_OP: (" ", "dim"),
}


BY = {
    "apply": "by this apply",
    "backend": "by the backend, `sends cancel` takes it back until then",
    "run": "by `reconciler run` or the next apply",
}
"""Who sends what has a time of its own."""


def plan_text(plan: Plan, refusals: Sequence[Finding] = (), paint: Paint = plain) -> str:
    """The whole plan; `refusals` are the guard's findings and come last, before the summary."""
    blocks = [
        _section(f"Sends: {sends_words(plan.sends)}", [_send(send, paint) for send in plan.sends], paint),
        _section("Coming", [_coming(send, paint) for send in plan.coming], paint),
        _section("Too late", [_lapsed(send, paint) for send in plan.lapsed], paint),
        _section("Withdrawn", [_withdrawn(each, paint) for each in plan.withdrawn], paint),
        _section("Changes", [change_text(change, paint) for change in plan.changes], paint),
        findings_text((*plan.findings, *_ungrouped(refusals)), paint),
        _consents(plan),
        paint(summary_line(plan), "bold"),
    ]
    return "\n\n".join(block for block in blocks if block)


def summary_line(plan: Plan) -> str:
    """One line that says it all: `Plan: 2 to create, 1 to send. 130 unchanged. 3 requests.`"""
    counts = summary(plan)
    words = [
        *(
            f"{counts[action.replace('-', '_')]} to {action}"
            for action in Action
            if counts.get(action.replace("-", "_")) and action is not Action.NO_OP
        ),
        *([f"{counts['send']} to send"] if counts["send"] else []),
        *([f"{counts['unsettled']} of unknown outcome to settle"] if counts["unsettled"] else []),
        *([f"{counts['expired']} too late to send"] if counts["expired"] else []),
        *([f"{counts['withdrawn']} to withdraw"] if counts["withdrawn"] else []),
    ]
    rest = [f"{counts['no_op']} unchanged"]
    rest += [f"{counts['already_sent']} already sent"] if counts["already_sent"] else []
    rest += [f"{counts['coming']} coming"] if counts["coming"] else []
    rest += [f"{counts['unmanaged']} unmanaged"] if counts["unmanaged"] else []
    rest += [plural(counts["requests"], "request")]
    return ("Plan: " + ", ".join(words) if words else "No changes") + ". " + ", ".join(rest) + "."


def sends_words(sends: Sequence[Send]) -> str:
    """How many sends there are and whom they reach, unknown said as unknown."""
    due = [send for send in sends if send.state not in UNSETTLED]
    held = sum(send.state is SendState.HELD for send in due)
    known = sum(send.recipients or 0 for send in due)
    unknown = sum(send.recipients is None for send in due)
    reach = [f"about {plural(known, 'device')}"] if known or not unknown else []
    reach += [f"{unknown} of unknown reach"] if unknown else []
    reach += [f"{held} held"] if held else []
    return f"{len(due)} to make, " + ", ".join(reach) if due else "none to make"


def _section(title: str, entries: Sequence[str], paint: Paint) -> str:
    return "\n".join((paint(title, "bold"), *entries)) if entries else ""


def _send(send: Send, paint: Paint) -> str:
    reach = "unknown reach" if send.recipients is None else f"about {plural(send.recipients, 'device')}"
    made = sum(part.state in SENT for part in send.parts)
    lines = [
        f"  {paint('>', 'cyan')} {visible(send.address)} {send.occurrence}: {visible(send.reason)}",
        f"      to {visible(send.target_words)}, {reach}"
        + (f"; {made} of {len(send.parts)} requests are made" if made else ""),
        *(f"      {name}: {value(said)}" for name, said in _said(send)),
        *([f"      at {visible(send.wall)}, {instant(send.scheduled_at)}, {BY[send.by]}"] if send.scheduled_at else []),
        f"      {send.guarantee}",
    ]
    if send.state in UNSETTLED:
        lines.append(
            paint(f"      {send.state}: apply looks for it on the backend and never sends it again by itself", "yellow")
        )
        lines.append(f"      reconciler sends show {send.send_key}")
    return "\n".join((*lines, *_lacking(send, paint)))


def _coming(send: Send, paint: Paint) -> str:
    """Who will send it, when, and until when it can be stopped."""
    when = instant(send.scheduled_at) if send.scheduled_at else ""
    until = instant(send.deadline_at) if send.deadline_at else ""
    late = f", until {until} at the latest; `sends cancel` stops it until it leaves"
    who = BY[send.by] + (late if send.by == "run" else "")
    return "\n".join(
        (
            f"  {paint('@', 'cyan')} {visible(send.address)} {send.occurrence}: {visible(send.wall)}, {when}",
            f"      to {visible(send.target_words)}, {who}",
            *(f"      {name}: {value(said)}" for name, said in _said(send)),
            f"      {send.guarantee}",
            *_lacking(send, paint),
        )
    )


def _lacking(send: Send, paint: Paint) -> Iterable[str]:
    if send.consent:
        yield paint(f"      ! {visible(send.blocked)}; needs {send.consent}", "red")


def _lapsed(send: Send, paint: Paint) -> str:
    return f"  {paint('!', 'red')} {visible(send.address)} {send.occurrence}: {visible(send.reason)}; it is not sent"


_WAITS = {"ledger": "waits in the ledger", "backend": "waits on the backend", "unknown": "may wait on the backend"}


def _withdrawn(each: Withdrawn, paint: Paint) -> str:
    return f"  {paint('x', 'yellow')} {visible(each.address)} {each.occurrence}: {withdrawn_words(each)}"


def withdrawn_words(each: Withdrawn) -> str:
    """Why something is withdrawn."""
    return f"it {_WAITS[each.waits]}, and is not asked for any more"


def _said(send: Send) -> Iterable[tuple[str, object]]:
    """What a send says, and when: the fields that a reviewer reads first come first."""
    first = [name for name in ("title", "body") if name in send.content]
    rest = [name for name in send.content if name not in first]
    yield from ((name, send.content[name]) for name in first + rest)
    # A campaign's schedule is the backend's affair, and part of what is activated.
    more = ("campaign",) if send.scheduled_at else ("campaign", "schedule")
    yield from ((name, send.spec[name]) for name in more if name in send.spec)


def change_text(change: Change, paint: Paint) -> str:
    """One change with its fields, and the consent it lacks."""
    symbol, colour = SYMBOLS[change.action]
    head = f"  {paint(f'{symbol:<2} ', colour)}{visible(change.address)} {change.action}: {visible(change.reason)}"
    lines = [head, *(_field(change, each) for each in change.fields)]
    if change.consent:
        lines.append(paint(f"      ! needs {change.consent}", "red"))
    return "\n".join(lines)


def _field(change: Change, field: FieldChange) -> str:
    path = visible(".".join(str(step) for step in field.path))
    if change.action is Action.CREATE:
        return f"      {path}: {value(field.after)}"
    origin = "" if field.origin is Origin.CONFIG else f"  ({field.origin})"
    note = f"\n          {visible(field.note)}" if field.note else ""
    return f"      {path}: {value(field.before)} -> {value(field.after)}{origin}{note}"


def _ungrouped(refusals: Sequence[Finding]) -> Iterable[Finding]:
    """The refusals that no change or send shows by itself."""
    return (each for each in refusals if each.code not in ("RC401", "RC402"))


def _consents(plan: Plan) -> str:
    return f"Blocked: apply needs {' '.join(plan.blocked)}" if plan.blocked else ""
