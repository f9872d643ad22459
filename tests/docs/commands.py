"""The command line as click knows it: every command with its options, and whether a line of a page could be typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click

from reconciler.cli.main import cli


def commands(command: click.Command = cli, name: str = "reconciler") -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it, `reconciler sends list`, in the order of the help."""
    yield name, command
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for each in command.list_commands(context):
                found = command.get_command(context, each)
                assert found is not None
                yield from commands(found, f"{name} {each}")


def lines_of(script: str) -> Iterator[str]:
    """The calls of `reconciler` in a script, one a line, continued lines joined, variables set before it left out."""
    for line in script.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|\|\||;|\|", line):
            words = part.strip().removeprefix("$ ")
            words = re.sub(r"^(?:[A-Z_]+=\S*\s+)+", "", words)
            if words.startswith("reconciler "):
                yield re.sub(r"\s+\d?>{1,2}\s*\S+", "", words)


def refusal(line: str) -> str:
    """Why a call of `reconciler` could not be typed; empty where it could."""
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = cli
    name, parent = "reconciler", None
    try:
        while isinstance(command, click.Group):
            parent = command.make_context(name, list(words), parent=parent)
            words = [*parent._protected_args, *parent.args]
            found, following, words = command.resolve_command(parent, words)
            if following is None:
                return f"no command {found}"
            name, command = str(found), following
        command.make_context(name, list(words), parent=parent)
    except click.exceptions.Exit:
        return ""
    except click.ClickException as error:
        # A plan to show need not be there.
        return "" if error.format_message().endswith("does not exist.") else error.format_message()
    return ""
