"""Say in our own words why the parser cannot read on."""

from __future__ import annotations

import re
from typing import Any, Final

from reconciler.core.quote import quote
from reconciler.manifests.events import DEEPEST
from reconciler.manifests.report import Report

_UNREADABLE: Final = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_TAB_HINT: Final = "indent with spaces"
_QUOTE_HINT: Final = "quote the value, or mend the indentation"
_SAYINGS: Final = {
    "mapping values are not allowed in this context": ("a `:` with a value is not allowed here", _QUOTE_HINT),
    "block sequence entries are not allowed in this context": (
        "a `- ` entry is not allowed here",
        "begin it on a line of its own",
    ),
    "block mapping keys are not allowed in this context": ("a `? ` key is not allowed here", _QUOTE_HINT),
    "did not find expected key": (
        "this does not fit the mapping around it",
        "mend the indentation, or quote the value above",
    ),
    "did not find expected '-' indicator": (
        "this does not fit the list around it",
        "begin it with `- `, or mend the indentation",
    ),
    "could not find expected ':'": ("a `:` is missing after a key", "write `key: value`, with a space after the `:`"),
    "did not find expected ',' or ']'": ("a `,` or `]` is missing", "close the list with `]`"),
    "did not find expected ',' or '}'": ("a `,` or `}` is missing", "close the mapping with `}`"),
    "did not find expected node content": ("a value is missing", "write the value, or leave out what announces it"),
    "did not find expected <document start>": ("a document ends before this", "begin another one with a line `---`"),
    "found unexpected end of stream": ("a quoted text is not closed", "close it with the quote it begins with"),
    "found unexpected document indicator": ("a quoted text is not closed before the document ends", "close it"),
    "found unknown escape character": (
        "an unknown escape in a text with double quotes",
        r"write `\\` for a backslash, or use single quotes",
    ),
    "did not find expected hexadecimal number": (
        "an escape lacks its hexadecimal digits",
        r"write `\\` for a backslash",
    ),
    "found invalid Unicode character escape code": ("an escape that is no character", "write the character itself"),
    "found undefined tag handle": ("a tag with an undeclared handle", "leave the tag out"),
    "found incompatible YAML document": ("a version of YAML that cannot be read", "leave the `%YAML` line out"),
    "did not find expected alphabetic or numeric character": (
        "an anchor or alias without a name",
        "quote the value if text with `&` or `*` is meant",
    ),
}
_OPENED: Final = ("while parsing a flow", "while scanning a quoted scalar", "while parsing a quoted scalar")


def too_deep(index: int, report: Report) -> None:
    """Report that values are nested too deep to be read on."""
    report.add("RC017", f"values are nested more than {DEEPEST} deep", "flatten the document", index)


def unreadable(error: Exception, report: Report) -> None:
    """Report what the parser stumbled over: bad YAML, a tab, or a character that YAML does not allow."""
    text = report.lines.text
    found = _UNREADABLE.search(text)
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        index = found.start() if found else 0
        shown = f"the character {quote(text[index : index + 1])} is not allowed in YAML"
        report.add("RC012", shown, r'remove it, or write it as an escape in double quotes: `"\x1b"`', index)
        return
    index = _inside(mark.index, text)
    problem = str(getattr(error, "problem", "") or "it cannot be read")
    if text[index : index + 1] == "\t" or "tab character" in problem:
        report.add("RC011", "a tab is used where only spaces may indent or separate", _TAB_HINT, index)
    elif problem == "found character that cannot start any token":
        character = text[index : index + 1]
        report.add("RC010", f"a plain value cannot begin with {quote(character)}", "quote the value", index)
    else:
        _syntax(problem, error, index, report)


def _syntax(problem: str, error: Any, index: int, report: Report) -> None:
    message, hint = _SAYINGS.get(problem, (f"this is not YAML: {problem}", ""))
    context = error.context_mark
    if context is not None and str(error.context).startswith(_OPENED):
        opened = _inside(context.index, report.lines.text)
        if index >= len(report.lines.text.rstrip()) - 1:
            index = opened
        else:
            message += f" in what begins on line {report.lines.place(opened).line}"
    report.add("RC010", message, hint, index)


def _inside(index: int, text: str) -> int:
    """The index, or the end of what is written where it lies beyond."""
    return min(index, max(len(text.rstrip()) - 1, 0))
