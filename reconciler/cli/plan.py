"""`reconciler plan`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from reconciler.cli.failing import failing
from reconciler.cli.freeze import told_freeze
from reconciler.cli.rehearsal import clock_option
from reconciler.cli.session import session
from reconciler.cli.terminal import again, note, out, paint_for
from reconciler.core.encode import encode
from reconciler.core.guard import guard
from reconciler.errors import ReconcilerError
from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.render.machine import no_plan, to_json
from reconciler.render.markdown import plan_markdown
from reconciler.render.text import plan_text

FORMATS = click.Choice(["text", "json", "markdown"])


@click.command("plan")
@click.option("--out", "saved", type=click.Path(dir_okay=False), metavar="FILE", help="Save the plan for `apply FILE`")
@click.option("--format", "form", type=FORMATS, default="text")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when changes are pending")
@clock_option
def command(saved: str | None, form: str, detailed_exitcode: bool, clock: str) -> int:
    """Show what apply would do; changes nothing.

    \b
    Example:
      reconciler plan
      reconciler plan --out plan.json && reconciler apply plan.json
      reconciler plan --format markdown > comment.md
    """
    with failing(form, **no_plan()), session(create_ledger=False, clock=clock) as opened:
        plan = opened.plan(is_bound=bool(saved) or form == "json")
        refusals = guard(plan, opened.loaded.project.guard)
        frozen = told_freeze(opened.ledger, opened.clock)
    exit_code = 2 if detailed_exitcode and not plan.is_empty else 0
    is_wrong = any(each.is_error for each in plan.findings)
    if is_wrong:
        exit_code = 3
    if saved:
        save(Path(saved), to_json(encode(plan, refusals)))
    show(plan, refusals, form, exit_code)
    if frozen:
        note(f"{frozen}; no apply performs this before that, or `{again('thaw')}`")
    if saved and not is_wrong:
        note(f"Saved. To perform exactly this plan, once:\n  {again('apply', saved)}")
    return exit_code


def show(plan: Plan, refusals: tuple[Finding, ...], form: str, exit_code: int) -> None:
    """Print a plan in a format; JSON is written before the process can end."""
    if form == "json":
        out(to_json(encode(plan, refusals, exit_code)))
    elif form == "markdown":
        out(plan_markdown(plan, refusals))
    else:
        out(plan_text(plan, refusals, paint_for(sys.stdout)))


def save(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises `ReconcilerError` where it cannot be written."""
    draft = path.with_name(f".{path.name}.partial")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ReconcilerError(f"cannot write `{path}`: {error.strerror}", code="RC505") from error
