"""Validate the shape of documents against the JSON Schemas of their kinds.

jsonschema-rs, two hundred times as fast, decides; jsonschema is imported only when something is refused, to tell what.
"""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

import jsonschema_rs

from reconciler.core.bounds import bounds
from reconciler.core.faults import Fault, faults, unknown_kind
from reconciler.core.repeats import repeats
from reconciler.model.document import Document, Source
from reconciler.model.finding import Finding

KINDS: Final[tuple[str, ...]] = ("CustomProperty", "Audience", "Campaign", "Notification")
"""The kinds that manifests declare, in the order in which they build on each other."""


SCHEMAS: Final[tuple[str, ...]] = ("Project", *KINDS, "plan")
"""Everything that has a schema."""


def validate(documents: Sequence[Document]) -> tuple[Finding, ...]:
    """Everything that is wrong with the shape of manifests."""
    findings: list[Finding] = []
    for document in documents:
        kind = document.value.get("kind")
        if kind.__class__ is str and kind in KINDS:
            if _passes(kind, document.value):
                found: Iterator[Fault] = bounds(document.value)
            else:
                found = _faults(kind, document.value)
        else:
            found = _without_kind(document.value)
        findings.extend(_finding(document, fault) for fault in found)
    return tuple(findings)


def validate_project(document: Document) -> tuple[Finding, ...]:
    """Everything that is wrong with the shape of the project file."""
    return tuple(_finding(document, fault) for fault in project_faults(document.value))


def project_faults(value: Any) -> tuple[Fault, ...]:
    """Everything that is wrong with the shape of a project's value, not yet placed in a document."""
    return () if _passes("Project", value) else tuple(_faults("Project", value))


def plan_problems(document: Any) -> str:
    """Why a JSON value is no plan of ours, empty where it is one."""
    if _passes("plan", document):
        return ""
    problem = next(_teller("plan").iter_errors(document))
    return f"{problem.json_path}: {problem.message[:200]}"


@cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind, of `Project` or of `plan`; shared, so not to be changed."""
    content = pkgutil.get_data("reconciler.schemas", f"{kind.lower()}.schema.json")
    if content is None:
        raise FileNotFoundError(kind)
    loaded: dict[str, Any] = json.loads(content)
    return loaded


def _passes(kind: str, value: Any) -> bool:
    try:
        return bool(_gate(kind).is_valid(value))
    except ValueError:
        return False


@cache
def _gate(kind: str) -> Any:
    return jsonschema_rs.Draft202012Validator(schema(kind))


@cache
def _teller(kind: str) -> Any:
    """jsonschema's validator of a kind; of "" for what all kinds have in common."""
    # It takes a tenth of a second to import, so only what is refused pays for it.
    from jsonschema import Draft202012Validator, ValidationError, validators  # noqa: PLC0415

    def pattern(_validator: Any, wanted: str, instance: Any, _schema: Any) -> Iterator[Any]:
        # As in ECMA-262, and unlike Python, `$` is the end only, not also the place before a last line break.
        if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", wanted), instance):
            yield ValidationError("pattern")

    def unique(_validator: Any, wanted: bool, instance: Any, _schema: Any) -> Iterator[Any]:
        if wanted and isinstance(instance, list) and repeats(instance):
            yield ValidationError("unique")

    extend: Any = validators.extend
    return extend(Draft202012Validator, {"pattern": pattern, "uniqueItems": unique})(
        schema(kind) if kind else _envelope()
    )


def _envelope() -> dict[str, Any]:
    common = schema("Audience")
    return {**common, "properties": {**common["properties"], "kind": {"type": "string"}, "spec": True}}


def _without_kind(value: Any) -> Iterator[Fault]:
    kind = value.get("kind")
    if isinstance(kind, str):
        yield unknown_kind(kind, KINDS)
    if kind != "Project":
        yield from faults(_teller("").iter_errors(value))


def _faults(kind: str, value: Any) -> Iterator[Fault]:
    found = list(faults(_teller(kind).iter_errors(value)))
    if not found:
        message = f"this does not fit the schema of `{kind}`"
        found = [Fault("RC119", (), message, f"compare it with `reconciler schema {kind}`")]
    yield from found


def _finding(document: Document, fault: Fault) -> Finding:
    return Finding(fault.code, fault.message, fault.hint, Source(document, fault.path, on_key=fault.on_key))
