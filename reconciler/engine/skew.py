"""Refuse to send by a clock that is wrong."""

from __future__ import annotations

from reconciler.engine.run import Run
from reconciler.errors import GuardRefused

MOST_SKEW = 120.0
"""Seconds by which this machine's clock and a backend's may differ."""


def refuse_skew(run: Run, app: str) -> None:
    """A send that has a schedule leaves by our clock, or by the backend's at a time of ours; that of a rehearsal is not
    meant to be right. Raises `GuardRefused` (RC412), `ProviderError`.
    """
    if run.clock.is_driven:
        return
    provider = run.providers[app]
    if provider.skew() is None:
        provider.identity()  # any answer tells the time
    skew = provider.skew()
    if skew is not None and abs(skew) > MOST_SKEW:
        way = "ahead of" if skew > 0 else "behind"
        message = f"this machine's clock is {abs(skew):.0f} s {way} the backend's; nothing is scheduled by it"
        raise GuardRefused(message, code="RC412", hint="set the clock (NTP), and look again with\n  reconciler doctor")
