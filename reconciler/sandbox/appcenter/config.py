"""Serve the push configuration; its secrets are taken and not kept (facts §6, Config)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from reconciler.sandbox.appcenter.bodies import Field, read_fields, read_object
from reconciler.sandbox.appcenter.seen import seen_app
from reconciler.sandbox.clock import iso
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.wire import Json, Refusal, Reply, json_reply

_ENDPOINT = Field("endpoint_type", required=True, choices=("production", "sandbox"))
_FIELDS: Mapping[str, tuple[Field, ...]] = {
    "apns_token_config": (*(Field(name, required=True) for name in ("key_id", "id", "prefix", "token")), _ENDPOINT),
    "gcm_config": (Field("google_api_key", required=True),),
    "wns_config": (Field("package_sid", required=True), Field("secret_key", required=True)),
    "apns_config": (*(Field(name, required=True) for name in ("cert_encoded", "cert_filename", "cert_key")), _ENDPOINT),
}
_SECRETS = frozenset({"token", "secret_key", "cert_encoded", "cert_key"})
_CERTIFICATE_SECONDS = 365 * 24 * 3600
_TYPE = Field("type", required=True, choices=tuple(_FIELDS))


def head_config(sandbox: Sandbox, call: Call) -> Reply:
    """Push_ConfigExists: 204 or 404, without a body."""
    return Reply(404 if _result(sandbox, call) is None else 204)


def read_config(sandbox: Sandbox, call: Call) -> Reply:
    """Push_GetConfig."""
    result = _result(sandbox, call)
    if result is None:
        raise _missing()
    return json_reply(200, json.loads(result))


def put_config(sandbox: Sandbox, call: Call) -> Reply:
    """Push_SetConfig; sends need no configuration here."""
    app, body = seen_app(sandbox, call), read_object(call.request)
    kind = str(read_fields(body, (_TYPE,))["type"])
    fields = read_fields(body, _FIELDS[kind])
    result: dict[str, Json] = {"type": kind}
    result |= {name: held for name, held in fields.items() if name not in _SECRETS}
    if kind == "apns_config":
        result["cert_expiration"] = iso(sandbox.clock.now() + _CERTIFICATE_SECONDS)
    with transaction(sandbox.store) as connection:
        connection.execute("INSERT OR REPLACE INTO appcenter_configs VALUES (?, ?)", (app, json.dumps(result)))
    return json_reply(200, result)


def delete_config(sandbox: Sandbox, call: Call) -> Reply:
    """Push_DeleteConfig."""
    app = seen_app(sandbox, call)
    with transaction(sandbox.store) as connection:
        if connection.execute("DELETE FROM appcenter_configs WHERE app_id = ?", (app,)).rowcount == 0:
            raise _missing()
    return Reply(200)


def _result(sandbox: Sandbox, call: Call) -> str | None:
    app = seen_app(sandbox, call)
    row = sandbox.store.connection.execute("SELECT result FROM appcenter_configs WHERE app_id = ?", (app,)).fetchone()
    return None if row is None else str(row[0])


def _missing() -> Refusal:
    return Refusal(404, "NotFound", "The app has no push configuration")
