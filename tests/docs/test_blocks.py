"""Every block of the README and the documentation that can be run is run; every other is held to what there is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from reconciler.core.validate import validate, validate_project
from reconciler.manifests.locate import locate
from reconciler.manifests.parse import parse
from reconciler.manifests.read import SourceText

from .commands import lines_of, refusal
from .pages import Block, blocks, name_of, own_pages
from .shell import same_output, shell

BLOCKS = [block for page in own_pages() for block in blocks(page)]
RUN = [page for page in own_pages() if any(block.language == "sh" and not block.use for block in blocks(page))]
USES = {
    "sh": {"", "shown"},
    "text": {"", "output"},
    "yaml": {"", "workflow"},
    "json": {""},
    "python": {""},
}


def test_every_block_says_what_it_is() -> None:
    unknown = [str(block) for block in BLOCKS if block.use not in USES.get(block.language, set())]

    assert unknown == []


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_the_shell_blocks_of_a_page_run_and_print_what_it_says(page: Path, tmp_path: Path) -> None:
    if any("curl" in block.text for block in blocks(page) if not block.use) and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    folder = tmp_path / "reader"
    if page.parent.parent.name == "examples":
        shutil.copytree(page.parent, folder, ignore=shutil.ignore_patterns(".reconciler"))
    else:
        folder.mkdir()
    with shell(folder) as session:
        printed = ""
        for block in blocks(page):
            if block.language == "sh" and not block.use:
                printed = session.run(block.text)
            elif block.use == "output":
                assert same_output(block.text, printed), f"{block} shows\n{block.text}\nbut it is\n{printed}"


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.use in ("shown", "workflow")], ids=str)
def test_commands_that_are_only_shown_could_be_typed(block: Block) -> None:
    if block.use == "workflow":
        assert isinstance(yaml.safe_load(block.text), dict)
    script = "\n".join(line.replace("- run: ", "").replace("run: ", "").strip() for line in block.text.splitlines())

    assert {line: why for line in lines_of(script) if (why := refusal(line))} == {}


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.language == "yaml" and not each.use], ids=str)
def test_yaml_blocks_are_manifests_or_project_files(block: Block) -> None:
    source = SourceText(block.page, block.text)
    documents, findings = parse(source)

    assert documents, f"{block} holds no document"
    projects = [each for each in documents if each.value.get("kind") == "Project"]
    manifests = [each for each in documents if each.value.get("kind") != "Project"]
    found = [*findings, *validate(manifests), *(problem for each in projects for problem in validate_project(each))]
    assert [each.message for each in locate(found, {source.file: source.text})] == []
