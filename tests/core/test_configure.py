"""The project as an environment sees it: overlays are laid over, and what comes out is held to the schema."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.configure import configure
from reconciler.core.validate import validate_project
from reconciler.model.document import Document, Source
from reconciler.model.finding import Finding
from reconciler.model.project import EnvRef, Project

from .shapes import sample
from .shapes_campaign import ASKING, AZURE, TOKEN

APPS = {
    "a": {"provider": "appcenter", "owner": "o", "app": "a", **TOKEN},
    "m": {"provider": "mobileengagement", **AZURE, **TOKEN},
}


def configured(**overlay: Any) -> tuple[Project | None, tuple[Finding, ...]]:
    value = sample("Project", spec__apps=APPS, spec__environments={"staging": {"apps": overlay}})
    document = Document("reconciler.yaml", 0, 1, value)
    assert validate_project(document) == ()
    return configure(document, ".", "staging")


def test_an_overlay_is_laid_over_its_app() -> None:
    project, findings = configured(a={"app": "b"}, m={})
    assert findings == ()
    assert project is not None
    assert project.apps["a"].settings == {"owner": "o", "app": "b", "token": EnvRef("T")}
    assert project.apps["m"].provider == "mobileengagement"


def test_references_become_such_and_texts_stay() -> None:
    project, findings = configured(x={"provider": "mobileengagement", **AZURE, **ASKING})
    assert findings == ()
    assert project is not None
    settings = project.apps["x"].settings
    assert (settings["tenant"], settings["client_id"]) == ("t", EnvRef("ID"))
    assert settings["client_secret"] == EnvRef("SECRET")


MISTAKES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"x": {}}, [("x!", "`apps.x` lacks `provider`")]),
    (
        {"x": {"provider": "appcenter", "owner": "o"}},
        [("x!", "`apps.x` lacks `app`"), ("x!", "`apps.x` lacks `token`")],
    ),
    ({"x": {"provider": "appizer", "app_id": "i"}}, [("x!", "`apps.x` lacks `token`")]),
    (
        {"x": {"provider": "mobileengagement", **AZURE}},
        [("x!", "`apps.x` lacks `token`, or `tenant`, `client_id` and `client_secret`")],
    ),
    (
        {"x": {"provider": "mobileengagement", **AZURE, "tenant": "t", "client_id": "c"}},
        [("x!", "`apps.x` lacks `client_secret`")],
    ),
    ({"m": ASKING}, [("m.tenant!", "`apps.m` has `token` and `tenant`, but takes only one of them")]),
    ({"a": {"app_id": "i"}}, [("a.app_id!", "`app_id` in `apps.a` does not go with the provider `appcenter`")]),
    (
        {"m": {"provider": "appcenter", "owner": "o"}},
        [
            ("m!", f"`{name}` in `apps.m` does not go with the provider `appcenter`")
            for name in ("subscription", "resource_group", "collection")
        ],
    ),
]


@pytest.mark.parametrize(("overlay", "expected"), MISTAKES)
def test_what_an_environment_makes_is_held_to_the_schema(
    overlay: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    project, findings = configured(**overlay)
    assert project is not None
    assert set(project.apps) == set()
    assert {finding.code for finding in findings} == {"RC132"}
    prefix = "in the environment `staging`, "
    assert sorted((_path(finding), finding.message.removeprefix(prefix)) for finding in findings) == sorted(expected)
    assert all(finding.message.startswith(prefix) and finding.hint for finding in findings)


def _path(finding: Finding) -> str:
    assert isinstance(finding.where, Source)
    assert finding.where.path[:4] == ("spec", "environments", "staging", "apps")
    return ".".join(map(str, finding.where.path[4:])) + ("!" if finding.where.on_key else "")
