"""Read a saved plan from a file."""

from __future__ import annotations

import json
from pathlib import Path

from reconciler.core.decode import decode
from reconciler.core.encode import document_digest
from reconciler.core.validate import plan_problems
from reconciler.errors import StalePlan
from reconciler.model.plan import FORMAT_VERSION, Plan

_MAKE = "make one with `reconciler plan --out FILE`"


def read_plan(path: str) -> tuple[Plan, dict[str, str]]:
    """The plan of a file and the digests saved with it.

    Raises `StalePlan` (RC503) for anything that is not a whole plan of ours.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise StalePlan(f"cannot read `{path}`: {error.strerror}", code="RC503") from error
    except (ValueError, RecursionError):
        raise StalePlan(f"`{path}` is not a saved plan", code="RC503", hint=_MAKE) from None
    version = document.get("format_version") if isinstance(document, dict) else None
    if isinstance(version, str) and version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise StalePlan(f"`{path}` has format {version}, this program reads {FORMAT_VERSION}", code="RC503")
    problem = plan_problems(document)
    if problem:
        raise StalePlan(f"`{path}` is not a whole plan: {problem}", code="RC503", hint=_MAKE)
    if document.get("document_digest") != document_digest(document):
        raise StalePlan(f"`{path}` was edited, or is not a saved plan", code="RC503", hint=_MAKE)
    try:
        return decode(document)
    except (KeyError, ValueError, TypeError) as error:
        raise StalePlan(f"`{path}` is not a whole plan: {error}", code="RC503") from None
