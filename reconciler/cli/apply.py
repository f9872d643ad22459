"""`reconciler apply`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace

import click

from reconciler.cli.failing import failing
from reconciler.cli.plan import show
from reconciler.cli.progress import progress
from reconciler.cli.rehearsal import clock_option
from reconciler.cli.saved import read_plan
from reconciler.cli.session import Session, Stop, session
from reconciler.cli.terminal import again, note, out, paint_for
from reconciler.cli.waiting import lock_timeout_option
from reconciler.core.asked import Due
from reconciler.core.diff import ADOPT, ALLOW_DELETES
from reconciler.core.edited import ALLOW_REPEATS
from reconciler.core.guard import consented, guard
from reconciler.core.plan import stale
from reconciler.engine.apply import USED, apply
from reconciler.engine.leases import Hold
from reconciler.errors import ConfigError, GuardRefused, LedgerLocked, ReconcilerError, StalePlan
from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.model.send import SendState
from reconciler.render.events import summary_text
from reconciler.render.findings import plural
from reconciler.render.machine import events_document, no_plan, to_json


@click.command("apply")
@click.argument("plan_file", metavar="[PLAN]", required=False, type=click.Path(dir_okay=False))
@click.option("--auto-approve", is_flag=True, help="Do not ask")
@click.option("--adopt", is_flag=True, help="Take over what exists and is declared, but was not made by this ledger")
@click.option("--allow-deletes", is_flag=True, help="Delete what is owned and no longer declared")
@click.option("--allow-repeats", is_flag=True, help="Send content again that was sent under another name")
@click.option("--allow-orphans", is_flag=True, help="Leave old objects behind where a backend cannot change them")
@lock_timeout_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@clock_option
def command(
    plan_file: str | None, auto_approve: bool, lock_timeout: float, form: str, clock: str, **consents: bool
) -> int:
    """Perform a saved plan exactly once, or plan and perform now.

    \b
    Example:
      reconciler apply                   plan, ask, perform
      reconciler apply plan.json         perform what was reviewed, or refuse
      reconciler apply --auto-approve    plan and perform without a question
    """
    allowed = {flag for flag, name in _CONSENTS.items() if consents[name]}
    with failing(form, **no_plan()), session(create_ledger=True, clock=clock) as opened:
        hold = Hold(lock_timeout, since=opened.ledger.position())
        plan = _chosen(opened, plan_file)
        return _perform(opened, plan, allowed, form, hold, is_approved=auto_approve or plan_file is not None)


_CONSENTS = {
    ADOPT: "adopt",
    ALLOW_DELETES: "allow_deletes",
    ALLOW_REPEATS: "allow_repeats",
    "--allow-orphans": "allow_orphans",
}


def _chosen(opened: Session, plan_file: str | None) -> Plan:
    """The plan to perform: made now, or that part of it which was reviewed; refused where the world is another."""
    if plan_file is None:
        return opened.plan(is_bound=False)
    saved, digests = read_plan(plan_file)
    if opened.ledger.is_consumed(saved.plan_id):
        raise StalePlan(USED, code="RC502", hint=f"make a new one:\n  {again('plan', '--out', plan_file)}")
    fresh = opened.plan(is_bound=True)
    reasons = stale(saved, digests, fresh)
    if reasons:
        shown = [f"- {reason}" for reason in reasons[:20]] + (
            [f"- and {len(reasons) - 20} more"] if len(reasons) > 20 else []
        )
        hint = f"make a new plan, and have it reviewed:\n  {again('plan', '--out', plan_file)}"
        raise StalePlan("the plan no longer fits:\n" + "\n".join(shown), code="RC501", hint=hint)
    return reviewed(fresh, saved, digests)


def reviewed(fresh: Plan, saved: Plan, digests: Mapping[str, str]) -> Plan:
    """The part of a plan made now that was reviewed when it was saved; `digests` are those saved with it."""
    # What has fallen due since is left for the next plan, and announced, so that it is not forgotten meanwhile.
    later = (send for send in fresh.sends if send.send_key not in digests and send.scheduled_at and not send.reopens)
    return replace(
        fresh,
        plan_id=saved.plan_id,
        changes=tuple(change for change in fresh.changes if change.address in digests),
        sends=tuple(send for send in fresh.sends if send.send_key in digests),
        coming=(*fresh.coming, *(replace(send, by=Due.LATER, consent="", blocked="") for send in later)),
        withdrawn=tuple(row for row in fresh.withdrawn if row.send_key in digests),
    )


def _perform(opened: Session, plan: Plan, allowed: set[str], form: str, hold: Hold, *, is_approved: bool) -> int:
    plan = consented(plan, allowed)
    refusals = guard(plan, opened.loaded.project.guard)
    if form == "text":
        show(plan, refusals, "text", 0)
    _refuse(plan, refusals)
    if not plan.is_empty and not is_approved:
        _ask(plan)
    with progress(len(plan.changes) + len(plan.sends)) as tell:
        run = opened.run(tell)
        with Stop(run.stopping) as stop:
            try:
                apply(run, plan, ledger_is_local=opened.ledger_is_local, hold=hold)
            except LedgerLocked as locked:  # told to stop while it waited, perhaps
                locked.exit_code = stop.over(locked.exit_code)
                raise
    code = stop.over(run.exit_code())
    if form == "json":
        out(to_json(events_document(run.events, plan.plan_id, code)))
    else:
        note(summary_text(run.events, paint_for(sys.stderr)))
    return code


def _refuse(plan: Plan, refusals: tuple[Finding, ...]) -> None:
    errors = tuple(each for each in plan.findings if each.is_error)
    if errors:
        raise ConfigError(errors)
    if refusals:
        listed = "\n".join(f"- {each.where or 'the plan'}: {each.message}" for each in refusals)
        hints = "\n".join(dict.fromkeys(each.hint for each in refusals))
        raise GuardRefused(f"nothing was changed:\n{listed}", code=refusals[0].code, hint=hints)


def _ask(plan: Plan) -> None:
    """Ask a person; a plan that sends is approved by the number of its sends, so that nobody pushes by reflex."""
    if not sys.stdin.isatty():
        nobody = ReconcilerError("nobody is there to ask", code="RC404", hint="pass a saved plan, or `--auto-approve`")
        nobody.exit_code = 64
        raise nobody
    due = sum(send.state is SendState.PLANNED for send in plan.sends)
    wanted = str(due) if due else "yes"
    what = f"make {plural(due, 'send')} and the changes above" if due else "perform this plan"
    if click.prompt(f"Type {wanted} to {what}", default="", show_default=False, err=True).strip() != wanted:
        raise GuardRefused("not approved; nothing was changed", code="RC403")
