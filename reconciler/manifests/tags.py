"""Tags: the few of the core schema are obeyed, every other is refused."""

from __future__ import annotations

from typing import Any, Final

from reconciler.core.quote import quote
from reconciler.manifests.report import Report
from reconciler.manifests.scalars import WORDS, Scalar, number

_CORE: Final = "tag:yaml.org,2002:"
_HINT: Final = "leave the tag out: manifests hold plain text, numbers, true, false, null, lists and mappings"
_BAD: Final = object()


def tagged(event: Any, report: Report) -> Scalar:
    """The value of a scalar event with a tag; its text, with a finding, where the tag does not fit."""
    name = event.tag.removeprefix(_CORE)
    value = _read(name, event.value)
    if value is not _BAD:
        known: Scalar = value
        return known
    if name in ("int", "float", "bool", "null"):
        message = f"{quote(event.value)} is not what its tag {quote('!!' + name)} says"
        report.add("RC027", message, "leave the tag out, or mend the value", event.start_mark.index)
    else:
        _refuse(event, report)
    return str(event.value)


def check_tag(event: Any, name: str, report: Report) -> None:
    """Refuse the tag of a list (`seq`) or mapping (`map`) unless it says just that."""
    if event.tag != _CORE + name:
        _refuse(event, report)


def _refuse(event: Any, report: Report) -> None:
    shown = "!!" + event.tag.removeprefix(_CORE) if event.tag.startswith(_CORE) else event.tag
    report.add("RC019", f"the tag {quote(shown)} is not allowed here", _HINT, event.start_mark.index)


def _read(name: str, text: str) -> Any:
    match name:
        case "str":
            return text
        case "int" | "float":
            value = number(text)
            fits = value is not None and (name == "float" or isinstance(value, int))
            return (float(value) if name == "float" else value) if fits and value is not None else _BAD
        case "bool" | "null":
            word = WORDS.get(text, _BAD)
            return word if (isinstance(word, bool) if name == "bool" else word is None) else _BAD
        case _:
            return _BAD
