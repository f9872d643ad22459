"""Documents with mistakes in their shape, each with the codes and paths that are to be told; `!` marks a key."""

from __future__ import annotations

import copy
from typing import Any

from reconciler.core.validate import schema


def sample(example: str, /, **changes: Any) -> dict[str, Any]:
    """A schema's own example, with values replaced at paths such as `spec__type`; `...` removes one."""
    value = copy.deepcopy(schema(example)["examples"][0])
    for path, change in changes.items():
        *way, last = path.split("__")
        inner = value
        for step in way:
            inner = inner[int(step) if step.isdigit() else step]
        if change is ...:
            del inner[last]
        else:
            inner[last] = change
    return dict(value)


IDS = ["a", "b", "a", "c", "b"]
CASES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    (sample("Audience", apiVersion="v1"), [("RC101", "apiVersion")]),
    (sample("Audience", kind="Audiense"), [("RC102", "kind")]),
    (sample("Audience", kind="Campaing"), [("RC102", "kind")]),
    (sample("Audience", kind=...), [("RC104", "kind")]),
    (sample("Audience", kind=["Audience"]), [("RC105", "kind")]),
    (sample("Audience", kind=None), [("RC106", "kind")]),
    (sample("Audience", kind="Nothing", metadata={"name": "a"}), [("RC102", "kind"), ("RC104", "metadata.apps")]),
    (sample("Audience", spec__enable=True), [("RC103", "spec.enable!")]),
    (sample("Audience", status={}), [("RC103", "status!")]),
    (sample("Audience", metadata__name=...), [("RC104", "metadata.name")]),
    (sample("Audience", spec=...), [("RC104", "spec")]),
    (sample("Audience", spec={"definitio": "a"}), [("RC103", "spec.definitio!")]),
    (sample("Audience", spec={}), [("RC113", "spec!")]),
    (sample("Audience", spec={"definition": "a", "criteria": "b"}), [("RC113", "spec.criteria!")]),
    (sample("Audience", spec__definition=""), [("RC108", "spec.definition")]),
    (sample("Audience", spec__definition=5), [("RC105", "spec.definition")]),
    (sample("Audience", spec__enabled="true"), [("RC105", "spec.enabled")]),
    (sample("Audience", spec__enabled=None), [("RC106", "spec.enabled")]),
    (sample("Audience", spec__examples={"match": [{"a": [1]}]}), [("RC105", "spec.examples.match.0.a")]),
    (sample("Audience", spec__examples={"hit": []}), [("RC103", "spec.examples.hit!")]),
    (sample("Audience", spec=[]), [("RC105", "spec")]),
    (sample("Audience", metadata__apps=[]), [("RC111", "metadata.apps")]),
    (sample("Audience", metadata__apps="shop"), [("RC105", "metadata.apps")]),
    (sample("Audience", metadata__apps=["a", "a"]), [("RC112", "metadata.apps.1")]),
    (sample("Audience", metadata__apps=["a b"]), [("RC109", "metadata.apps.0")]),
    (sample("Audience", metadata__labels={"a": 1, "b": "c"}), [("RC105", "metadata.labels.a")]),
    *[(sample("Audience", metadata__name=name), [("RC109", "metadata.name")]) for name in ("a/b", " a", "a ", "a\nb", " ", "a\n", "\x00")],
    (sample("Audience", metadata__name=""), [("RC108", "metadata.name"), ("RC109", "metadata.name")]),
    (sample("Audience", metadata__name="a" * 65), [("RC108", "metadata.name")]),
    (sample("Audience", metadata__name="Ünïcode Näme 😀"), []),
    (sample("Audience", metadata__name="a" * 64), []),
    (sample("CustomProperty", metadata__name="a b"), [("RC109", "metadata.name")]),
    (sample("CustomProperty", metadata__name="a\n"), [("RC109", "metadata.name")]),
    (sample("CustomProperty", metadata__name="dog-lover_2"), []),
    (sample("CustomProperty", spec={"type": "strng"}), [("RC107", "spec.type")]),
    (sample("CustomProperty", spec={"type": "number", "values": [1, "x", True]}), [("RC105", "spec.values.1"), ("RC105", "spec.values.2")]),
    (sample("CustomProperty", spec={"type": "number", "values": [1, 1.0]}), [("RC112", "spec.values.1")]),
    (sample("CustomProperty", spec={"type": "date_time", "values": ["2026-01-31"]}), [("RC109", "spec.values.0")]),
    (sample("CustomProperty", spec={"type": "date_time", "values": ["2026-01-31T00:00:00+01:00"]}), []),
    (sample("CustomProperty", spec={"type": "boolean", "minimum": 1}), [("RC116", "spec.minimum!")]),
    (sample("CustomProperty", spec={"type": "number", "pattern": "x"}), [("RC116", "spec.pattern!")]),
    (sample("CustomProperty", spec={"type": "number", "minimum": 2, "maximum": 1}), [("RC117", "spec.minimum")]),
    (sample("CustomProperty", spec={"type": "string", "pattern": "("}), [("RC118", "spec.pattern")]),
    (sample("CustomProperty", spec={"type": "number", "minimum": 0, "maximum": 1.5}), []),
    (sample("Notification", spec__content={}), [("RC113", "spec.content!")]),
    (sample("Notification", spec__content={"data": {}}), [("RC113", "spec.content!")]),
    (sample("Notification", spec__content={"data": {"a": "b"}}), []),
    (sample("Notification", spec__content={"titel": "x"}), [("RC103", "spec.content.titel!")]),
    (sample("Notification", spec__content__data={"a": 1}), [("RC105", "spec.content.data.a")]),
    (sample("Notification", spec__target={}), [("RC113", "spec.target!")]),
    (sample("Notification", spec__target={"audience": ["a"]}), [("RC103", "spec.target.audience!")]),
    (sample("Notification", spec__target={"users": ["a"], "devices": ["b"]}), [("RC113", "spec.target.users!")]),
    (sample("Notification", spec__target={"everyone": False}), [("RC107", "spec.target.everyone")]),
    (sample("Notification", spec__target={"everyone": True}), []),
    (sample("Notification", spec__target={"devices": []}), [("RC111", "spec.target.devices")]),
    (sample("Notification", spec__target={"accounts": IDS}), [("RC112", "spec.target.accounts.2"), ("RC112", "spec.target.accounts.4")]),
    (sample("Notification", spec__revision=0), [("RC110", "spec.revision")]),
    (sample("Notification", spec__revision=True), [("RC105", "spec.revision")]),
    (sample("Notification", spec__revision=1.5), [("RC105", "spec.revision")]),
    (sample("Project", metadata={}), [("RC104", "metadata.name")]),
    (sample("Project", spec__manifests=[]), [("RC111", "spec.manifests")]),
    (sample("Project", spec__ledger={"env": "LEDGER_URL"}), []),
    (sample("Project", spec__ledger={"en": "LEDGER_URL"}), [("RC103", "spec.ledger.en!")]),
    (sample("Project", spec__ledger=5), [("RC105", "spec.ledger")]),
    (sample("Project", spec__apps={}), [("RC111", "spec.apps")]),
    (sample("Project", spec__apps={"a b": schema("Project")["examples"][0]["spec"]["apps"]["shop-android"]}), [("RC109", "spec.apps.a b!")]),
    (sample("Project", spec__apps={"a": {"provider": "appcenter", "owner": "x"}}), [("RC104", "spec.apps.a.app"), ("RC104", "spec.apps.a.token")]),
    (sample("Project", spec__apps={"a": {"owner": "x"}}), [("RC104", "spec.apps.a.provider")]),
    (sample("Project", **{"spec__apps__shop-android__provider": "appcentr"}), [("RC107", "spec.apps.shop-android.provider")]),
    (sample("Project", **{"spec__apps__shop-android__endpoint": "ftp://x"}), [("RC109", "spec.apps.shop-android.endpoint")]),
    (sample("Project", **{"spec__apps__shop-android__endpoint": "http://127.0.0.1:8080/api"}), []),
    (sample("Project", **{"spec__apps__shop-android__rate_limit": "5/0"}), [("RC109", "spec.apps.shop-android.rate_limit")]),
    (sample("Project", **{"spec__apps__shop-android__rate_limit": "none"}), []),
    (sample("Project", spec__environments={"staging": {"apps": {"shop-android": {}}, "ledger": "sqlite:///x"}}), []),
    (sample("Project", spec__environments={"staging": {"apps": {"x": {"nope": 1}}}}), [("RC103", "spec.environments.staging.apps.x.nope!")]),
    (sample("Project", spec__environments={"staging": {}}), [("RC104", "spec.environments.staging.apps")]),
    (sample("Project", spec__guard={"max_deletes": {"percent": 101, "amount": -1}}), [("RC110", "spec.guard.max_deletes.amount"), ("RC110", "spec.guard.max_deletes.percent")]),
    (sample("Project", spec__guard={"max_recipients": 0}), [("RC110", "spec.guard.max_recipients")]),
]  # fmt: skip
