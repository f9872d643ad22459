"""Failures of commands that promise JSON: one document on stdout, whatever happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from reconciler.cli.terminal import out
from reconciler.core.encode import finding_values
from reconciler.errors import ConfigError, ReconcilerError
from reconciler.model.finding import Finding
from reconciler.render.machine import exit_values, to_json


@contextmanager
def failing(form: str, **empty: Any) -> Iterator[None]:
    """Write a document for an error of ours that is raised inside, and let it go on; `empty` are the command's keys."""
    try:
        yield
    except ReconcilerError as error:
        if form == "json":
            found = (
                error.findings if isinstance(error, ConfigError) else (Finding(error.code, error.message, error.hint),)
            )
            out(
                to_json({**empty, "findings": [finding_values(each) for each in found], **exit_values(error.exit_code)})
            )
        raise
