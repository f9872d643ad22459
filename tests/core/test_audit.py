"""What a backend would refuse is told before any credential is asked for."""

from __future__ import annotations

import pytest

from reconciler.core.audit import audit
from tests.core.worlds import codes, dialects, manifest, resources

US = manifest("Audience", "us", "{definition: CarrierCountry eq 'US'}")


def notification(content: str, target: str = "{everyone: true}", name: str = "n") -> str:
    return manifest("Notification", name, f"{{content: {content}, target: {target}}}")


def told(*manifests: str) -> list[str]:
    return codes(audit(resources(*manifests), dialects()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "allowed",
    [
        notification(f"{{title: {'t' * 128}}}"),
        notification(f"{{body: {'b' * 4000}}}"),
        notification("{title: t, data: {" + ", ".join(f"k{n}: v" for n in range(20)) + "}}"),
        notification(f"{{title: t, data: {{k: {'v' * 100}}}}}"),
        notification("{title: t}", name="n" * 43),
        notification("{title: t}", "{devices: [00000000-0000-0000-0000-000000000001]}"),
        manifest("Audience", "a", f"{{definition: CarrierCountry eq 'US', description: {'d' * 128}}}"),
        manifest("Audience", "n" * 64, "{definition: CarrierCountry eq 'US'}"),
    ],
)
def test_what_just_fits_is_let_through(allowed: str) -> None:
    assert told(allowed) == []


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (notification(f"{{title: {'t' * 129}}}"), "RC310"),
        (notification(f"{{body: {'b' * 4001}}}"), "RC310"),
        (notification("{title: t, data: {" + ", ".join(f"k{n}: v" for n in range(21)) + "}}"), "RC310"),
        (notification(f"{{title: t, data: {{k: {'v' * 101}}}}}"), "RC310"),
        (notification("{title: t}", name="n" * 44), "RC311"),
        (notification("{title: t}", "{devices: [not-a-uuid]}"), "RC304"),
        (manifest("Audience", "a", f"{{definition: CarrierCountry eq 'US', description: {'d' * 129}}}"), "RC310"),
        (manifest("Audience", "a", "{definition: \"" + " or ".join(f"Model eq 'x{n:04}'" for n in range(105)) + "\"}"), "RC310"),
        (manifest("Audience", "a", "{criteria: Users who bought}"), "RC303"),
    ],
)  # fmt: skip
def test_what_is_beyond_a_limit_is_refused(refused: str, code: str) -> None:
    assert told(refused) == [code]


@pytest.mark.parametrize(("kind", "count"), [("Audience", 200), ("CustomProperty", 60)])
def test_an_app_takes_so_many_of_a_kind_and_no_more(kind: str, count: int) -> None:
    spec = "{definition: CarrierCountry eq 'US'}" if kind == "Audience" else "{type: string}"
    assert told(*(manifest(kind, f"n{number}", spec) for number in range(count))) == []
    assert told(*(manifest(kind, f"n{number}", spec) for number in range(count + 2))) == ["RC312"]


def test_limits_are_counted_for_each_app() -> None:
    many = [manifest("Audience", f"n{number}", "{definition: CarrierCountry eq 'US'}", "a, b") for number in range(200)]
    assert told(*many) == []
