"""The documentation is complete and true: commands, options, codes, exit codes, states, modules, links."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from reconciler.core.codes import CODES
from reconciler.core.encode import EXIT_REASONS
from reconciler.core.transitions import TRANSITIONS, Step
from reconciler.engine.run import GRAVITY
from reconciler.model.change import Action
from reconciler.model.send import SendState

from .commands import commands
from .generate import generated_pages, rewritten
from .pages import DOCS, ROOT, name_of, own_pages, pages, prose

ALL = "\n".join(page.read_text(encoding="utf-8") for page in own_pages())
COMMANDS = list(commands())


@pytest.mark.parametrize("page", generated_pages(), ids=name_of)
def test_generated_parts_are_current(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert rewritten(text) == text, "run `python -m tests.docs.generate`"


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_and_option_is_documented(name: str, command: click.Command) -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    options = [option for each in command.params if isinstance(each, click.Option) for option in each.opts]

    assert command.help, f"`{name}` has no help"
    assert f"`{name.removeprefix('reconciler ')}`" in text or name == "reconciler"
    assert [option for option in options if f"`{option}`" not in text and option not in ("-h", "--help")] == []


def test_every_code_is_documented_and_no_other() -> None:
    text = (DOCS / "error-codes.md").read_text(encoding="utf-8")

    assert re.findall(r"^### (RC\d{3})$", text, re.MULTILINE) == sorted(CODES)
    assert set(re.findall(r"\bRC\d{3}\b", ALL)) <= set(CODES)


def test_every_code_that_is_raised_is_explained() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "reconciler").rglob("*.py"))

    assert set(re.findall(r'"(RC\d{3})"', sources)) == set(CODES)


def test_every_exit_code_is_told_in_its_own_section() -> None:
    text = (DOCS / "exit-codes.md").read_text(encoding="utf-8")

    assert {int(code) for code in re.findall(r"^## (\d+):", text, re.MULTILINE)} == set(EXIT_REASONS)
    assert " > ".join(map(str, GRAVITY)) in text


def test_every_state_and_action_is_told() -> None:
    sends = (DOCS / "sends.md").read_text(encoding="utf-8")
    glossary = (DOCS / "glossary.md").read_text(encoding="utf-8")

    assert [state for state in SendState if f"`{state}`" not in sends] == []
    assert [action for action in Action if action not in glossary] == []


def test_every_step_that_is_drawn_may_be_taken() -> None:
    lines = re.findall(r"^[A-Z]+(?: --.*?--> [A-Z_]+)+$", (DOCS / "sends.md").read_text(encoding="utf-8"), re.MULTILINE)
    drawn = [
        (SendState(before), Step(step), SendState(after))
        for line in lines
        for before, step, after in re.findall(r"([A-Z_]+) --(.*?)--> (?=([A-Z_]+))", line)
    ]

    assert drawn != []
    assert [each for each in drawn if TRANSITIONS.get(each[:2]) != each[2]] == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in _anchors(found)):
            dead.append(target)

    assert dead == []


def test_every_page_can_be_reached() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in pages()
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page))
        if "://" not in target
    }

    assert [name_of(page) for page in own_pages() if page.resolve() not in linked and page.name != "README.md"] == []


def test_every_module_and_folder_that_is_mentioned_exists() -> None:
    mentioned = set(re.findall(r"`((?:reconciler|schemas|examples|tests|docs|bench|\.ci)/[\w./-]*)`", ALL))
    modules = set(re.findall(r"`(reconciler(?:\.\w+)+)`", ALL)) - {"reconciler.yaml", "reconciler.schemas"}

    assert [each for each in sorted(mentioned) if not (ROOT / each).exists()] == []
    assert [each for each in sorted(modules) if not _is_module(each)] == []


def test_every_package_has_its_paragraph_in_the_architecture() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    packages = [path.parent.name for path in (ROOT / "reconciler").glob("*/__init__.py")]

    assert [each for each in packages if f"**`{each}/`**" not in text] == []


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    heads = re.findall(r"^#+ +(.*?) *$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").exists():
        return True
    owner, _, member = name.rpartition(".")
    module = (ROOT / owner.replace(".", "/")).with_suffix(".py")
    return module.exists() and re.search(rf"\b{member}\b", module.read_text(encoding="utf-8")) is not None
