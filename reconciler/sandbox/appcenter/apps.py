"""Serve the operations on apps; one exists from its first use, with or without having been created (facts §7)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.sandbox.appcenter.app import App, app_of, apps_of, delete_app, rename_app, write_app
from reconciler.sandbox.appcenter.bodies import Field, bad_request, read_fields, read_object
from reconciler.sandbox.appcenter.seen import seen_app, use_app
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Json, Refusal, Reply, json_reply

_OS = ("Android", "iOS", "macOS", "Tizen", "tvOS", "Windows", "Linux")
_PLATFORM = (
    "Java",
    "Objective-C-Swift",
    "UWP",
    "Cordova",
    "React-Native",
    "Xamarin",
    "Unity",
    "Electron",
    "WPF",
    "WinForms",
)
_NAME = Field("name", length=(1, 100), check=lambda name: re.fullmatch(r"[A-Za-z0-9_.\-]+", name) is not None)
_TEXTS = (
    Field("description"),
    Field("release_type", check=lambda word: re.fullmatch(r"[A-Z][a-z]*", word) is not None),
)
_CREATE = (
    Field("display_name", required=True, length=(1, 200)), _NAME, *_TEXTS,
    Field("os", required=True, choices=_OS), Field("platform", required=True, choices=_PLATFORM),
)  # fmt: skip
_PATCH = (Field("display_name", length=(1, 200)), _NAME, *_TEXTS, Field("icon_url"))


def list_apps(sandbox: Sandbox, call: Call) -> Reply:
    """apps_list: a bare array of every app, in order of creation or by `$orderBy`."""
    order = call.query.get("$orderBy", "")
    if order not in ("", "display_name", "name"):
        raise bad_request("The $orderBy parameter must be display_name or name")
    return json_reply(200, _written(sandbox, call, apps_of(sandbox.store, None, order or "app_id")))


def list_org_apps(sandbox: Sandbox, call: Call) -> Reply:
    """apps_listForOrg."""
    return json_reply(200, _written(sandbox, call, apps_of(sandbox.store, call.parameters["org_name"], "app_id")))


def create_app(sandbox: Sandbox, call: Call) -> Reply:
    """apps_create: for the caller; 409 if the name is taken."""
    return _create(sandbox, call, call.caller.user)


def create_org_app(sandbox: Sandbox, call: Call) -> Reply:
    """apps_createForOrg: 409 if the name is taken."""
    return _create(sandbox, call, call.parameters["org_name"])


def read_app(sandbox: Sandbox, call: Call) -> Reply:
    """apps_get."""
    return json_reply(200, write_app(sandbox, call.caller, app_of(sandbox.store, seen_app(sandbox, call))))


def update_app(sandbox: Sandbox, call: Call) -> Reply:
    """apps_update: a new name is a new address."""
    app = seen_app(sandbox, call)
    changes = _given(read_fields(read_object(call.request), _PATCH))
    _store(sandbox, app, changes)
    name = changes.get("name")
    if isinstance(name, str):
        rename_app(sandbox, app, f"{call.parameters['owner_name']}/{name}")
    return json_reply(200, write_app(sandbox, call.caller, app_of(sandbox.store, app)))


def remove_app(sandbox: Sandbox, call: Call) -> Reply:
    """apps_delete: the app goes with its devices, audiences and notifications; its next use makes it anew."""
    delete_app(sandbox, seen_app(sandbox, call))
    return Reply(204)


def _create(sandbox: Sandbox, call: Call, owner: str) -> Reply:
    fields = _given(read_fields(read_object(call.request), _CREATE))
    name = str(fields.get("name") or re.sub(r"[^A-Za-z0-9_.\-]+", "-", str(fields["display_name"])).strip("-") or "app")
    if any(app.name == name for app in apps_of(sandbox.store, owner, "app_id")):
        raise Refusal(409, "Conflict", f"The app '{owner}/{name}' already exists")
    app = use_app(sandbox, owner, name)
    _store(sandbox, app, fields | {"name": name})
    return json_reply(201, write_app(sandbox, call.caller, app_of(sandbox.store, app)))


def _store(sandbox: Sandbox, app: int, changes: Mapping[str, Json]) -> None:
    changes = {name: held for name, held in changes.items() if name != "name"} | {"updated_at": sandbox.clock.now()}
    columns = ", ".join(f"{name} = ?" for name in changes)
    with transaction(sandbox.store) as connection:
        connection.execute(f"UPDATE appcenter_apps SET {columns} WHERE app_id = ?", (*changes.values(), app))


def _given(fields: dict[str, Json]) -> dict[str, Json]:
    return {name: held for name, held in fields.items() if held is not None}


def _written(sandbox: Sandbox, call: Call, apps: list[App]) -> list[dict[str, object]]:
    return [write_app(sandbox, call.caller, app) for app in apps]
