"""`reconciler explain`."""

from __future__ import annotations

import textwrap

import click

from reconciler.cli.terminal import out
from reconciler.core.codes import CODES
from reconciler.core.quote import nearest, quote


@click.command("explain")
@click.argument("code", metavar="CODE", required=False)
def command(code: str | None) -> int:
    """Tell more about a code, such as RC201; without one, list them all.

    \b
    Example:
      reconciler explain RC201
    """
    if code is None:
        out("\n".join(f"{name}  {entry.title}" for name, entry in sorted(CODES.items())))
        return 0
    entry = CODES.get(code.upper())
    if entry is None:
        hint = nearest(code.upper(), CODES) or "list them with `reconciler explain`"
        raise click.UsageError(f"there is no code {quote(code)}\n\nhint: {hint}")
    out(f"{code.upper()}: {entry.title}\n\n{textwrap.fill(entry.paragraph, 100)}")
    return 0
