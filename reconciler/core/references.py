"""Check what manifests say of each other: the audiences and campaigns that they name, on the same app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.core.compose import CAMPAIGN, NOTIFICATION
from reconciler.core.quote import nearest, quote
from reconciler.model.document import Document, Path, Source
from reconciler.model.finding import Finding
from reconciler.model.resource import Resource

AUDIENCE = "Audience"


def references(resources: Sequence[Resource], unsound: Sequence[Document] = ()) -> tuple[Finding, ...]:
    """A finding for each name that nothing on that app has, and for each campaign that cannot be pushed as asked.

    `unsound` are documents that did not pass `validate`, whose names are there all the same.
    """
    named = {kind: {(each.app, each.name): each for each in resources if each.kind == kind} for kind in _KINDS}
    known = {kind: set(of_kind) | set(_names(unsound, kind)) for kind, of_kind in named.items()}
    findings: list[Finding] = []
    for each in resources:
        if each.kind not in (CAMPAIGN, NOTIFICATION):
            continue
        for path, name in _audiences(each):
            if (each.app, name) not in known[AUDIENCE]:
                findings.append(_missing("RC203", AUDIENCE, each, (path, name), known[AUDIENCE]))
        if "campaign" in each.spec:
            findings.extend(_campaign(each, named[CAMPAIGN], known[CAMPAIGN]))
    return tuple(findings)


_KINDS = (AUDIENCE, CAMPAIGN)


def _names(documents: Iterable[Document], kind: str) -> Iterable[tuple[Any, Any]]:
    """The (app, name) pairs of documents of a kind and of whatever shape."""
    for document in documents:
        metadata = document.value.get("metadata")
        if (
            document.value.get("kind") == kind
            and isinstance(metadata, Mapping)
            and isinstance(metadata.get("apps"), list)
        ):
            for app in metadata["apps"]:
                if isinstance(app, str) and isinstance(metadata.get("name"), str):
                    yield app, metadata["name"]


def _audiences(resource: Resource) -> Iterable[tuple[Path, str]]:
    """The audiences that a manifest names, each with its path."""
    spec = resource.source.document.value["spec"]
    path: Path
    if resource.kind == NOTIFICATION:
        path, named = ("target", "audiences"), spec["target"].get("audiences", ())
    elif isinstance(spec.get("audience"), Mapping):
        path, named = ("audience", "audiences"), spec["audience"].get("audiences", ())
    else:
        path, named = ("audience",), spec.get("audience", ())
    for index, name in enumerate(named):
        yield ("spec", *path, index), name


def _missing(
    code: str, kind: str, resource: Resource, use: tuple[Path, str], known: Iterable[tuple[str, str]]
) -> Finding:
    (path, name), word = use, kind.lower()
    there = [other for app, other in known if app == resource.app]
    hint = (
        nearest(name, there) or f"declare {'an' if kind == AUDIENCE else 'a'} {kind} of that name for `{resource.app}`"
    )
    message = f"{quote(name)} is not a declared {word} of {quote(resource.app)}"
    return Finding(code, message, hint, Source(resource.source.document, path))


def _campaign(
    resource: Resource, campaigns: Mapping[tuple[str, str], Resource], known: set[tuple[str, str]]
) -> Iterable[Finding]:
    name, path = resource.spec["campaign"], ("spec", "campaign")
    where = Source(resource.source.document, path)
    if (resource.app, name) not in known:
        yield _missing("RC206", CAMPAIGN, resource, (path, name), known)
    elif campaign := campaigns.get((resource.app, name)):
        if campaign.spec.get("push_mode") != "manual":
            hint = f"set `push_mode: manual` in the Campaign {quote(name)}, or leave `campaign` out"
            yield Finding("RC207", f"the campaign {quote(name)} is not manual, so it cannot be pushed", hint, where)
        elif campaign.spec.get("state") != "active":
            hint = f"set `state: active` in the Campaign {quote(name)}"
            yield Finding(
                "RC207", f"only a campaign in progress can be pushed; {quote(name)} is not active", hint, where
            )
        yield from _questions(resource, campaign)


def _questions(resource: Resource, campaign: Resource) -> Iterable[Finding]:
    """An override of a poll asks as many questions, with as many choices each, as the campaign (seed 003)."""
    ours = (resource.spec.get("content") or {}).get("mobileengagement", {}).get("questions")
    theirs = campaign.spec.get("questions", ())
    if ours is None or [len(each["choices"]) for each in ours] == [len(each["choices"]) for each in theirs]:
        return
    where = Source(resource.source.document, ("spec", "content", "mobileengagement", "questions"))
    message = f"the poll {quote(campaign.name)} has {_shape(theirs)}, these are {_shape(ours)}"
    yield Finding("RC208", message, "ask as many questions, with as many choices each", where)


def _shape(questions: Sequence[Mapping[str, Any]]) -> str:
    one = "question" if len(questions) == 1 else "questions"
    return f"{len(questions)} {one} with {', '.join(str(len(each['choices'])) for each in questions)} choices"
