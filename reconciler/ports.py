"""The doors of the core: what it asks of a backend, a ledger and a clock. Edges implement them, the engine is given
them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from reconciler.model.change import Change
from reconciler.model.finding import Finding
from reconciler.model.freeze import Freeze
from reconciler.model.kind import KindSpec, SendSpec
from reconciler.model.lease import Lease
from reconciler.model.project import App
from reconciler.model.resource import LiveResource, Recorded, Resource, Wanted
from reconciler.model.send import Attempt, Receipt, SendRecord, SendState, Sighting


class Dialect(Protocol):
    """A backend without credentials: the facts about it, and what can be checked offline."""

    name: str
    kinds: Mapping[str, KindSpec]
    sends: SendSpec

    def coordinates(self, app: App) -> str:
        """The backend's own name of the app, the same for every alias, environment and project:
        `appcenter/owner/app`.
        """

    def check(self, resource: Resource) -> Iterable[Finding]:
        """What this backend cannot say, or will refuse, of a declared resource; needs neither network nor secrets."""

    def payload(self, attempt: Attempt) -> bytes:
        """The bytes that would be sent, so that a plan can carry their digest."""

    def compiled(self, definition: str, types: Mapping[str, str]) -> tuple[Mapping[str, Any] | None, Sequence[Finding]]:
        """What the backend is sent for a definition that parses, None where it cannot be said, and why, with the
        columns of the parts to blame. `types` are those of the custom properties that it uses.
        """


class Provider(Protocol):
    """A backend with credentials, for one app. Every method may raise `ProviderError`."""

    def read(self, wanted: Wanted) -> Iterable[LiveResource]:
        """Everything live of the wanted kinds: what is declared or recorded in full, the rest at least by name."""

    def perform(self, change: Change) -> str:
        """Make one change (create, update, delete …); the remote id comes back. Safe to repeat."""

    def prepare(self, attempt: Attempt) -> int | None:
        """Wait until what a send names is ready, making a draft of it where the backend wants one; nobody is reached.
        How many devices it reaches now (None: not known).
        """

    def send(self, attempt: Attempt) -> Receipt:
        """Exactly one request, never retried; raises `SendRefused` or `SendUnknown`."""

    def sent(self, since: datetime | None = None) -> Sequence[Receipt]:
        """Every send with a marker of ours that the backend still shows; at least all those sent since a UTC time."""

    def find(self, record: SendRecord) -> Sighting:
        """What the backend shows of one request whose outcome is unknown; no hits prove nothing."""

    def cancel(self, receipt: Receipt) -> bool:
        """Take back a send that the backend holds for later, so that what is left of it reaches nobody; False where it
        is too late, or cannot be done. Raises `NotFound` where it is not there any more.
        """

    def outcome(self, receipt: Receipt, until: datetime) -> Receipt:
        """What has become of an accepted send, waited for until a UTC time at most."""

    def reach(self, audience: Resource) -> int | None:
        """How many devices a declared audience would match now, None where the backend cannot say."""

    def everyone(self) -> int | None:
        """How many devices the app has, None where the backend cannot say."""

    def identity(self) -> Mapping[str, Any]:
        """The app as the backend reports it, with the permissions of these credentials."""

    def apps(self) -> Sequence[str]:
        """The apps that these credentials see."""

    def user(self) -> Mapping[str, Any]:
        """Whose credentials these are."""

    def skew(self) -> float | None:
        """By how many seconds our clock is ahead of the backend's, as of its last answer; None where it has not said so
        within a minute.
        """


class Ledger(Protocol):
    """The memory between runs.

    Every writing method is durable when it returns, all or nothing, or raises `LedgerError`.
    """

    def identity(self) -> str:
        """An id that is made once with the ledger, empty where there is none yet."""

    def sessions(self) -> int:
        """How often it was connected to: where that is more than before, a backup or a standby that knows less may have
        taken its place.
        """

    def since(self) -> datetime | None:
        """The time (UTC) at which this memory began, None where there is none yet."""

    def begin(self, now: datetime) -> None:
        """Write down that this memory begins now, if nothing has said so before."""

    def frozen(self) -> Freeze | None:
        """What forbids every effect, None where nothing was forbidden; it may be over."""

    def is_initialised(self) -> bool:
        """Whether a person has said, by `init`, that this is the memory of these apps from the start."""

    def recorded(self, aliases: Mapping[str, str]) -> Sequence[Recorded]:
        """What we own on those apps; `aliases` are their names in this project, by coordinates."""

    def sends(self, coordinates: Collection[str]) -> Sequence[SendRecord]:
        """Every part of every send on those apps."""

    def intend(self, coordinates: str, changes: Sequence[Change]) -> None:
        """Write down what is about to be done to resources, before it is."""

    def settle(self, coordinates: str, change: Change, remote_id: str, error: str = "") -> None:
        """Write down what came of an intended change: owned, forgotten, or (`error`) definitely not done. Durable
        soon, or by `flush`.
        """

    def claim(self, record: SendRecord) -> int:
        """Take the right to attempt a part that is not sent; the fence to quote. Raises `LedgerLocked` where it is
        not free.
        """

    def move(self, record: SendRecord, state: SendState, *, detail: str = "", remote_id: str = "") -> SendRecord:
        """Compare-and-swap a part's row (by state and fence) to another state; raises `LedgerLocked` if somebody else
        moved it.
        """

    def announce(self, record: SendRecord) -> bool:
        """Write the row of a part that is for later, and whether it was written: where there is one already that was
        not withdrawn, it stays.
        """

    def put(self, record: SendRecord, event: str) -> None:
        """Write a whole row, new or known; `event` is the word of its entry."""

    def flush(self) -> None:
        """Make what `settle` has queued durable."""

    def is_consumed(self, plan_id: str) -> bool:
        """Whether a plan was used up."""

    def position(self) -> int:
        """The number of the last thing that was written down."""

    def moved_since(self, position: int, coordinates: Collection[str]) -> str:
        """What was first written about those apps after a position, in words; empty where nothing was."""

    def acquire(
        self, coordinates: Collection[str], holder: str, is_dead: Callable[[Lease], bool], seconds: float
    ) -> Sequence[Lease]:
        """Take the leases of these apps, all or none, for so many seconds, over those of holders that `is_dead`. Raises
        `LedgerLocked` where somebody else holds one.
        """

    def renew(self, coordinates: Collection[str] | None = None) -> None:
        """Keep the leases that are held, of these apps or of all. Raises `LedgerLocked` (RC714) where one was lost."""

    def release(self, coordinates: Collection[str] | None = None) -> None:
        """Give back the leases that are held, of these apps or of all."""

    def consume(self, plan_id: str) -> bool:
        """Use up a plan; False where it was used before."""


class Clock(Protocol):
    """Time, so that tests can hold it still. `is_driven`: it is a rehearsal's, and not meant to be right."""

    is_driven: bool

    def now(self) -> datetime:
        """The time in UTC."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
