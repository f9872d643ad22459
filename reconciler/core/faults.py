"""Say in our own words what a JSON Schema refuses: one fault for one mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from reconciler.core.quote import listing, nearest, quote
from reconciler.core.refusals import refusal
from reconciler.core.repeats import repeats
from reconciler.core.words import alternatives, subject
from reconciler.model.document import Path

_SHOWN_REPEATS: Final = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the value at `path`, or with the key there."""

    code: str
    path: Path
    message: str
    hint: str = ""
    on_key: bool = False


def faults(errors: Iterable[Any]) -> Iterator[Fault]:
    """Tell jsonschema's errors of one document.

    A field that is missing because its name is misspelt is told once, as unknown.
    """
    known = list(errors)
    meant: set[Path] = set()
    unknown = [
        fault for error in known if error.validator == "additionalProperties" for fault in _unknown_fields(error, meant)
    ]
    yield from unknown
    told = {fault.path for fault in unknown}
    for error in known:
        yield from (fault for fault in _of(error, meant) if fault.path not in told)


def _of(error: Any, meant: set[Path]) -> Iterator[Fault]:
    match error.validator:
        case "additionalProperties":
            pass
        case "required" | "dependentRequired":
            yield from _missing(error, meant)
        case "oneOf" | "anyOf":
            yield from _choice(error, meant) if isinstance(error.instance, dict) else ()
        case "uniqueItems":
            yield from _repeated(error)
        case _:
            yield _value(error)


def unknown_kind(kind: str, kinds: tuple[str, ...]) -> Fault:
    """The fault of a manifest whose kind is none of ours."""
    if kind == "Project":
        hint = "keep it in `reconciler.yaml`, outside of the manifests' folders"
        return Fault("RC102", ("kind",), "a `Project` is not a manifest", hint)
    hint = nearest(kind, kinds) or f"the kinds are {listing(kinds)}"
    return Fault("RC102", ("kind",), f"unknown kind {quote(kind)}", hint)


def _unknown_fields(error: Any, meant: set[Path]) -> Iterator[Fault]:
    path, fields = _path(error), error.schema.get("properties", {})
    for name in error.instance:
        if name in fields:
            continue
        here = (*path, name)
        absent = [field for field in fields if field not in error.instance]
        hint = nearest(name, absent)
        meant.update((*path, field) for field in absent if hint == nearest(field, [field]))
        message = f"unknown field {quote(name)} in {subject(path)}"
        yield Fault("RC103", here, message, hint or f"its fields are {listing(fields)}", on_key=True)


def _missing(error: Any, meant: set[Path]) -> Iterator[Fault]:
    wanted = error.validator_value
    names = chain.from_iterable(wanted.values()) if isinstance(wanted, dict) else wanted
    name = next((name for name in names if error.message.startswith(repr(name))), "")
    return _lacks(_path(error), [name], meant)


def _lacks(path: Path, names: Iterable[str], meant: set[Path]) -> Iterator[Fault]:
    for name in names:
        if (*path, name) not in meant:
            yield Fault("RC104", (*path, name), f"{subject(path)} lacks {quote(name)}", f"add {quote(name + ': …')}")


def _choice(error: Any, meant: set[Path]) -> Iterator[Fault]:
    """One of several groups of fields is wanted: none is there, or a part of one, or more than one."""
    path, groups = _path(error), [branch["required"] for branch in error.validator_value]
    begun = [present for group in groups if (present := [name for name in group if name in error.instance])]
    if len(begun) == 1 and error.validator == "oneOf":
        whole = next(group for group in groups if begun[0][0] in group)
        yield from _lacks(path, [name for name in whole if name not in begun[0]], meant)
    elif begun and error.validator == "oneOf":
        rivals = [present[0] for present in begun]
        message = f"{subject(path)} has {listing(rivals)}, but takes only one of them"
        yield Fault("RC113", (*path, rivals[1]), message, "keep one", on_key=True)
    elif not any((*path, name) in meant for group in groups for name in group):
        message = f"{subject(path)} is empty" if begun else f"{subject(path)} lacks {alternatives(groups)}"
        hint = f"give {'exactly' if error.validator == 'oneOf' else 'at least'} one of them"
        yield Fault("RC113", path, message, hint, on_key=True)


def _repeated(error: Any) -> Iterator[Fault]:
    path, found = _path(error), repeats(error.instance)
    for first, later in found[:_SHOWN_REPEATS]:
        message = f"{quote(error.instance[later])} is in {subject(path)} twice, as entries {first + 1} and {later + 1}"
        yield Fault("RC112", (*path, later), message, "remove one of the two")
    if len(found) > _SHOWN_REPEATS:
        message = f"{subject(path)} has {len(found) - _SHOWN_REPEATS} more repeated entries"
        yield Fault("RC112", path, message, "remove them", on_key=True)


def _value(error: Any) -> Fault:
    """The fault of a single value, or of a mapping's key."""
    path, on_key = _path(error), "propertyNames" in error.absolute_schema_path
    if on_key:
        path = (*path, error.instance)
    code, message, hint = refusal(error, "the key" if on_key else subject(path))
    return Fault(code, path, message, hint, on_key or code == "RC116")


def _path(error: Any) -> Path:
    return tuple(error.absolute_path)
