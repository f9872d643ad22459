"""Obey a freeze: it forbids every effect of every runner, from the moment that it is written down."""

from __future__ import annotations

from reconciler.core.encode import instant
from reconciler.engine.run import Run
from reconciler.errors import LedgerLocked
from reconciler.model.freeze import Freeze
from reconciler.ports import Clock, Ledger

THAW = "lift it with\n  reconciler thaw"


def freeze_of(ledger: Ledger, clock: Clock) -> Freeze | None:
    """The freeze that holds now, by that clock; None where there is none. Raises `LedgerError`."""
    freeze = ledger.frozen()
    return freeze if freeze is not None and freeze.holds(clock.now()) else None


def refuse_frozen(run: Run) -> None:
    """Raises `LedgerLocked` (RC717) while a freeze holds. Asked before each effect, not only when a run begins: who
    freezes does not want to wait until it ends.
    """
    freeze = freeze_of(run.ledger, run.clock)
    if freeze is not None:
        raise LedgerLocked(freeze_words(freeze), code="RC717", hint=THAW)


def freeze_words(freeze: Freeze) -> str:
    """Who forbids everything, since and until when, and why."""
    until = instant(freeze.until) if freeze.until else "it is lifted"
    return f"frozen by {freeze.by} since {instant(freeze.at)}, until {until}: {freeze.reason}"
