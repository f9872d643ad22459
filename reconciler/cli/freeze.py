"""`reconciler freeze`: forbid every change and every send, for all runners of the ledger."""

from __future__ import annotations

import getpass
import socket

import click

from reconciler.cli.rehearsal import clock_for, clock_option, given, parse_moment
from reconciler.cli.session import open_ledger
from reconciler.cli.terminal import option, out
from reconciler.core.encode import instant
from reconciler.engine.frozen import freeze_of, freeze_words
from reconciler.engine.load import load_project
from reconciler.model.freeze import Freeze
from reconciler.ports import Clock, Ledger
from reconciler.render.escape import visible


@click.command("freeze")
@click.option("--reason", required=True, help="Why; everybody who is refused reads it")
@click.option(
    "--until", "end", callback=given, metavar="INSTANT", help="When it ends by itself; until `thaw` if left out"
)
@clock_option
def command(reason: str, end: str, clock: str) -> int:
    """Forbid every apply and every send, of all who share the ledger; what is under way ends.

    \b
    Example:
      reconciler freeze --reason "incident 4711" --until 2026-11-27T18:00:00Z
    """
    if not reason.strip():
        raise click.UsageError("`--reason` is empty\n\nhint: say why; everybody who is refused reads it")
    project = load_project(option("project_file"), option("environment"))
    until, now = parse_moment(end, "--until") if end else None, clock_for(project, clock).now()
    if until is not None and until <= now:
        hint = "write a later one, or leave it out to freeze until `reconciler thaw`"
        raise click.UsageError(f"`--until`: {instant(until)} is over; it is {instant(now)}\n\nhint: {hint}")
    with open_ledger(project, create=True) as (ledger, _):
        ledger.freeze(Freeze(reason, _who(), now, until))
    out(f"Frozen{f' until {end}' if end else ''}. To lift it:\n  reconciler thaw")
    return 0


def told_freeze(ledger: Ledger, clock: Clock) -> str:
    """What a command that changes nothing says of the freeze that holds, on one line; empty where none does. Raises
    `LedgerError`.
    """
    freeze = freeze_of(ledger, clock)
    return visible(freeze_words(freeze)) if freeze is not None else ""


def _who() -> str:
    try:
        return f"{getpass.getuser()} on {socket.gethostname()}"
    except (OSError, KeyError):
        return socket.gethostname()
