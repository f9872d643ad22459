"""`reconciler doctor`."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from reconciler.cli.failing import failing
from reconciler.cli.freeze import told_freeze
from reconciler.cli.session import session
from reconciler.cli.terminal import again, out, paint_for
from reconciler.engine.examine import Check, examine, examine_ledger
from reconciler.engine.run import gravest
from reconciler.render.escape import visible
from reconciler.render.machine import exit_values, to_json
from reconciler.render.style import Paint

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red"}


@click.command("doctor")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(form: str) -> int:
    """Check credentials, rights, clock skew and the ledger; changes nothing.

    \b
    Example:
      reconciler doctor
      reconciler --env staging doctor --format json
    """
    with failing(form, checks=[]), session(create_ledger=False) as opened:
        checks = [
            *examine(opened.loaded, dict(opened.connections.providers)),
            *examine_ledger(opened.ledger, is_local=opened.ledger_is_local),
        ]
        frozen = told_freeze(opened.ledger, opened.clock)
    if frozen:
        checks.append(Check("ledger", "warning", frozen, f"lift it with `{again('thaw')}`"))
    code = gravest({check.exit_code for check in checks})
    if form == "json":
        out(to_json({"checks": [asdict(check) for check in checks], **exit_values(code)}))
    else:
        out("\n".join(_line(check, paint_for(sys.stdout)) for check in checks))
    return code


def _line(check: Check, paint: Paint) -> str:
    hint = f"\n{'':9}hint: {visible(check.hint)}" if check.hint else ""
    return (
        f"{paint(f'{check.status:<8}', _COLOURS[check.status])} {visible(check.subject)}: {visible(check.detail)}{hint}"
    )
