"""Every folder of `examples/` is a project that validates, plans, applies, and then has nothing left to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from .project import ENDPOINT, EXAMPLES, opened

NAMES = sorted(each.name for each in EXAMPLES.iterdir() if each.is_dir())
SCHEMAS = Path(__file__).parents[2] / "schemas"
MODELINE = "# yaml-language-server: $schema="


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_applied_and_then_as_wanted(name: str, tmp_path: Path) -> None:
    with opened(name, tmp_path) as example:
        valid = example.run("validate", "--format", "json")
        first = example.plan()
        begun = example.run("init")
        applied = example.run("apply", "--auto-approve", "--format", "json")
        second = example.plan()

        assert valid.returncode == 0, valid.stderr
        assert json.loads(valid.stdout)["findings"] == []
        assert begun.returncode == 0, begun.stderr
        assert first["applyable"]
        assert first["summary"]["create"] > 0
        assert applied.returncode == 0, applied.stdout + applied.stderr
        assert second["resource_changes"] == []
        # What has a time of its own waits for it.
        assert [each for each in second["sends"] if each["by"] != "run"] == []
        assert second["summary"]["already_sent"] == first["summary"]["send"]
        assert second["findings"] == []
        # Sent once: as many POSTs as sends, and a second apply makes none.
        posts = len(example.recorder.sends())
        assert posts == first["summary"]["send"]
        assert example.run("apply", "--auto-approve").returncode == 0
        assert len(example.recorder.sends()) == posts


@pytest.mark.parametrize("name", NAMES)
def test_an_example_tells_its_story_and_names_its_schemas(name: str) -> None:
    folder = EXAMPLES / name
    manifests = [folder / "reconciler.yaml", *sorted((folder / "manifests").rglob("*.yaml"))]

    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")
    assert ENDPOINT in (folder / "reconciler.yaml").read_text(encoding="utf-8")
    for path in manifests:
        text = path.read_text(encoding="utf-8")
        first = text.splitlines()[0]
        assert first.startswith(MODELINE), f"{path} has no modeline"
        schema = (path.parent / first.removeprefix(MODELINE)).resolve()
        assert schema.is_file()
        assert schema.parent == SCHEMAS.resolve()
        kinds = {each["kind"].lower() for each in yaml.safe_load_all(text)}
        assert kinds == {schema.name.removesuffix(".schema.json")}
