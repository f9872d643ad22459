"""`reconciler schema`."""

from __future__ import annotations

import click

from reconciler.cli.terminal import out
from reconciler.core.validate import SCHEMAS, schema
from reconciler.render.machine import to_json


@click.command("schema")
@click.argument("kind", metavar="KIND", type=click.Choice(sorted(SCHEMAS), case_sensitive=False))
def command(kind: str) -> int:
    """Print the JSON Schema of a kind, of the project file, or of a plan.

    \b
    Example:
      reconciler schema Audience > audience.schema.json
    """
    out(to_json(schema(kind)))
    return 0
