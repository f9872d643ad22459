"""The commands of `reconciler sends` that settle what is unknown, or take back what waits."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby

import click

from reconciler.cli.progress import progress
from reconciler.cli.rehearsal import clock_option
from reconciler.cli.session import Stop, open_ledger, session
from reconciler.cli.terminal import again, note, option, out, paint_for
from reconciler.cli.waiting import lock_timeout_option
from reconciler.core.quote import quote
from reconciler.engine.cancel import cancel
from reconciler.engine.clock import SystemClock
from reconciler.engine.holder import may_be_under_way
from reconciler.engine.leases import leased
from reconciler.engine.load import aliases_of, load_project
from reconciler.engine.probe import probe
from reconciler.engine.rebuild import rebuild
from reconciler.engine.recover import read_record, recover
from reconciler.engine.run import Run
from reconciler.errors import LedgerError, ReconcilerError
from reconciler.model.send import SENT, UNSENT, UNSETTLED, SendRecord, SendState
from reconciler.render.escape import visible
from reconciler.render.events import summary_text

SHORTEST_KEY = 4
"""Characters of a key that a person has to give: an empty one, from a variable that is not set, would name any send."""


@click.command("probe")
@click.argument("key", metavar="[KEY]", required=False)
@lock_timeout_option
def probe_sends(key: str | None, lock_timeout: float) -> int:
    """Look for sends of unknown outcome on their backends; never sends.

    \b
    Example:
      reconciler sends probe
    """
    with session(create_ledger=False) as opened, progress(1) as tell:
        run = opened.run(tell)
        aliases = opened.loaded.aliases
        records = opened.ledger.all_sends() if key is None else of_key(key, opened.ledger.all_sends())
        unsettled = [each for each in records if each.state in UNSETTLED]
        with Stop(run.stopping) as stop:
            for where, rows in groupby(sorted(unsettled, key=_coordinates), key=_coordinates):
                if where not in aliases:
                    message = f"no app of this project and environment is {where}; it was not asked"
                    error = ReconcilerError(message, code="RC532")
                    error.exit_code = 8
                    run.failed("probe", where, error)
                elif not run.stopping.is_set():
                    _probe_app(run, where, rows, lock_timeout)
        code = stop.over(run.exit_code())
    note(summary_text(run.events, paint_for(sys.stderr), "Probe") if unsettled else "Nothing is unknown.")
    return code


def _coordinates(record: SendRecord) -> str:
    return record.coordinates


def _probe_app(run: Run, where: str, named: Iterable[SendRecord], timeout: float) -> None:
    """Probe sends of one app under its lease; where that, or one of them, is another runner's, the others are looked up
    all the same.
    """
    run, app, keys = run.part(), run.loaded.aliases[where], {record.send_key for record in named}
    try:
        with leased(run, [where], timeout):
            # Whoever held it until now may have settled some.
            for record in run.ledger.sends([where]):
                if record.send_key in keys and record.state in UNSETTLED and not run.stopping.is_set():
                    _probe_one(run, app, record)
    except LedgerError as error:
        run.failed("probe", app, error)


def _probe_one(run: Run, app: str, record: SendRecord) -> None:
    try:
        probe(run, app, record)
    except LedgerError as error:
        run.failed("probe", f"{app}/{record.kind}/{record.name}", error)


@click.command("resolve")
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every unknown outcome on the apps of this project and environment")
@click.option("--part", type=click.IntRange(min=1), help="Which request of the send, if several are unknown [from 1]")
@click.option("--mark-sent", "sent_id", metavar="ID", help="It was sent; ID is the notification's on the backend")
@click.option("--mark-not-sent", is_flag=True, help="It was not sent; the next apply may send it")
@click.option("--abandon", is_flag=True, help="Never send it")
@click.option("--reason", default="", help="Kept in the ledger")
def resolve_sends(keys: Sequence[str], is_all: bool, part: int | None, reason: str, **decision: object) -> int:
    """Decide unknown outcomes, as a person who has looked: of one send, of several, or of all.

    \b
    Example:
      reconciler sends resolve 3f2a --mark-not-sent --reason "not in the portal's list"
      reconciler sends resolve --all --abandon --reason "the sale is over"
    """
    chosen = [name for name, value in decision.items() if value]
    if len(chosen) != 1:
        raise click.UsageError("say exactly one of `--mark-sent ID`, `--mark-not-sent`, `--abandon`")
    if bool(keys) is is_all:
        raise click.UsageError("say which: KEY, several of them, or `--all`")
    if chosen == ["sent_id"] and (is_all or len(keys) > 1):
        raise click.UsageError("`--mark-sent ID` is about one send; `reconciler sends probe` looks for the ids of all")
    states = {"sent_id": SendState.CONFIRMED, "mark_not_sent": SendState.PLANNED, "abandon": SendState.ABANDONED}
    state = states[chosen[0]]
    project = load_project(option("project_file"), option("environment"))
    with open_ledger(project, create=False) as (ledger, _):
        rows = ledger.all_sends()
        # The ledger may be that of other projects and environments too; their sends are not ours to decide in bulk.
        ours = aliases_of(project)
        unknown = {row.send_key for row in rows if row.state in UNSETTLED and row.coordinates in ours}
        named = list(keys) or sorted(unknown)
        # All are looked at before the first is decided.
        undecided = {(each.send_key, each.part): each for key in named for each in _undecided(key, part, rows, state)}
        for record in undecided.values():
            detail = f"decided by an operator: {reason or 'no reason given'}"
            # By compare-and-swap: what a probe or another runner wrote meanwhile is never written over.
            ledger.move(record, state, detail=detail, remote_id=str(decision["sent_id"] or ""))
            where = f"{record.kind}/{record.name} {record.occurrence} request {record.part + 1} of {record.parts}"
            out(f"{visible(where)}: {record.state} -> {state}")
    if not undecided:
        note("Nothing is unknown.")
    return 0


@click.command("cancel")
@click.argument("key", metavar="KEY")
@click.option("--reason", default="", help="Kept in the ledger")
@lock_timeout_option
@clock_option
def cancel_send(key: str, reason: str, lock_timeout: float, clock: str) -> int:
    """Cancel a send that waits, in the ledger or on the backend. What has left cannot be taken back.

    \b
    Example:
      reconciler sends list --state PLANNED
      reconciler sends cancel 3f2a --reason "the sale is off"
    """
    with session(create_ledger=False, clock=clock) as opened, progress(1) as tell:
        run = opened.run(tell)
        named = of_key(key, opened.ledger.all_sends())
        with leased(run, {row.coordinates for row in named}, lock_timeout):
            cancelled = cancel(run, of_key(key, opened.ledger.all_sends()), reason or "no reason given")
    out("\n".join(f"{each.kind}/{each.name} {each.occurrence}: CANCELLED" for each in cancelled))
    return 0


@click.command("recover")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, allow_dash=True))
def recover_send(file: str) -> int:
    """Take in the record of a send that was accepted while the ledger could not be told. FILE may be `-`.

    \b
    Example:
      reconciler sends recover reconciler-emergency-3f2a….json
    """
    try:
        with click.open_file(file, encoding="utf-8", errors="replace") as record:
            facts = read_record(record.read())
    except OSError as error:
        raise ReconcilerError(f"cannot read `{file}`: {error.strerror}", code="RC722") from error
    with open_ledger(load_project(option("project_file"), option("environment")), create=False) as (ledger, _):
        before, after = recover(ledger, facts)
    where = f"{after.kind}/{after.name} {after.occurrence} request {after.part + 1} of {after.parts}"
    became = "known already" if after is before else f"{before.state} -> {after.state}"
    out(f"{visible(where)}: {became}, id {visible(after.remote_id)}")
    return 0


@click.command("rebuild")
@lock_timeout_option
def rebuild_sends(lock_timeout: float) -> int:
    """Take over the sends that the backends show and a lost or old ledger does not know, so that none is made again.

    \b
    Example:
      reconciler sends rebuild
    """
    with session(create_ledger=True) as opened, progress(1) as tell:
        run = opened.run(tell)
        with leased(run, list(opened.loaded.coordinates.values()), lock_timeout):
            taken = rebuild(run)
    out(
        "\n".join(f"{each.kind}/{each.name} {each.occurrence}: CONFIRMED, id {each.remote_id}" for each in taken)
        or "Nothing to take over."
    )
    return 0


def of_key(key: str, records: Iterable[SendRecord]) -> list[SendRecord]:
    """The requests of the one send whose key begins so. Raises `ReconcilerError` (RC530) where there is none, or more,
    and where so little of a key is given that it may name one by chance.
    """
    found = [record for record in records if record.send_key.startswith(key.lower())]
    see = f"see them with\n  {again('sends', 'list')}"
    if found and len(key) < SHORTEST_KEY:
        message = f"{quote(key)} is too little of a key"
        raise ReconcilerError(message, code="RC530", hint=f"give at least {SHORTEST_KEY} characters of it; {see}")
    if len({record.send_key for record in found}) != 1:
        what = "no send" if not found else "more than one send"
        raise ReconcilerError(f"{what} has a key that begins with {quote(key[:40])}", code="RC530", hint=see)
    return found


def _undecided(key: str, part: int | None, records: Iterable[SendRecord], state: SendState) -> list[SendRecord]:
    named = [record for record in of_key(key, records) if part is None or record.part == part - 1]
    open_states = UNSETTLED | {SendState.FAILED} if state is not SendState.CONFIRMED else UNSETTLED
    undecided = [record for record in named if record.state in open_states]
    if not undecided:
        stands = ", ".join(sorted({record.state for record in named})) or "there is no such request"
        raise ReconcilerError(f"there is nothing to decide about it: {stands}", code="RC531", hint=_instead(named))
    left = [each for each in undecided if each.state is SendState.DISPATCHED]
    if state is SendState.PLANNED and any(may_be_under_way(each, SystemClock().now()) for each in left):
        message = "the request may still be under way in another process"
        raise ReconcilerError(message, code="RC712", hint="wait until it ends, and look again")
    if state is SendState.CONFIRMED and len(undecided) > 1:
        raise ReconcilerError(
            f"{len(undecided)} requests of it are unknown", code="RC531", hint="say which with `--part N`"
        )
    return undecided


def _instead(named: Sequence[SendRecord]) -> str:
    """What somebody may do who wanted to decide about requests that ask for no decision."""
    states = {record.state for record in named}
    if not states:
        return f"see how many requests it has with\n  {again('sends', 'list')}"
    if states & SENT:
        return "a send that was made is made; raise `revision` to send again"
    if SendState.HELD in states:
        return f"it waits behind one of unknown outcome; look that up, and decide it, with\n  {again('sends', 'probe')}"
    if states & UNSENT:
        return f"it has not left yet; to stop it\n  {again('sends', 'cancel', named[0].send_key)}"
    if SendState.FAILED in states:
        return "the backend refused it, so it was not sent; say `--mark-not-sent` to try again, or `--abandon`"
    return "it is over and is not sent any more; to send it after all, raise `revision`, or wait for a cron's next time"
