"""Documents become resources; what they name must be there."""

from __future__ import annotations

import pytest

from reconciler.core.references import references
from reconciler.core.resolve import resolve
from tests.core.worlds import codes, documents, manifest, project, resolved

AUDIENCE = manifest("Audience", "us", "{definition: CarrierCountry eq 'US'}")


def test_a_document_is_a_resource_on_each_app_it_names() -> None:
    made, findings = resolved(manifest("Audience", "us", "{definition: CarrierCountry eq 'US'}", "a, b"))
    assert [each.address for each in made] == ["a/Audience/us", "b/Audience/us"]
    assert not findings


def test_an_environment_has_exactly_the_apps_it_names() -> None:
    made, findings = resolved(
        manifest("Audience", "us", "{definition: CarrierCountry eq 'US'}", "a, b"), environment="staging"
    )
    assert [each.address for each in made] == ["a/Audience/us"]
    assert not findings
    staging = project("staging")
    assert staging.apps["a"].settings["app"] == "a-staging"
    assert staging.ledger == "sqlite:///staging.db"


@pytest.mark.parametrize(
    ("manifests", "code", "hint"),
    [
        ([AUDIENCE, AUDIENCE], "RC201", "m.yaml:2"),
        ([manifest("Audience", "us", "{definition: CarrierCountry eq 'US'}", "aa")], "RC202", "did you mean `a`?"),
        ([AUDIENCE, manifest("Notification", "n", "{content: {title: t}, target: {audiences: [uss]}}")], "RC203", "`us`"),
        ([AUDIENCE, manifest("Notification", "n", "{content: {title: t}, target: {audiences: [us]}}", "b")], "RC203", ""),
        ([manifest("CustomProperty", "carriercountry", "{type: string}")], "RC204", ""),
        ([manifest("CustomProperty", "locale", "{type: string}")], "RC204", ""),
        ([manifest("Audience", "us", "{definition: CarrierCountry eq}")], "RC220", ""),
        ([manifest("Audience", "us", "{definition: plan eq 'x'}")], "RC221", ""),
        ([manifest("CustomProperty", "plan", "{type: number}"), manifest("Audience", "us", "{definition: plan eq 'x'}")], "RC222", ""),
    ],
)  # fmt: skip
def test_what_does_not_resolve_is_told(manifests: list[str], code: str, hint: str) -> None:
    _, findings = resolved(*manifests)
    assert codes([each for each in findings if each.is_error]) == [code]
    assert hint in findings[0].hint


def test_everything_is_told_at_once() -> None:
    bad = manifest("Audience", "us", "{definition: plann eq 'x' and CarrierCountry eq 'XX'}", "a, zz")
    _, findings = resolved(bad, bad)
    assert {"RC201", "RC202", "RC221", "RC225"} <= set(codes(findings))


def test_an_audience_carries_the_types_of_the_properties_it_uses_and_no_others() -> None:
    made, _ = resolved(
        manifest("CustomProperty", "plan", "{type: string}"),
        manifest("CustomProperty", "age", "{type: number}"),
        manifest("Audience", "x", "{definition: plan eq 'a' and CarrierCountry eq 'US'}"),
    )
    assert made[-1].spec["custom_properties"] == {"plan": "string"}


def test_the_order_of_documents_means_nothing() -> None:
    parts = [
        manifest("CustomProperty", "plan", "{type: string}"),
        manifest("Audience", "x", "{definition: plan eq 'a'}"),
        manifest("Notification", "n", "{content: {title: t}, target: {audiences: [x]}}"),
    ]
    there, _ = resolved(*parts)
    back, findings = resolved(*reversed(parts))
    assert not findings
    assert {each.address: each.spec for each in there} == {each.address: each.spec for each in back}


def test_no_document_is_changed_by_resolving() -> None:
    text = AUDIENCE + manifest("Notification", "n", "{content: {title: t}, target: {audiences: [us]}}")
    before = documents(text)
    copies = documents(text)
    resolve(before, project())
    assert [each.value for each in before] == [each.value for each in copies]


def test_an_audience_of_the_wrong_shape_is_declared_all_the_same() -> None:
    push = documents(manifest("Notification", "n", "{content: {title: t}, target: {audiences: [us]}}"))
    unsound = documents(manifest("Audience", "us", "{definitoin: x}") + "---\nkind: Audience\nmetadata: 5\n")
    assert references(resolve(push, project())[0], unsound) == ()
    assert codes(references(resolve(push, project())[0])) == ["RC203"]


@pytest.mark.parametrize(
    ("examples", "told"),
    [
        (
            "{match: [{CarrierCountry: US, plan: premium}], miss: [{CarrierCountry: US, plan: free}, {plan: premium}]}",
            [],
        ),
        (
            "{match: [{CarrierCountry: FR, plan: premium}]}",
            ["this example of `match` does not match: `CarrierCountry eq 'US'` is not true"],
        ),
        (
            "{match: [{plan: premium}]}",
            [
                "this example of `match` does not match: `CarrierCountry eq 'US'` is unknown: the example has no such value"
            ],
        ),
        (
            "{miss: [{carriercountry: US, plan: premium}]}",
            ["this example of `miss` matches: `plan eq 'premium'` is true"],
        ),
    ],
)
def test_an_audience_is_tested_on_its_examples(examples: str, told: list[str]) -> None:
    plan = manifest("CustomProperty", "plan", "{type: string}")
    spec = "{definition: \"CarrierCountry eq 'US' and plan eq 'premium'\", examples: " + examples + "}"
    made, findings = resolved(plan, manifest("Audience", "a", spec))
    assert [each.message for each in findings] == told
    assert "examples" not in made[-1].spec
