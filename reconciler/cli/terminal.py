"""What the terminal is: whether it takes colour, and how output and progress are written to it."""

from __future__ import annotations

import os
import sys
from typing import IO, Any

import click

from reconciler.render.style import Paint, coloured, plain


def paint_for(stream: IO[str]) -> Paint:
    """Colour for a stream: as `--color` says; on `auto` for a terminal only, and not with `NO_COLOR` or a dumb one."""
    context = click.get_current_context(silent=True)
    wanted = (context.obj or {}).get("color", "auto") if context else _from_arguments()
    if wanted == "auto":
        is_plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        wanted = "always" if stream.isatty() and not is_plain else "never"
    return coloured if wanted == "always" else plain


def _from_arguments() -> str:
    """`--color` where the command has ended already and only its error is left to show."""
    arguments = sys.argv[1:]
    for index, argument in enumerate(arguments):
        if argument.startswith("--color="):
            return argument.partition("=")[2]
        if argument == "--color" and index + 1 < len(arguments):
            return arguments[index + 1]
    return "auto"


def out(text: str) -> None:
    """Write data to stdout, all of it, before anything else happens."""
    stream = sys.stdout
    try:
        stream.write(text if text.endswith("\n") else text + "\n")
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + ("" if text.endswith("\n") else "\n"))
    stream.flush()


def note(text: str) -> None:
    """Write a remark to stderr, unless `-q` was given."""
    context = click.get_current_context(silent=True)
    if not (context and (context.obj or {}).get("quiet")):
        click.echo(text, err=True)


def option(name: str) -> Any:
    """A global option of this call."""
    return click.get_current_context().find_root().obj[name]
