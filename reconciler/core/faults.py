"""Say in our own words what a JSON Schema refuses: one fault for one mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from reconciler.core.quote import listing, nearest, quote
from reconciler.core.refusals import refusal
from reconciler.core.repeats import repeats
from reconciler.core.words import subject
from reconciler.model.document import Path

_SHOWN_REPEATS: Final = 20
_LATER_FIELDS: Final = {("spec", "schedule"): "schedules", ("spec", "campaign"): "pushes of a saved campaign"}
_LATER_KINDS: Final = ("Campaign",)


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
    for error in known:
        if error.validator == "additionalProperties":
            yield from _unknown_fields(error, meant)
    for error in known:
        if error.validator == "required":
            yield from _missing(error, meant)
        elif error.validator in ("oneOf", "anyOf"):
            yield from _choice(error, meant) if isinstance(error.instance, dict) else ()
        elif error.validator == "uniqueItems":
            yield from _repeated(error)
        elif error.validator != "additionalProperties":
            yield _value(error)


def unknown_kind(kind: str, kinds: tuple[str, ...]) -> Fault:
    """The fault of a manifest whose kind is none of ours."""
    if kind == "Project":
        hint = "keep it in `reconciler.yaml`, outside of the manifests' folders"
        return Fault("RC102", ("kind",), "a `Project` is not a manifest", hint)
    if kind in _LATER_KINDS:
        message = f"{quote(kind)} is a kind that this version does not support yet"
        return Fault("RC115", ("kind",), message, "remove the document, or use a later version")
    hint = nearest(kind, kinds) or f"the kinds are {listing(kinds)}"
    return Fault("RC102", ("kind",), f"unknown kind {quote(kind)}", hint)


def _unknown_fields(error: Any, meant: set[Path]) -> Iterator[Fault]:
    path, fields = _path(error), error.schema.get("properties", {})
    for name in error.instance:
        if name in fields:
            continue
        here = (*path, name)
        if here in _LATER_FIELDS:
            message = f"{quote(name)}: {_LATER_FIELDS[here]} are not supported by this version yet"
            yield Fault("RC115", here, message, "remove the field, or use a later version", on_key=True)
            continue
        absent = [field for field in fields if field not in error.instance]
        hint = nearest(name, absent)
        meant.update((*path, field) for field in absent if hint == nearest(field, [field]))
        message = f"unknown field {quote(name)} in {subject(path)}"
        yield Fault("RC103", here, message, hint or f"its fields are {listing(fields)}", on_key=True)


def _missing(error: Any, meant: set[Path]) -> Iterator[Fault]:
    path = _path(error)
    name = next((name for name in error.validator_value if error.message.startswith(repr(name))), "")
    if (*path, name) not in meant:
        yield Fault("RC104", (*path, name), f"{subject(path)} lacks {quote(name)}", f"add {quote(name + ': …')}")


def _choice(error: Any, meant: set[Path]) -> Iterator[Fault]:
    path = _path(error)
    names = [name for branch in error.validator_value for name in branch["required"]]
    present = [name for name in names if name in error.instance]
    if any((*path, name) in meant for name in names) and not present:
        return
    if error.validator == "anyOf":
        message, hint = f"{subject(path)} is empty", f"give at least one of {listing(names)}"
    elif present:
        message, hint = f"{subject(path)} has {listing(present)}, but takes only one of them", "keep one"
    else:
        message, hint = f"{subject(path)} has none of {listing(names)}", "give exactly one of them"
    where = (*path, present[1]) if len(present) > 1 else path
    yield Fault("RC113", where, message, hint, on_key=True)


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
