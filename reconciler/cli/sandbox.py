"""`reconciler sandbox`: run a local backend that speaks the vendors' wire formats."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.rehearsal import parse_clock
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.sandbox import SandboxOptions

_HELP = """Run a local backend that speaks the vendors' wire formats.

\b
Example:
  reconciler sandbox --port 8080 --data .sandbox --devices 5000

It prints one line with its URL once it answers, and runs until it is interrupted. It listens on 127.0.0.1 only.
Point an app's `endpoint` at the URL. `docs/sandbox.md` tells of its admin door, and of faults it can make.
"""


@click.command("sandbox", help=_HELP)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="The port; 0 takes a free one."
)
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder that holds its memory."
)
@click.option("--devices", help="COUNT devices made up for each app, or a JSON Lines FILE of devices.")
@click.option("--token", help="The only token with full access; without it any token has it.")
@click.option("--read-only-token", help="A token that may read and not write.")
@click.option("--rate-limit", help="N/SECONDS for each client, or `none`; the vendor's own if left out.")
@click.option(
    "--settle", type=click.FloatRange(0), default=0.2, show_default=True, help="Seconds until a state is final."
)
@click.option(
    "--clock",
    metavar="START[*SPEED]",
    default="real",
    show_default=True,
    help="An ISO instant at which its clock starts, and how many times as fast it runs; or `real`.",
)
@click.option("--page-size", type=click.IntRange(1), default=200, show_default=True, help="Audiences to a page.")
@click.option(
    "--next-link",
    type=click.Choice(["api", "relative", "absolute"]),
    default="api",
    show_default=True,
    help="The form of links to further pages: /api/v0.1/…, /v0.1/…, or http://….",
)
def command(**given: object) -> None:
    """Run the sandbox until SIGINT or SIGTERM."""
    from reconciler.sandbox import SandboxRefused, serve

    gc.enable()  # switched off for commands that end soon; this one stays
    try:
        serve(_options(given), on_ready=click.echo)
    except SandboxRefused as error:
        raise ReconcilerError(str(error), code="RC540") from error


def _options(given: dict[str, object]) -> SandboxOptions:
    from reconciler.sandbox import SandboxOptions, parse_devices, parse_rate_limit

    devices, limit, clock = given.pop("devices"), given.pop("rate_limit"), str(given.pop("clock"))
    start, speed = (None, 1.0) if clock == "real" else parse_clock(clock)
    try:
        return SandboxOptions(
            devices=None if devices is None else parse_devices(str(devices)),
            rate_limit="vendor" if limit is None else parse_rate_limit(str(limit)),
            clock=start,
            speed=speed,
            **given,  # type: ignore[arg-type]
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
