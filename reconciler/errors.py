"""The exceptions of the project: a world that failed. What is wrong in a manifest is a `Finding`, a value, not one of
these.

```
ReconcilerError
├── ConfigError          manifests or project file refused; carries every finding            exit 3
├── PlanError
│   ├── GuardRefused     consent is missing, or a guard said no                                exit 4
│   └── StalePlan        the saved plan is consumed, or the world has moved since              exit 5
├── ProviderError
│   ├── Unauthorized     the backend does not accept the credentials                           exit 9
│   ├── NotFound · Conflict · Refused     the backend said no; nothing was changed
│   ├── RateLimited      429 for longer than we wait; nothing was changed
│   └── Unreachable      no answer, or one that cannot be read; whether it was done is not known
├── SendRefused          definitely not executed (the backend said so, or no byte left)
├── SendUnknown          the request may have been executed; only a probe or a person can tell
└── LedgerError          the memory cannot be read or written
    ├── LedgerAway       its server is not reached; it may be back in a moment
    └── LedgerLocked     another runner holds it                                               exit 6
```
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.finding import Finding


class ReconcilerError(Exception):
    """The root of the tree: `code` is a stable `RCnnn`, `hint` says how to mend it, `exit_code` is the process's."""

    exit_code = 1

    def __init__(self, message: str, *, code: str = "RC500", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint


class ConfigError(ReconcilerError):
    """Manifests or the project file are refused; `findings` are all of them, located."""

    exit_code = 3

    def __init__(self, findings: Sequence[Finding]) -> None:
        count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
        super().__init__(count, code=findings[0].code if findings else "RC500")
        self.findings = tuple(findings)


class PlanError(ReconcilerError):
    """A plan that may not be performed."""


class GuardRefused(PlanError):
    """Consent is missing or a guard refused; nothing was changed."""

    exit_code = 4


class StalePlan(PlanError):
    """The saved plan was consumed, is unfinished, or the world moved since; nothing was changed."""

    exit_code = 5


class ProviderError(ReconcilerError):
    """A backend failed.

    `status` is its HTTP status, 0 where there was none; `changed` is True, False or None (not known).
    """

    def __init__(
        self, message: str, *, code: str = "RC600", hint: str = "", status: int = 0, changed: bool | None = False
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.status = status
        self.changed = changed


class Unauthorized(ProviderError):
    """401 or 403: the backend does not accept the credentials, or they lack a right."""

    exit_code = 9


class NotFound(ProviderError):
    """404: what was asked for is not there."""


class Conflict(ProviderError):
    """409: the backend holds something that contradicts the request."""


class Refused(ProviderError):
    """Another 4xx: the backend understood and said no."""


class RateLimited(ProviderError):
    """429 for longer than we are willing to wait."""


class Unreachable(ProviderError):
    """A connection, a timeout, a 5xx or an unreadable answer, after every retry that is safe."""


class SendRefused(ReconcilerError):
    """A send that was definitely not executed; `transient` says that a later attempt may pass, after `retry_after`
    seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "RC620",
        hint: str = "",
        status: int = 0,
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.status = status
        self.transient = transient
        self.retry_after = retry_after


class SendUnknown(ReconcilerError):
    """A send whose outcome is not known: a timeout, a cut connection, a 5xx."""

    exit_code = 8

    def __init__(self, message: str, *, code: str = "RC621", hint: str = "", status: int = 0) -> None:
        super().__init__(message, code=code, hint=hint)
        self.status = status


class LedgerError(ReconcilerError):
    """The ledger cannot be opened, read or written."""


class LedgerAway(LedgerError):
    """The ledger's server is not reached: whether the last word was written is not known."""


class LedgerLocked(LedgerError):
    """Another runner holds the ledger, or took over what we had claimed."""

    exit_code = 6
