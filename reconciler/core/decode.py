"""Decode a saved plan from its JSON document, to be shown, or to be compared with a fresh one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.model.change import Action, Change, FieldChange, Origin
from reconciler.model.document import Place
from reconciler.model.finding import Finding
from reconciler.model.plan import Plan, Skipped, Withdrawn
from reconciler.model.send import SENT, Part, Send, SendState


def decode(document: Mapping[str, Any]) -> tuple[Plan, dict[str, str]]:
    """A saved plan and the digests saved with it, by address and by send key. The document has passed the plan
    schema.

    Identifiers of recipients are not in a saved plan, so its sends can be shown, not performed: apply makes a fresh
    plan and compares.
    """
    sends = tuple(map(_decode_send, document["sends"]))
    plan = Plan(
        plan_id=document["plan_id"],
        created_at=datetime.fromisoformat(document["created_at"]),
        tool_version=document["tool_version"],
        project=document["project"],
        environment=document["environment"],
        manifests_digest=document["manifests_digest"],
        ledger=document["ledger"],
        changes=tuple(map(_decode_change, document["resource_changes"])),
        sends=tuple(each for each in sends if each.by in ("apply", "backend") and each.state not in SENT),
        coming=tuple(each for each in sends if each.by == "run" or each.state in SENT),
        lapsed=tuple(each for each in sends if not each.by),
        skipped=tuple(Skipped(**each) for each in document["skipped_sends"]),
        withdrawn=tuple(
            Withdrawn(each["address"], each["send_key"], each["occurrence"], each.get("waits", "ledger"))
            for each in document["withdrawn_sends"]
        ),
        findings=tuple(map(_decode_finding, document["findings"])),
        no_op=document["summary"]["no_op"],
        unmanaged=document["summary"]["unmanaged"],
        owned=document["summary"]["owned"],
        requests=document["summary"]["requests"],
        errored=document["errored"],
    )
    digests = {each["address"]: each["digest"] for each in document["resource_changes"]}
    digests |= {each["send_key"]: "" for each in document["withdrawn_sends"]}
    return plan, digests | {each["send_key"]: each["digest"] for each in document["sends"] if each["by"]}


def _decode_change(values: Mapping[str, Any]) -> Change:
    return Change(
        values["app"],
        values["kind"],
        values["name"],
        Action(values["action"]),
        values["reason"],
        fields=tuple(
            FieldChange(tuple(each["path"]), each["before"], each["after"], Origin(each["origin"]), each["note"])
            for each in values["fields"]
        ),
        desired=values["after"],
        live=values["before"],
        remote_id=values["remote_id"],
        consent=values["consent"],
        source=Place(**values["source"]) if values["source"] else None,
    )


def _decode_send(values: Mapping[str, Any]) -> Send:
    parts = tuple(
        Part(index, {}, "", "", SendState.CONFIRMED if index < values["requests_made"] else SendState.PLANNED)
        for index in range(values["requests"])
    )
    copied = (
        "app",
        "kind",
        "name",
        "coordinates",
        "occurrence",
        "send_key",
        "guarantee",
        "payload_digest",
        "content_digest",
    )
    return Send(
        **{name: values[name] for name in copied},
        spec={name: values[name] for name in ("content", "campaign", "schedule") if name in values},
        target_words=values["target"],
        parts=parts,
        state=SendState(values["state"]),
        reason=values["reason"],
        recipients=values["recipients"],
        blocked=values["blocked"],
        consent=values["consent"],
        source=Place(**values["source"]) if values["source"] else None,
        scheduled_at=_moment(values["scheduled_at"]),
        deadline_at=_moment(values["deadline"]),
        wall=values["wall"],
        by=values["by"],
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _decode_finding(values: Mapping[str, Any]) -> Finding:
    where: Place | str = values.get("address", "")
    if "file" in values:
        where = Place(values["file"], values["line"], values["column"])
    return Finding(values["code"], values["message"], values["hint"], where, values["severity"])
