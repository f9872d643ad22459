"""The schemas themselves: sound, described, and alike where kinds are alike."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from reconciler.core.validate import KINDS, schema, validate, validate_project
from reconciler.model.document import Document

ALL = (*KINDS, "Project")


@pytest.mark.parametrize("kind", ALL)
def test_a_schema_is_sound_described_and_lists_examples_that_pass(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    for example in schema(kind)["examples"]:
        document = Document("a.yaml", 0, 1, example)
        assert (validate_project(document) if kind == "Project" else validate([document])) == ()
    for field in _fields(schema(kind)):
        assert field.get("description") or "$ref" in field or set(field) == {"not"}, field


def _fields(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        for name, inner in part.items():
            if name == "properties" and "if" not in part and "const" not in str(inner)[:20]:
                yield from (field for field in inner.values() if {"type", "$ref"} & set(field))
            if name not in ("if", "then", "anyOf", "oneOf", "examples"):
                yield from _fields(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _fields(inner)


def test_metadata_is_the_same_in_every_kind() -> None:
    alike = [copy.deepcopy(schema(kind)["$defs"]["metadata"]) for kind in KINDS]
    for metadata in alike:
        del metadata["properties"]["name"]
    assert alike[0] == alike[1] == alike[2]
    assert schema("Audience")["$defs"]["metadata"] == schema("Notification")["$defs"]["metadata"]
