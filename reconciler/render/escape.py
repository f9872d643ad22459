"""Make text of manifests and backends harmless where it is shown: it may hold escapes, markup, mentions, or direction
marks.
"""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST = 300


def visible(text: str) -> str:
    """The text on one line, with every control, bidi or otherwise unseen character as an escape."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode("ascii") for each in text
    )


def value(anything: Any) -> str:
    """A JSON value as a reader of a plan sees it: text in quotes, `(none)` for what is absent, long values cut."""
    if anything is None:
        return "(none)"
    text = visible(json.dumps(anything, ensure_ascii=False))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def markdown(text: str) -> str:
    """The text in Markdown, as itself: no markup, no HTML, no `@mention`, no `#123`, no link."""
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A zero-width space keeps mentions, references and bare links from being recognised.
    return re.sub(r"(@|#|://|www\.)", "\\1\u200b", re.sub(r"([\\`*_\[\]|~$])", r"\\\1", shown))


def fenced(text: str, language: str = "") -> str:
    """A code block whose fence is longer than any run of backticks in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
