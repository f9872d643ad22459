"""Assemble changes and sends into a plan, order it, and tell whether a saved one still fits the world."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from reconciler.core.diff import diff, is_settled
from reconciler.core.lifecycle import obstacle, steered
from reconciler.core.quote import quote
from reconciler.model.change import Action, Change
from reconciler.model.digest import canonical, digest, text_digest
from reconciler.model.finding import Finding
from reconciler.model.kind import Capability, KindSpec
from reconciler.model.plan import Plan
from reconciler.model.resource import Key, LiveResource, Recorded, Resource
from reconciler.model.send import Send

_ORDER = {
    Action.FORGET: 0,
    Action.ADOPT: 1,
    Action.CREATE: 2,
    Action.UPDATE: 3,
    Action.REPLACE: 4,
    Action.SUSPEND: 5,
    Action.FINISH: 6,
    Action.DELETE: 7,
}
NONE_ACTIVATED: Mapping[Key, Collection[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be done to resources: `effects` in the order they are applied, the `obstacles` that states put in the
    way, and how many resources are as wanted or not managed.
    """

    effects: tuple[Change, ...]
    obstacles: tuple[Finding, ...]
    no_op: int
    unmanaged: int


def changes(
    kinds: Mapping[str, Mapping[str, KindSpec]],
    desired: Iterable[Resource],
    live: Iterable[LiveResource],
    recorded: Iterable[Recorded],
    activated: Mapping[Key, Collection[str]] = NONE_ACTIVATED,
) -> Changes:
    """Compare the three worlds.

    `kinds` are the kinds of each app's backend, by app alias; notifications and what the backend knows nothing of are
    left out. `activated` are the occurrences of each object that the ledger holds as activated, or perhaps so.
    """
    compared = {(app, name) for app, here in kinds.items() for name, kind in here.items() if not kind.is_local}
    wanted: dict[Key, Resource] = {each.key: each for each in desired if (each.app, each.kind) in compared}
    there: dict[Key, LiveResource] = {each.key: each for each in live}
    known: dict[Key, Recorded] = {each.key: each for each in recorded if (each.app, each.kind) in compared}
    settled = {key for key, each in wanted.items() if is_settled(each, there.get(key), known.get(key))}
    effects: list[Change] = []
    obstacles: list[Finding | None] = []
    no_op, unmanaged = len(settled), 0
    for key in (wanted.keys() | known.keys() | there.keys()) - settled:
        kind = kinds[key[0]][key[1]]
        change = diff(kind, wanted.get(key), there.get(key), known.get(key))
        if kind.is_activated:
            stands = (wanted.get(key), there.get(key), activated.get(key, ()))
            obstacles.append(obstacle(change, *stands))
            change = steered(change, *stands)
        if change is not None and _is_beyond(kind, change):
            obstacles.append(_beyond(change))
        elif change is not None and change.is_effect:
            effects.append(change)
        elif key in wanted:
            no_op += 1
        elif change is None and not kind.is_contract:
            unmanaged += 1
    effects.sort(key=lambda change: (_ORDER[change.action], change.app, change.kind, change.name))
    return Changes(tuple(effects), tuple(filter(None, obstacles)), no_op, unmanaged)


def _is_beyond(kind: KindSpec, change: Change) -> bool:
    """Whether something would be taken over that differs, and that the backend cannot change."""
    return change.action is Action.ADOPT and bool(change.fields) and not kind.can(Capability.UPDATE)


def _beyond(change: Change) -> Finding:
    differing = ", ".join(dict.fromkeys(str(each.path[0]) for each in change.fields))
    message = f"{quote(change.name)} exists, not by this ledger, with another {differing}; the backend cannot change it"
    return Finding("RC515", message, "declare it as it is there, or choose another name", change.source or "")


def contracts(
    kinds: Mapping[str, Mapping[str, KindSpec]], desired: Iterable[Resource], live: Iterable[LiveResource]
) -> tuple[Finding, ...]:
    """A finding for each declaration that the backend contradicts, of the kinds that only the backend can change."""
    there = {each.key: each for each in live if kinds[each.app][each.kind].is_contract}
    return tuple(
        Finding(
            "RC320",
            f"the backend holds {quote(each.name)} as `{held.spec['type']}`, the manifest says `{each.spec['type']}`",
            "declare the type that devices send; a property keeps the type it was first seen with",
            each.source,
        )
        for each in desired
        if (held := there.get(each.key)) is not None and held.spec["type"] != each.spec["type"]
    )


def change_digest(change: Change) -> str:
    """What a reviewed change is bound to: the address, the action, and all three worlds of that resource."""
    worlds = [change.desired, change.live, change.recorded]
    return digest([change.address, change.action, *worlds, change.consent, *([change.state] if change.state else [])])


def send_digest(send: Send) -> str:
    """What a reviewed send is bound to: its identity, its payload, where it stands, and the consent it needs."""
    return digest([send.address, send.send_key, send.payload_digest, send.state, send.consent, _states(send)])


def _states(send: Send) -> Any:
    return [part.state for part in send.parts]


def stale(saved: Plan, digests: Mapping[str, str], fresh: Plan) -> tuple[str, ...]:
    """Why a saved plan may not be performed now; empty where it may. `digests` are those saved with it, by address or
    send key.

    `fresh` is the plan made now from the same project. What it holds beyond the saved one is left for the next plan.
    """
    reasons: list[str] = []
    if saved.errored:
        reasons.append("it did not finish: it was made while something failed")
    if saved.environment != fresh.environment:
        reasons.append(
            f"it was made for environment {quote(saved.environment)}, this run is for {quote(fresh.environment)}"
        )
    if saved.ledger and saved.ledger != fresh.ledger:
        reasons.append("it was made from another ledger")
    if saved.manifests_digest != fresh.manifests_digest:
        reasons.append("the manifests have changed since")
    now = {change.address: change_digest(change) for change in fresh.changes}
    now |= {send.send_key: send_digest(send) for send in fresh.sends}
    reasons.extend(
        f"{change.address} has changed since"
        for change in saved.changes
        if now.get(change.address) != digests[change.address]
    )
    reasons.extend(
        f"the send {send.address} stands elsewhere now"
        for send in saved.sends
        if now.get(send.send_key) != digests[send.send_key]
    )
    return tuple(reasons)


def manifests_digest(resources: Sequence[Resource], coordinates: Mapping[str, str]) -> str:
    """The declared world in one digest: what should exist, and where (`coordinates`, by app alias). It does not move
    when files are reformatted or reordered.
    """
    # An address holds no control characters, so a line says one thing only.
    declared = sorted(f"{each.address} {canonical(each.spec)}" for each in resources)
    return text_digest("\n".join((canonical(dict(coordinates)), *declared)))
