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
    assert all(metadata == alike[0] for metadata in alike)
    for kind in ("Campaign", "Notification"):
        assert schema(kind)["$defs"]["metadata"] == schema("Audience")["$defs"]["metadata"]


def test_what_campaigns_and_notifications_share_is_the_same_in_both() -> None:
    campaign, notification = schema("Campaign"), schema("Notification")
    assert set(notification["$defs"]) < set(campaign["$defs"])
    assert {name: campaign["$defs"][name] for name in notification["$defs"]} == notification["$defs"]
    ours, theirs = (
        each["properties"]["spec"]["properties"]["content"]["properties"] for each in (campaign, notification)
    )
    for name in ("title", "body", "action_url"):
        assert ours[name] == theirs[name]
    pushed = theirs["mobileengagement"]["properties"]
    assert {name: pushed[name] for name in ours["mobileengagement"]["properties"]} == ours["mobileengagement"][
        "properties"
    ]
    assert set(pushed) - set(ours["mobileengagement"]["properties"]) == {"localization", "questions", "endTime"}


def test_every_provider_says_what_it_needs_and_takes() -> None:
    settings, app = (schema("Project")["$defs"][name] for name in ("settings", "app"))
    branches = {each["if"]["properties"]["provider"]["const"]: each["then"] for each in app["allOf"]}
    assert set(branches) == set(settings["properties"]["provider"]["enum"])
    takes = [set(each["propertyNames"]["enum"]) for each in branches.values()]
    assert set.union(*takes) == set(settings["properties"])
    for then, taken in zip(branches.values(), takes, strict=True):
        assert set(then["required"]) < taken
        assert all(set(each["required"]) < taken for each in then.get("oneOf", ()))


def test_every_type_of_criterion_and_filter_has_one_branch() -> None:
    for name in ("criterion", "filter"):
        part = schema("Campaign")["$defs"][name]
        found = [each for branch in part["allOf"] for each in branch["if"]["properties"]["type"]["enum"]]
        assert found == part["properties"]["type"]["enum"]
