"""`reconciler version`."""

from __future__ import annotations

import platform

import click

from reconciler import __version__
from reconciler.cli.terminal import out


@click.command("version")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(form: str) -> int:
    """Print the version.

    \b
    Example:
      reconciler version --format json
    """
    if form == "json":
        from reconciler.render.machine import exit_values, to_json

        out(to_json({"version": __version__, "python": platform.python_version(), **exit_values(0)}))
    else:
        out(f"reconciler {__version__}")
    return 0
