"""`reconciler ledger`: verify its chain, export it, import it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from reconciler.cli.failing import failing
from reconciler.cli.session import open_ledger
from reconciler.cli.terminal import note, option, out
from reconciler.engine.load import load_project
from reconciler.errors import LedgerError, ReconcilerError
from reconciler.render.escape import visible
from reconciler.render.findings import plural
from reconciler.render.machine import exit_values, to_json

if TYPE_CHECKING:
    from reconciler.ledger.sql import SqlLedger
    from reconciler.ledger.verify import Verdict

STANDARD = "-"


@click.group("ledger")
def command() -> None:
    """Verify the ledger, and move it from one database to another.

    \b
    Example:
      reconciler ledger verify
      reconciler ledger export ledger.jsonl
      reconciler ledger import ledger.jsonl      with another `spec.ledger`
    """


@command.command("verify")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def verify(form: str) -> int:
    """Check that every entry follows from those before it; tells the first that does not.

    \b
    Example:
      reconciler ledger verify
    """
    with failing(form, ledger="", entries=0, head="", broken_at=None), _ledger(create=False) as ledger:
        identity, verdict = _existing(ledger).identity(), ledger.verify()
    told = {"ledger": identity, "entries": verdict.entries, "head": verdict.head, "broken_at": verdict.broken_at}
    if verdict.broken_at is not None:
        with failing(form, **told):
            raise _broken(verdict)
    if form == "json":
        out(to_json({**told, **exit_values(0)}))
    else:
        out(f"{plural(verdict.entries, 'line')} of history, each follows from those before it\nhead: {verdict.head}")
    return 0


@command.command("export")
@click.argument("file", metavar="FILE")
def export(file: str) -> int:
    """Write the whole ledger as JSON Lines, to a file or to `-`. It names recipients: keep it as you keep the ledger.

    \b
    Example:
      reconciler ledger export ledger.jsonl
    """
    with _ledger(create=False) as ledger, _target(file) as target:
        count = _existing(ledger).export(target.write)
    note(f"Exported {plural(count, 'line')}.")
    return 0


@command.command("import")
@click.argument("file", metavar="FILE")
def import_(file: str) -> int:
    """Take an export, a file or `-`, into a ledger that is empty; all of it or nothing.

    \b
    Example:
      LEDGER_URL=postgresql://me@db/ledger reconciler ledger import ledger.jsonl
    """
    with _source(file) as source, _ledger(create=True) as ledger:
        ledger.take_in(source)
        verdict, identity = ledger.verify(), ledger.identity()
    out(f"Imported {identity}: {plural(verdict.entries, 'line')} of history\nhead: {verdict.head}")
    return 0


@contextmanager
def _ledger(*, create: bool) -> Iterator[SqlLedger]:
    project = load_project(option("project_file"), option("environment"))
    with open_ledger(project, create=create) as (ledger, _):
        yield ledger


def _existing(ledger: SqlLedger) -> SqlLedger:
    if not ledger.identity():
        raise LedgerError("there is no ledger yet", code="RC702", hint="make it with\n  reconciler init")
    return ledger


def _broken(verdict: Verdict) -> LedgerError:
    message = f"entry {verdict.broken_at} does not follow from those before it ({visible(verdict.broken)})"
    hint = "restore the ledger from a backup; until then, nobody can say what was sent"
    return LedgerError(message, code="RC732", hint=hint)


@contextmanager
def _target(file: str) -> Iterator[TextIO]:
    """Where an export goes: a file appears whole and readable by its owner alone, or not at all."""
    if file == STANDARD:
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
        yield sys.stdout
        sys.stdout.flush()
        return
    path = Path(file)
    draft = path.with_name(f".{path.name}.partial")
    try:
        draft.unlink(missing_ok=True)
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(opened, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(opened)
        draft.replace(path)
    except OSError as error:
        raise ReconcilerError(f"cannot write `{path}`: {error.strerror}", code="RC505") from error
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _source(file: str) -> Iterator[Iterable[str]]:
    """The lines of an export, with their ends."""
    try:
        if file == STANDARD:
            sys.stdin.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
            yield sys.stdin
            return
        with open(file, encoding="utf-8", newline="\n") as stream:
            yield stream
    except OSError as error:
        raise ReconcilerError(f"cannot read `{file}`: {error.strerror}", code="RC730") from error
    except UnicodeDecodeError as error:
        raise ReconcilerError(f"`{file}` is not UTF-8 text", code="RC730") from error
