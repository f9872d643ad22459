"""Findings and errors as text: where, severity, code, what; then how to mend it."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.errors import ReconcilerError
from reconciler.model.document import Place
from reconciler.model.finding import Finding
from reconciler.render.escape import visible
from reconciler.render.style import Paint, plain


def findings_text(findings: Sequence[Finding], paint: Paint = plain) -> str:
    """All findings, each `file:line:column: error[RC000]: what`, with its hint below."""
    return "\n\n".join(finding_text(each, paint) for each in findings)


def finding_text(finding: Finding, paint: Paint = plain) -> str:
    """One finding, as a person reads it."""
    where = str(finding.where) if isinstance(finding.where, (Place, str)) else finding.where.document.file
    colour = "red" if finding.is_error else "yellow"
    head = f"{paint(f'{finding.severity}[{finding.code}]:', colour)} {visible(finding.message)}"
    return (f"{paint(visible(where), 'bold')}: " if where else "") + head + hint_text(finding.hint)


def error_text(error: ReconcilerError, paint: Paint = plain) -> str:
    """An exception of ours as a person reads it."""
    lines = "\n".join(visible(line) for line in error.message.splitlines())
    return f"{paint(f'error[{error.code}]:', 'red')} {lines}{hint_text(error.hint)}"


def hint_text(hint: str) -> str:
    """The hint under a message; commands in it keep their own lines."""
    lines = [visible(line) for line in hint.splitlines()]
    return "\n\nhint: " + "\n".join(lines) if lines else ""


def count_text(findings: Sequence[Finding]) -> str:
    """The line that closes a list of findings: `2 errors, 1 warning`."""
    errors = sum(each.is_error for each in findings)
    return f"{plural(errors, 'error')}, {plural(len(findings) - errors, 'warning')}"


def plural(count: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}".replace(",", " ")
