"""A plan as Markdown for a pull request: sends never left out, long lists folded, everything a manifest says
neutralised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.core.encode import instant
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.model.send import UNSETTLED, Send, SendState
from reconciler.render.escape import fenced, markdown
from reconciler.render.findings import finding_text, plural
from reconciler.render.style import plain
from reconciler.render.text import BY, SYMBOLS, change_text, sends_words, summary_line, withdrawn_words

BUDGET = 60_000
"""UTF-8 bytes: a comment on GitHub may have 65 536 characters, and something stands around it."""


def plan_markdown(plan: Plan, refusals: Sequence[Finding] = ()) -> str:
    """The plan within `BUDGET`: details of changes are cut first; sends, deletes, findings and the summary never."""
    environment = f" ({markdown(plan.environment)})" if plan.environment else ""
    head = [
        f"## {markdown(plan.project)}{environment}: {markdown(summary_line(plan))}",
        *_sends(plan),
        *_deletes(plan.changes),
        *_findings((*plan.findings, *refusals)),
    ]
    foot = [f"`plan {plan.plan_id}`" + (f" · blocked: apply needs `{' '.join(plan.blocked)}`" if plan.blocked else "")]
    used = len("\n\n".join((*head, *foot)).encode("utf-8", "replace"))
    return "\n\n".join((*head, *_changes(plan.changes, BUDGET - used), *foot)) + "\n"


def findings_markdown(findings: Sequence[Finding]) -> str:
    """Findings alone, as `validate` tells them in a pull request."""
    return "\n\n".join(_findings(findings) or ()) + "\n" if findings else "No findings.\n"


def _sends(plan: Plan) -> Iterable[str]:
    rows = ["| notification | to | reach | title | body | guarantee |", "|---|---|---|---|---|---|"]
    if plan.sends:
        yield f"> **{markdown(sends_words(plan.sends))}. A push cannot be taken back.**"
        yield "\n".join((*rows, *map(_send_row, plan.sends)))
    if plan.coming:
        yield f"### {len(plan.coming)} coming, which can be stopped until they leave: `reconciler sends cancel KEY`"
        yield "\n".join((*rows, *map(_send_row, plan.coming)))
    if plan.lapsed:
        yield f"### :warning: {plural(len(plan.lapsed), 'send')} too late, never made"
        yield "\n".join(f"- {markdown(f'{each.address} {each.occurrence}: {each.reason}')}" for each in plan.lapsed)
    if plan.withdrawn:
        yield f"### {plural(len(plan.withdrawn), 'send')} withdrawn"
        listed = (f"{each.address} {each.occurrence}: {withdrawn_words(each)}" for each in plan.withdrawn)
        yield "\n".join(f"- {markdown(words)}" for words in listed)


def _send_row(send: Send) -> str:
    reach = "unknown" if send.recipients is None else f"about {plural(send.recipients, 'device')}"
    state = f" **{send.state}**" if send.state in UNSETTLED else ""
    blocked = f"<br>:no_entry: {markdown(send.blocked)}; needs `{send.consent}`" if send.consent else ""
    title, body = (markdown(_short(str(send.content.get(name, "")))) for name in ("title", "body"))
    why = f"<br>{markdown(send.reason)}" if send.reopens or send.state is SendState.HELD else ""
    name, target = (
        f"{markdown(send.address)} {send.occurrence}{state}{why}{blocked}",
        markdown(_short(send.target_words)),
    )
    when = _when(send) or _window(send.spec.get("schedule") or {})
    target += f"<br>{markdown(when)}" if when else ""
    return f"| {name} | {target} | {reach} | {title} | {body} | {send.guarantee} |"


def _when(send: Send) -> str:
    """When it leaves, until when it may, and who sends it; empty for what leaves with its apply."""
    if send.scheduled_at is None:
        return ""
    until = f", until {instant(send.deadline_at)} at the latest" if send.deadline_at and send.by == "run" else ""
    return f"at {send.wall}, {instant(send.scheduled_at)}{until}, {BY[send.by]}"


def _window(schedule: Mapping[str, str]) -> str:
    """When a campaign runs, which its backend sees to."""
    words = {"start": "from ", "end": "until ", "timezone": ""}
    return " ".join(f"{words[name]}{schedule[name]}" for name in words if name in schedule)


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"


def _deletes(changes: Sequence[Change]) -> Iterable[str]:
    gone = [change for change in changes if change.action in (Action.DELETE, Action.REPLACE)]
    # What a backend cannot delete is replaced all the same: the old one stays, as an orphan.
    done = "deleted" if all(change.action is Action.DELETE for change in gone) else "deleted or replaced"
    if gone:
        yield "\n".join(
            (
                f"### :warning: {plural(len(gone), 'resource')} {done}",
                *(f"- {markdown(each.address)}" for each in gone),
            )
        )


def _findings(findings: Sequence[Finding]) -> Iterable[str]:
    if findings:
        yield f"### {plural(len(findings), 'finding')}"
        yield fenced("\n\n".join(finding_text(each, plain) for each in findings), "text")


def _changes(changes: Sequence[Change], budget: int) -> Iterable[str]:
    if not changes:
        return
    shown: list[str] = []
    used = 400
    for change in changes:
        text = change_text(change, plain)
        used += len(text.encode("utf-8", "replace")) + 1
        if used > budget:
            shown.append(f"… and {len(changes) - len(shown)} more; see the plan itself")
            break
        shown.append(text)
    counts = ", ".join(f"{SYMBOLS[action][0]} {count}" for action, count in _counted(changes))
    title = f"<summary>{plural(len(changes), 'change')}: {counts}</summary>"
    yield f"<details>{title}\n\n{fenced(chr(10).join(shown), 'diff')}\n\n</details>"


def _counted(changes: Sequence[Change]) -> Iterable[tuple[Action, int]]:
    for action in Action:
        count = sum(change.action is action for change in changes)
        if count:
            yield action, count
