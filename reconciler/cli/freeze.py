"""`reconciler freeze`: forbid every change and every send, for all runners of the ledger."""

from __future__ import annotations

import getpass
import socket

import click

from reconciler.cli.rehearsal import clock_for, clock_option, parse_moment
from reconciler.cli.session import open_ledger
from reconciler.cli.terminal import option, out
from reconciler.engine.load import load_project
from reconciler.model.freeze import Freeze


@click.command("freeze")
@click.option("--reason", required=True, help="Why; everybody who is refused reads it")
@click.option("--until", "end", default="", metavar="INSTANT", help="When it ends by itself; until `thaw` if left out")
@clock_option
def command(reason: str, end: str, clock: str) -> int:
    """Forbid every apply and every send, of all who share the ledger; what is under way ends.

    \b
    Example:
      reconciler freeze --reason "incident 4711" --until 2026-11-27T18:00:00Z
    """
    project = load_project(option("project_file"), option("environment"))
    until = parse_moment(end) if end else None
    with open_ledger(project, create=True) as (ledger, _):
        ledger.freeze(Freeze(reason, _who(), clock_for(project, clock).now(), until))
    out(f"Frozen{f' until {end}' if end else ''}. To lift it:\n  reconciler thaw")
    return 0


def _who() -> str:
    try:
        return f"{getpass.getuser()} on {socket.gethostname()}"
    except (OSError, KeyError):
        return socket.gethostname()
