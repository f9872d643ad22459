"""`reconciler validate`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from reconciler.cli.terminal import note, option, out, paint_for
from reconciler.engine.load import load
from reconciler.errors import ConfigError
from reconciler.model.finding import Finding
from reconciler.render.findings import count_text, findings_text, plural


@click.command("validate")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text")
def command(form: str) -> int:
    """Check every manifest, offline: no network, no secrets.

    \b
    Example:
      reconciler validate
      reconciler --project shop --env staging validate --format json
    """
    try:
        loaded = load(option("project_file"), option("environment"))
    except ConfigError as error:
        if form == "text":
            raise
        _print(form, error.findings, error.exit_code)
        return error.exit_code
    if form != "text":
        _print(form, loaded.warnings, 0, resources=len(loaded.resources), documents=loaded.documents)
        return 0
    if loaded.warnings:
        click.echo(
            findings_text(loaded.warnings, paint_for(sys.stderr)) + f"\n\n{count_text(loaded.warnings)}", err=True
        )
    apps = plural(len(loaded.project.apps), "app")
    out(f"Valid: {plural(loaded.documents, 'document')}, {plural(len(loaded.resources), 'resource')} on {apps}.")
    return 0


def _print(form: str, findings: Sequence[Finding], exit_code: int, **more: int) -> None:
    if form == "json":
        from reconciler.render.machine import findings_document, to_json

        out(to_json(findings_document(findings, exit_code, **more)))
    else:
        from reconciler.render.markdown import findings_markdown

        out(findings_markdown(findings))
    if exit_code:
        note(count_text(findings))
