"""The pages of the documentation, and the fenced blocks in them.

The first word after a fence is the language, the second says what a block is for:

- `sh`: run, in order, in a folder that the blocks of one page share. A line with `reconciler sandbox --port 8765`
  starts one beside it.
- `sh shown`: not run; each line that begins with `reconciler` must be a command with options that exist.
- `text output`: what the block of `sh` before it prints; a line `…` stands for any lines, `UUID`, `TIME` and `MARKER`
  for one of each; the id of a campaign may be another one.
- `yaml`: manifests, or a project file. `yaml workflow`: a workflow of GitHub Actions, whose `run:` is held to the rules
  of `sh shown`.
- `text`, `json`, `python`: only read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FOREIGN = frozenset({"docs/sandbox.md", "docs/language.md"})
"""Pages with tests of their own."""

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: `use` is the second word of its info line; `line` is that of its fence."""

    page: str
    line: int
    language: str
    use: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """The README, every page of `docs/`, and the README of each example."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "examples").glob("*/README.md"))]


def name_of(page: Path) -> str:
    """A page's path from the root of the repository."""
    return page.relative_to(ROOT).as_posix()


def own_pages() -> list[Path]:
    """The pages whose blocks are run here."""
    return [page for page in pages() if name_of(page) not in FOREIGN]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        language, _, use = found["info"].strip().partition(" ")
        yield Block(name_of(page), text.count("\n", 0, found.start()) + 1, language, use.strip(), found["text"])


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))
