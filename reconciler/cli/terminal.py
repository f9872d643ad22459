"""What the terminal is: whether it takes colour, and how output and progress are written to it."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import suppress
from typing import IO, Any

import click

from reconciler.errors import ReconcilerError
from reconciler.render.style import Paint, coloured, plain


def paint_for(stream: IO[str]) -> Paint:
    """Colour for a stream: as `--color` says; on `auto` for a terminal only, and not with `NO_COLOR` or a dumb one."""
    context = click.get_current_context(silent=True)
    wanted = (context.obj or {}).get("color", "auto") if context else _from_arguments()
    if wanted == "auto":
        is_plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        wanted = "always" if stream is not None and stream.isatty() and not is_plain else "never"
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
    """Write data to stdout, all of it, before anything else happens. Raises `ReconcilerError` where it cannot be."""
    stream = sys.stdout
    if stream is None:  # closed by whoever started us: nobody wants the data
        return
    encoding = stream.encoding or "ascii"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        stream.write(shown if shown.endswith("\n") else shown + "\n")
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ReconcilerError(f"cannot write to stdout: {error.strerror}", code="RC505") from error


def again(*arguments: str) -> str:
    """A command to copy, for the same project and environment as this call."""
    named = {"--project": option("project_file"), "--env": option("environment")}
    chosen = [part for flag, value in named.items() if value not in ("", ".") for part in (flag, value)]
    return shlex.join(["reconciler", *chosen, *arguments])


def note(text: str) -> None:
    """Write a remark to stderr, unless `-q` was given."""
    context = click.get_current_context(silent=True)
    if not (context and (context.obj or {}).get("quiet")):
        say(text)


def say(text: str) -> None:
    """Write to stderr; nobody listening is no reason to stop, least of all in the middle of a send."""
    with suppress(OSError, ValueError, RuntimeError):  # closed, gone, or interrupted in the same write by a signal
        click.echo(text, err=True)


def option(name: str) -> Any:
    """A global option of this call."""
    return click.get_current_context().find_root().obj[name]
