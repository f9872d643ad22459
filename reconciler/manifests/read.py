"""Read manifest files into texts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.quote import quote
from reconciler.manifests.locate import find
from reconciler.model.document import Place
from reconciler.model.finding import Finding

_ENDINGS: Final = (".yaml", ".yml")
_PROJECT: Final = "reconciler.yaml"
PathLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text; `file` is its path as people see it, relative to the working directory where it lies below."""

    file: str
    text: str


def read(root: PathLike, entries: Sequence[str]) -> tuple[tuple[SourceText, ...], tuple[Finding, ...]]:
    """Read every manifest that `entries` name: files or whole folders, relative to the project's folder `root`.

    Each file is read once, in sorted order within a folder; hidden ones and the project file are left out. Whatever
    cannot be read is a finding, for what could not be read is not absent.
    """
    project = os.path.join(root, _PROJECT)
    texts: list[SourceText] = []
    findings: list[Finding] = []
    seen = {os.path.realpath(project)}
    for index, entry in enumerate(entries):
        files, problems = _files(os.path.join(root, entry), os.path.realpath(project))
        findings.extend(problems)
        if not files and not problems:
            findings.append(_entry_problem(project, index, entry))
        for file in files:
            if (real := os.path.realpath(file)) not in seen:
                seen.add(real)
                text, found = read_file(file)
                texts.extend([text] if text else [])
                findings.extend(found)
    if not entries:
        hint = "name files or folders of manifests in `spec.manifests`"
        findings.append(Finding("RC005", "the project names no manifests", hint, Place(shown(project))))
    return tuple(texts), tuple(findings)


def read_file(path: PathLike) -> tuple[SourceText | None, tuple[Finding, ...]]:
    """Read one file as UTF-8, with or without a byte order mark."""
    file = shown(path)
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            return None, (Finding("RC002", f"{quote(file)} is not a file", "", Place(file)),)
        with open(path, "rb") as stream:
            content = stream.read()
    except FileNotFoundError:
        hint = "mend the link, or remove it" if os.path.islink(path) else "check the path"
        return None, (Finding("RC001", f"{quote(file)} does not exist", hint, Place(file)),)
    except (OSError, ValueError) as error:
        return None, (_unreadable(file, error),)
    return _decode(file, content)


def shown(path: PathLike) -> str:
    """A path as people see it: relative to the working directory where it lies below, as it was given elsewhere."""
    folder = os.path.join(os.getcwd(), "")
    absolute = os.path.abspath(path)
    text = absolute.removeprefix(folder) if absolute.startswith(folder) else os.path.normpath(path)
    return str(text).encode("utf-8", "replace").decode("utf-8")


def _decode(file: str, content: bytes) -> tuple[SourceText | None, tuple[Finding, ...]]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:2]:
        return None, (Finding("RC003", f"{quote(file)} is UTF-16, not UTF-8", "save it as UTF-8", Place(file)),)
    try:
        return SourceText(file, content.decode("utf-8-sig")), ()
    except UnicodeDecodeError as error:
        content = content.removeprefix(b"\xef\xbb\xbf")
        good = content[: error.start].decode("utf-8", "replace")
        line, column = good.count("\n") + 1, len(good) - (good.rfind("\n") + 1) + 1
        byte = f"{content[error.start]:#04x}"
        return None, (
            Finding(
                "RC003", f"the byte {quote(byte)} is not UTF-8", "save the file as UTF-8", Place(file, line, column)
            ),
        )


def _files(path: str, project: str) -> tuple[list[str], list[Finding]]:
    """The manifests at or below a path, sorted, and what stands in the way of finding them."""
    if not os.path.isdir(path):
        is_manifest = os.path.lexists(path) and os.path.realpath(path) != project
        return ([path] if is_manifest else []), []
    files: list[str] = []
    findings: list[Finding] = []
    visited: set[str] = set()
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        if (real := os.path.realpath(folder)) in visited:
            continue
        visited.add(real)
        try:
            inside = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
        except OSError as error:
            findings.append(_unreadable(shown(folder), error))
            continue
        waiting.extend(entry.path for entry in inside if entry.is_dir())
        files.extend(entry.path for entry in inside if entry.name.endswith(_ENDINGS) and not entry.is_dir())
    return sorted(file for file in files if os.path.realpath(file) != project), findings


def _entry_problem(project: str, index: int, entry: str) -> Finding:
    path = os.path.join(os.path.dirname(project), entry)
    where = _entry_place(project, index)
    if os.path.isdir(path):
        hint = "add a `.yaml` file, or take the folder out of `spec.manifests`"
        return Finding("RC004", f"the folder {quote(entry)} holds no manifests", hint, where)
    if os.path.lexists(path):
        hint = "name files or folders of manifests in `spec.manifests`"
        return Finding("RC004", f"{quote(entry)} is the project file, not a manifest", hint, where)
    hint = "create it, or mend the path: it is relative to the project file"
    return Finding("RC001", f"{quote(entry)} does not exist", hint, where)


def _entry_place(project: str, index: int) -> Place:
    """Where the project file names the entry; the file itself where that cannot be told."""
    source, _findings = read_file(project)
    if source is None:
        return Place(shown(project))
    return find(source.file, source.text, 0, ("spec", "manifests", index))


def _unreadable(file: str, error: Exception) -> Finding:
    reason = getattr(error, "strerror", None) or str(error)
    hint = "check its permissions" if isinstance(error, PermissionError) else ""
    return Finding("RC002", f"{quote(file)} cannot be read: {reason}", hint, Place(file))


__all__ = ["SourceText", "read", "read_file"]
