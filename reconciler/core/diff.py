"""Compare one resource's three worlds into a change: the decision table of the design, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.core.equality import equal, same_field
from reconciler.language import DefinitionError, describe_change, parse
from reconciler.model.change import Action, Change, FieldChange, Origin
from reconciler.model.kind import Capability, KindSpec
from reconciler.model.resource import LiveResource, Recorded, Resource

ADOPT = "--adopt"
ALLOW_DELETES = "--allow-deletes"
ALLOW_ORPHANS = "--allow-orphans"
AS_WANTED = "as wanted"


def diff(
    kind: KindSpec, desired: Resource | None, live: LiveResource | None, recorded: Recorded | None
) -> Change | None:
    """The change that takes `live` to `desired`, given what is `recorded`; None where there is nothing to say
    (unmanaged, or a contract).

    All three are of one address; at least one is given. DeepDiff is asked only about fields already known to differ.
    """
    if kind.is_contract:
        return None
    if desired is not None and live is not None:
        return _both(kind, desired, live, recorded)
    if desired is not None:
        return _create(kind, desired, recorded)
    if recorded is not None:
        return _gone(kind, live, recorded)
    return None


def _create(kind: KindSpec, desired: Resource, recorded: Recorded | None) -> Change:
    known = recorded is not None and not recorded.is_intent
    origin = Origin.DRIFT if known else Origin.CONFIG
    return Change(
        *desired.key,
        Action.CREATE,
        "deleted outside since the last apply" if known else "not there yet",
        fields=tuple(
            FieldChange((name,), None, value, origin)
            for name, value in desired.spec.items()
            if value != {} and name not in kind.directives
        ),
        desired=desired.spec,
        recorded=recorded.spec if recorded else None,
        source=desired.source,
    )


def _gone(kind: KindSpec, live: LiveResource | None, recorded: Recorded) -> Change:
    if live is None:
        return Change(*recorded.key, Action.FORGET, "neither declared nor there any more", recorded=recorded.spec)
    is_orphaned = not kind.can(Capability.DELETE)
    return Change(
        *recorded.key,
        Action.FORGET if is_orphaned else Action.DELETE,
        f"no longer declared; the backend cannot delete it, so {live.remote_id} stays as an orphan"
        if is_orphaned
        else "no longer declared",
        live=live.spec,
        recorded=recorded.spec,
        remote_id=live.remote_id,
        consent=ALLOW_ORPHANS if is_orphaned else ALLOW_DELETES,
        state=live.state,
    )


def _both(kind: KindSpec, desired: Resource, live: LiveResource, recorded: Recorded | None) -> Change:
    fields = tuple(_fields(kind, desired.spec, live.spec, recorded.spec if recorded else None))
    action, reason = _decide(kind, fields, desired, recorded)
    is_orphaned = action is not Action.ADOPT and bool(fields) and not kind.can(Capability.UPDATE)
    if is_orphaned:
        action = Action.REPLACE
        reason += f"; the backend cannot change it: a new one is made, and {live.remote_id} stays as an orphan"
    return Change(
        *desired.key,
        action,
        reason,
        fields=fields,
        desired=desired.spec,
        live=live.spec,
        recorded=recorded.spec if recorded else None,
        remote_id=live.remote_id,
        consent=ADOPT if recorded is None else ALLOW_ORPHANS if is_orphaned else "",
        source=desired.source,
        state=live.state,
    )


def is_settled(desired: Resource | None, live: LiveResource | None, recorded: Recorded | None) -> bool:
    """Whether all three worlds agree to the letter: the daily case, told without looking closer."""
    if desired is None or live is None or recorded is None or recorded.is_intent:
        return False
    if not equal(desired.spec, recorded.spec):
        return False
    # A provider that found nothing but what is recorded gives that very mapping back.
    held = live.spec
    return held is recorded.spec or equal(desired.spec, {name: held[name] for name in desired.spec if name in held})


def _decide(
    kind: KindSpec, fields: tuple[FieldChange, ...], desired: Resource, recorded: Recorded | None
) -> tuple[Action, str]:
    if recorded is None:
        return Action.ADOPT, "it exists, but not by this ledger" + (", and differs" if fields else "")
    if any(field.path[0] in kind.immutable for field in fields):
        return Action.REPLACE, "a field that cannot be changed in place has moved"
    if fields:
        return Action.UPDATE, _origin_words(fields)
    if recorded.is_intent or not _same_spec(kind, desired.spec, recorded.spec):
        return Action.ADOPT, "already as wanted; the ledger is behind"
    return Action.NO_OP, AS_WANTED


def _origin_words(fields: tuple[FieldChange, ...]) -> str:
    origins = {field.origin for field in fields}
    if origins == {Origin.CONFIG}:
        return "the manifest changed"
    if origins == {Origin.DRIFT}:
        return "changed outside since the last apply"
    return "the manifest and the backend both changed"


def _same_spec(kind: KindSpec, left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    left, right = ({name: spec[name] for name in spec if name not in kind.directives} for spec in (left, right))
    return left.keys() == right.keys() and all(
        same_field(kind, name, value, right[name]) for name, value in left.items()
    )


def _fields(
    kind: KindSpec, desired: Mapping[str, Any], live: Mapping[str, Any], recorded: Mapping[str, Any] | None
) -> Iterable[FieldChange]:
    for name, after in desired.items():
        if name in kind.directives:
            continue
        before = live.get(name, kind.defaults.get(name))
        if not same_field(kind, name, before, after):
            origin = _origin(kind, name, before, after, recorded)
            yield from _explain(kind, name, before, after, origin)
    for name, last in (recorded or {}).items():
        # Recorded and live but no longer declared: unset it, back to the backend's default.
        before, default = live.get(name), kind.defaults.get(name)
        if (
            name not in desired
            and name in live
            and name not in kind.directives
            and not same_field(kind, name, before, default)
        ):
            origin = Origin.CONFIG if same_field(kind, name, before, last) else Origin.BOTH
            yield FieldChange((name,), before, None, origin, "no longer declared")


def _origin(kind: KindSpec, name: str, before: Any, after: Any, recorded: Mapping[str, Any] | None) -> Origin:
    if recorded is None or name not in recorded:
        return Origin.CONFIG
    if same_field(kind, name, recorded[name], after):
        return Origin.DRIFT
    return Origin.CONFIG if same_field(kind, name, recorded[name], before) else Origin.BOTH


def _explain(kind: KindSpec, name: str, before: Any, after: Any, origin: Origin) -> Iterable[FieldChange]:
    if name in kind.expressions and isinstance(before, str) and isinstance(after, str):
        yield FieldChange((name,), before, after, origin, _relation(before, after))
    elif isinstance(before, (dict, list)) and isinstance(after, (dict, list)) and type(before) is type(after):
        yield from (FieldChange((name, *path), old, new, origin) for path, old, new in _leaves(before, after))
    else:
        yield FieldChange((name,), before, after, origin)


def _relation(before: str, after: str) -> str:
    try:
        old = parse(before)
    except DefinitionError:
        return "the live definition is not of our language; compared as text"
    return describe_change(old, parse(after))


def _leaves(before: Any, after: Any) -> Iterable[tuple[tuple[str | int, ...], Any, Any]]:
    """The innermost differences of two nested values, as (path, old, new); None stands for absent."""
    from deepdiff import DeepDiff  # heavy, and needed only where a nested field is already known to differ
    from deepdiff.helper import NotPresent

    tree = DeepDiff(before, after, view="tree", ignore_numeric_type_changes=True, threshold_to_diff_deeper=0)
    found = [
        (
            tuple(item.path(output_format="list")),
            None if isinstance(item.t1, NotPresent) else item.t1,
            None if isinstance(item.t2, NotPresent) else item.t2,
        )
        for kind_of_change in tree.values()
        for item in kind_of_change
    ]
    yield from sorted(found, key=lambda leaf: [str(step) for step in leaf[0]])
