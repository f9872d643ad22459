"""Appizer's wire format: specs to request values and listed audiences to specs; no input or output here.

Source: the pages "Create audience" (seed 002) and "List audiences", as `live-backends.md` Part A tells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from reconciler.language import parse
from reconciler.model.resource import LiveResource, Recorded, Spec
from reconciler.providers.appizer.kinds import PAGE
from reconciler.providers.appizer.sentence import compile_sentence

AUDIENCES = "/v1/audiences"

UNSEEN = ("definition", "criteria", "custom_properties")
"""The fields that no answer shows."""


def page_path(app_id: str, offset: int, limit: int = PAGE) -> str:
    """The path of a page of audiences, oldest first."""
    return f"{AUDIENCES}?app_id={quote(app_id, safe='')}&limit={limit}&offset={offset}"


def audience_body(app_id: str, name: str, spec: Spec) -> dict[str, Any]:
    """The body that makes an audience; a definition goes as a sentence."""
    criteria = spec["criteria"] if "criteria" in spec else _sentence(spec)
    described = {"description": spec["description"]} if "description" in spec else {}
    return {"app_id": app_id, "name": name, **described, "criteria": criteria}


def _sentence(spec: Spec) -> str:
    sentence, _ = compile_sentence(parse(spec["definition"]), spec.get("custom_properties") or {})
    return sentence or ""


def live_audience(app: str, listed: Mapping[str, Any], unseen: Spec) -> LiveResource:
    """A listed audience; `unseen` is the spec that stands for what the list does not show, by what we know."""
    spec = {name: unseen[name] for name in UNSEEN if name in unseen}
    count = listed.get("user_count")
    return LiveResource(
        app,
        "Audience",
        str(listed["name"]),
        {"description": listed.get("description") or "", **spec},
        str(listed["audience_id"]),
        count if isinstance(count, int) else None,
    )


def chosen(listed: list[Mapping[str, Any]], recorded: Recorded | None) -> tuple[Mapping[str, Any] | None, bool]:
    """Which of the audiences of one name is ours, None if none is; and whether an interrupted run made it.

    Names are not unique, so the ledger's id tells. Where a run ended between making a new audience and writing down its
    id, the one that came after the old one is it.
    """
    if recorded is None:
        return listed[-1], False
    ids = [each["audience_id"] for each in listed]
    known = ids.index(recorded.remote_id) if recorded.remote_id in ids else -1
    if recorded.intent is not None and known + 1 < len(listed):
        return listed[known + 1], True
    return (listed[known] if known >= 0 else None), False
