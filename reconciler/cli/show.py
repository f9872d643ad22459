"""`reconciler show`."""

from __future__ import annotations

import click

from reconciler.cli.failing import failing
from reconciler.cli.plan import FORMATS, show
from reconciler.cli.saved import read_plan
from reconciler.render.machine import no_plan


@click.command("show")
@click.argument("plan_file", metavar="PLAN", type=click.Path(exists=True, dir_okay=False))
@click.option("--format", "form", type=FORMATS, default="text")
def command(plan_file: str, form: str) -> int:
    """Show a plan saved by `plan --out`.

    \b
    Example:
      reconciler show plan.json
      reconciler show plan.json --format markdown
    """
    if form == "json":
        from pathlib import Path

        from reconciler.cli.terminal import out

        with failing(form, **no_plan()):
            read_plan(plan_file)
        out(Path(plan_file).read_text(encoding="utf-8"))
        return 0
    plan, _ = read_plan(plan_file)
    show(plan, (), form, 0)
    return 0
