"""`reconciler sends`: list, show; what settles them is in `settle`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from reconciler.cli import settle
from reconciler.cli.failing import failing
from reconciler.cli.session import open_ledger
from reconciler.cli.terminal import note, option, out
from reconciler.engine.load import aliases_of, load_project
from reconciler.model.send import UNSETTLED, SendRecord, SendState
from reconciler.render.machine import exit_values, send_values, to_json
from reconciler.render.sends import send_text, sends_table

FORMATS = click.Choice(["text", "json"])


@click.group("sends")
def command() -> None:
    """List, look up and settle sends.

    \b
    Example:
      reconciler sends list
      reconciler sends probe KEY
      reconciler sends resolve KEY --mark-sent ID --reason "seen in the portal"
    """


@command.command("list")
@click.option(
    "--state", "states", multiple=True, type=click.Choice([state.value for state in SendState], case_sensitive=False)
)
@click.option("--format", "form", type=FORMATS, default="text")
def list_sends(states: Sequence[str], form: str) -> int:
    """List every request of every send that the ledger knows.

    \b
    Example:
      reconciler sends list --state NEEDS_DECISION
    """
    with failing(form, sends=[]):
        found, aliases = _records()
        records = [each for each in found if not states or each.state in states]
    if form == "json":
        out(to_json({"sends": [send_values(each, aliases) for each in records], **exit_values(0)}))
    else:
        out(sends_table(records))
        if any(record.state in UNSETTLED for record in records):
            note("some outcomes are unknown; see `reconciler sends show KEY`")
    return 0


@command.command("show")
@click.argument("key", metavar="KEY")
@click.option("--format", "form", type=FORMATS, default="text")
def show_send(key: str, form: str) -> int:
    """Show one send: its requests, where they stand, and what may be done. KEY may be cut short.

    \b
    Example:
      reconciler sends show 3f2a
    """
    with failing(form, sends=[]):
        found, aliases = _records()
        records = settle.of_key(key, found)
    out(
        to_json({"sends": [send_values(each, aliases) for each in records], **exit_values(0)})
        if form == "json"
        else send_text(records)
    )
    return 0


def _records() -> tuple[Sequence[SendRecord], Mapping[str, str]]:
    """Every row of the ledger, and the aliases of the project's apps by coordinates."""
    project = load_project(option("project_file"), option("environment"))
    aliases = aliases_of(project)
    with open_ledger(project, create=False) as (ledger, _):
        return ledger.all_sends(), aliases


for each in (settle.probe_sends, settle.resolve_sends, settle.cancel_send, settle.recover_send, settle.rebuild_sends):
    command.add_command(each)
