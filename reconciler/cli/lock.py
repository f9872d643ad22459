"""`reconciler lock`: who holds which app, and an end to a lease."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from reconciler.cli.failing import failing
from reconciler.cli.freeze import told_freeze
from reconciler.cli.session import open_ledger
from reconciler.cli.terminal import again, note, option, out
from reconciler.core.encode import instant
from reconciler.engine.clock import SystemClock
from reconciler.engine.load import aliases_of, load_project
from reconciler.errors import ReconcilerError
from reconciler.model.lease import Lease
from reconciler.model.project import Project
from reconciler.render.escape import visible
from reconciler.render.machine import exit_values, to_json


@click.group("lock")
def command() -> None:
    """Show who holds which app; end the lease of a run that is gone.

    \b
    Example:
      reconciler lock status
      reconciler lock release 6d0f
    """


@command.command("status")
@click.option("--json", "form", flag_value="json", help="The same as `--format json`")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def status(form: str) -> int:
    """Show the leases: a run holds one on each app that it changes or sends to.

    \b
    Example:
      reconciler lock status --json
    """
    with failing(form, leases=[]):
        project = _project()
        with open_ledger(project, create=False) as (ledger, _):
            held, frozen = ledger.leases(), told_freeze(ledger, SystemClock())
    aliases = aliases_of(project)
    if form == "json":
        listed = [_values(lease, aliases) for lease in held]
        out(to_json({"leases": listed, **exit_values(0)}))
    else:
        out(_table(held, aliases))
    if frozen:
        note(f"{frozen}; lift it with `{again('thaw')}`")
    return 0


@command.command("release")
@click.argument("lease_id", metavar="ID")
def release(lease_id: str) -> int:
    """End a lease, whoever holds it: its holder writes and sends nothing more. ID may be cut short.

    A run that still lives stops with 6; a request that is under way is looked up by the next run.

    \b
    Example:
      reconciler lock release 6d0f
    """
    project = _project()
    with open_ledger(project, create=False) as (ledger, _):
        broken = ledger.break_lease(_chosen(lease_id, ledger.leases()))
    if not broken:
        raise _unknown(lease_id, "no lease is")
    aliases = aliases_of(project)
    for lease in broken:
        app = aliases.get(lease.coordinates, lease.coordinates)
        holder = visible(lease.holder_words)
        out(f"{visible(app)}: released; it was held by {holder} since {instant(lease.acquired_at)}")
    note(f"If that run still lives, it writes nothing more. See what it left:\n  {again('sends', 'list')}")
    return 0


def _project() -> Project:
    return load_project(option("project_file"), option("environment"))


def _chosen(lease_id: str, held: Iterable[Lease]) -> str:
    """The whole of an id that was cut short."""
    found = sorted({lease.lease_id for lease in held if lease.lease_id.startswith(lease_id.lower())})
    if not found or not lease_id:
        raise _unknown(lease_id, "no lease is")
    if len(found) > 1:
        raise _unknown(lease_id, f"{len(found)} leases are")
    return found[0]


def _unknown(lease_id: str, what: str) -> ReconcilerError:
    hint = f"see those that are held with\n  {again('lock', 'status')}"
    return ReconcilerError(f"{what} held under an id that begins with `{lease_id[:40]}`", code="RC715", hint=hint)


def _values(lease: Lease, aliases: Mapping[str, str]) -> dict[str, Any]:
    return {
        "app": aliases.get(lease.coordinates),
        "coordinates": lease.coordinates,
        "lease_id": lease.lease_id,
        "fence": lease.fence,
        "holder": lease.holder,
        "acquired_at": instant(lease.acquired_at),
        "heartbeat_at": instant(lease.heartbeat_at),
        "expires_at": instant(lease.expires_at),
        "seconds_left": round(lease.seconds_left, 1),
        "expired": lease.seconds_left <= 0,
    }


def _table(held: Sequence[Lease], aliases: Mapping[str, str]) -> str:
    if not held:
        return "Nobody holds a lease."
    rows = [("APP", "COORDINATES", "ID", "HOLDER", "SINCE", "EXPIRES IN"), *(_row(lease, aliases) for lease in held)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(lease: Lease, aliases: Mapping[str, str]) -> tuple[str, ...]:
    left = f"{lease.seconds_left:.0f} s" if lease.seconds_left > 0 else "expired"
    return (
        visible(aliases.get(lease.coordinates, "-")),
        visible(lease.coordinates),
        lease.lease_id,
        visible(lease.holder_words),
        instant(lease.acquired_at),
        left,
    )
