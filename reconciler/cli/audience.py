"""`reconciler audience`: explain a definition, compare two."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

import click

from reconciler.cli.terminal import option, out
from reconciler.core.quote import quote
from reconciler.engine.declared import Declared, declared
from reconciler.errors import ConfigError
from reconciler.language import (
    DefinitionError,
    Expr,
    Problem,
    Property,
    PropertyType,
    check,
    describe_change,
    explain_tree,
    is_empty,
    is_everyone,
    normalize,
    parse,
    properties_of,
    relation,
    show,
)
from reconciler.model.finding import Finding
from reconciler.providers.registry import DIALECTS
from reconciler.render.audience import Compiled, explain_text
from reconciler.render.machine import to_json

TYPES = ("string", "number", "boolean", "date_time")
FORMATS = click.Choice(["text", "json"])
_PROPERTIES = click.option(
    "--property", "given", multiple=True, metavar="NAME=TYPE", help=f"A custom property; TYPE is {', '.join(TYPES)}"
)


@click.group("audience")
def command() -> None:
    """Explain a definition, compare two; in a project or without one.

    \b
    Example:
      reconciler audience explain premium-us
      reconciler audience diff "CarrierCountry eq 'US'" "CarrierCountry in ('US', 'CA')"
    """


@command.command("explain")
@click.argument("audience", metavar="NAME|TEXT|-")
@_PROPERTIES
@click.option("--format", "form", type=FORMATS, default="text")
def explain(audience: str, given: Sequence[str], form: str) -> int:
    """Show what a definition means: its tree, its normal form, what is wrong with it, and what each backend is sent.

    AUDIENCE is the name of a declared audience, else a definition, else `-` for standard input.

    \b
    Example:
      reconciler audience explain premium-us
      reconciler audience explain "age ge 18" --property age=number --format json
    """
    known = declared(option("project_file"), option("environment"))
    text, properties = _definition(audience, known, _given(given))
    try:
        expression = parse(text)
    except DefinitionError as error:
        return _tell(form, None, (error.problem(),))
    types = {name: properties[name].type for name in sorted(properties_of(expression)) if name in properties}
    problems = check(expression, properties)
    is_sound = not any(each.severity == "error" for each in problems)
    backends = dict.fromkeys(known.backends[app] for app in known.definitions.get(audience, ())) or DIALECTS
    sent = {name: DIALECTS[name].compiled(text, types) for name in backends if is_sound}
    return _tell(form, expression, problems, properties, sent)


@command.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@_PROPERTIES
@click.option("--format", "form", type=FORMATS, default="text")
def diff(old: str, new: str, given: Sequence[str], form: str) -> int:
    """Tell how NEW stands to OLD: broader, narrower, equivalent, disjoint, overlapping. Each is a name or a definition.

    \b
    Example:
      reconciler audience diff premium-us "CarrierCountry eq 'US'"
    """
    known = declared(option("project_file"), option("environment"))
    first, second = (_sound(each, *_definition(each, known, _given(given))) for each in (old, new))
    found, summary = relation(first, second), describe_change(first, second)
    out(to_json({"relation": found, "summary": summary}) if form == "json" else summary)
    return 0


def _given(given: Sequence[str]) -> dict[str, Property]:
    properties: dict[str, Property] = {}
    for each in given:
        name, _, kind = each.partition("=")
        if kind not in TYPES or not name:
            raise click.UsageError(
                f"{quote(each)} is no property\n\nhint: write NAME=TYPE, TYPE one of {', '.join(TYPES)}"
            )
        properties[name] = Property(cast(PropertyType, kind))
    return properties


def _definition(audience: str, known: Declared, given: Mapping[str, Property]) -> tuple[str, Mapping[str, Property]]:
    """The text of a declared audience or the text itself, and the properties it may use."""
    if audience == "-":
        audience = sys.stdin.read()
    of_name = known.definitions.get(audience)
    if of_name is None:
        everywhere = {name: each for of_app in known.properties.values() for name, each in of_app.items()}
        return audience, {**everywhere, **given}
    app, text = next(iter(of_name.items()))
    return text, {**known.properties[app], **given}


def _sound(named: str, text: str, properties: Mapping[str, Property]) -> Expr:
    """The definition, whose literals have the types of their properties: of others no relation can be told."""
    try:
        expression = parse(text)
        problems = [each for each in check(expression, properties) if each.code == "RC222"]
    except DefinitionError as error:
        problems = [error.problem()]
    if problems:
        first = problems[0]
        message = f"{quote(named)}, column {first.offset + 1}: {first.message}"
        raise ConfigError([Finding(first.code, message, first.hint or "")])
    return expression


def _tell(
    form: str,
    expression: Expr | None,
    problems: Sequence[Problem],
    properties: Mapping[str, Property] | None = None,
    sent: Mapping[str, Compiled] | None = None,
) -> int:
    """Print what is known of a definition; `sent` is what each backend gets for it."""
    facts: dict[str, Any] = {
        "normal": show(normalize(expression)) if expression is not None else "",
        "empty": expression is not None and is_empty(expression),
        "everyone": expression is not None and is_everyone(expression),
        "findings": [
            {"code": each.code, "severity": each.severity, "column": each.offset + 1, "message": each.message}
            | ({"hint": each.hint} if each.hint else {})
            for each in problems
        ],
    }
    if form == "json":
        out(to_json(facts))
    else:
        tree = explain_tree(expression, properties or {}) if expression is not None else None
        out(explain_text(tree, facts, sent or {}))
    return 3 if any(each.severity == "error" for each in problems) else 0
