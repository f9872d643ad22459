"""Progress of an apply: a live bar on a terminal, a line for each finished thing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.cli.terminal import option, paint_for, say
from reconciler.model.event import Event, Happened
from reconciler.render.events import event_text

SHOWN = 200
"""Beyond this many things to do, those that went well are only counted: a CI log is read by people."""


@contextmanager
def progress(total: int) -> Iterator[Callable[[Event], None]]:
    """A function that hears every event and shows it on stderr; what failed is always shown."""
    is_verbose = option("verbose")  # asked here: events come from threads that know no command line
    is_brief = option("quiet") or (total > SHOWN and not is_verbose)
    paint = paint_for(sys.stderr)

    def write(event: Event) -> None:
        went_well = event.happened in (Happened.STARTED, Happened.SUCCEEDED)
        if event.happened is Happened.STARTED and not is_verbose:
            return
        if not (went_well and is_brief and event.verb not in ("send", "activate", "probe", "outcome")):
            say(event_text(event, paint))

    if total and sys.stderr is not None and sys.stderr.isatty() and not option("quiet"):
        with _bar(total, write) as tell:
            yield tell
    else:
        yield write


@contextmanager
def _bar(total: int, write: Callable[[Event], None]) -> Iterator[Callable[[Event], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stderr=True) as bar:
        task = bar.add_task("applying", total=total)

        def tell(event: Event) -> None:
            write(event)
            if event.happened in (Happened.SUCCEEDED, Happened.FAILED, Happened.SKIPPED) and event.verb != "outcome":
                bar.advance(task)

        yield tell
