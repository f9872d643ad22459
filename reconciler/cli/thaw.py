"""`reconciler thaw`: lift a freeze."""

from __future__ import annotations

import click

from reconciler.cli.session import open_ledger
from reconciler.cli.terminal import option, out
from reconciler.engine.load import load_project


@click.command("thaw")
def command() -> int:
    """Allow applies and sends again.

    \b
    Example:
      reconciler thaw
    """
    project = load_project(option("project_file"), option("environment"))
    with open_ledger(project, create=True) as (ledger, _):
        was = ledger.frozen()
        if was is not None:
            ledger.freeze(None)
    out("Thawed." if was is not None else "Nothing was frozen.")
    return 0
