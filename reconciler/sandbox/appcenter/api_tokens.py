"""Serve the operations on API tokens, which a user reaches with HTTP Basic (facts §1)."""

from __future__ import annotations

import secrets
import uuid
from typing import cast

from reconciler.sandbox.appcenter.bodies import Field, bad_request, read_fields, read_object
from reconciler.sandbox.clock import iso
from reconciler.sandbox.routing import Call
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import transaction
from reconciler.sandbox.tokens import digest_of
from reconciler.sandbox.wire import Refusal, Reply, json_reply

SCOPES = ("all", "viewer")
_FIELDS = (Field("description", length=(0, 256)), Field("scope", "array", length=(1, 2), items="string"))


def list_tokens(sandbox: Sandbox, call: Call) -> Reply:
    """apiTokens_list: the caller's own; the tokens themselves are not shown again."""
    found = sandbox.store.connection.execute(
        "SELECT id, description, scope, created_at FROM tokens WHERE user = ? AND NOT revoked ORDER BY created_at, id",
        (call.caller.user,),
    )
    return json_reply(200, [_written(*row) for row in found])


def create_token(sandbox: Sandbox, call: Call) -> Reply:
    """apiTokens_new: full access unless `scope` is viewer; only the digest is kept."""
    fields = read_fields(read_object(call.request), _FIELDS)
    scopes = cast("list[str]", fields["scope"] or ["all"])
    if not set(scopes) <= set(SCOPES):
        raise bad_request(f"The scope field must hold {' or '.join(SCOPES)}")
    number, token, now = str(uuid.uuid4()), secrets.token_hex(20), sandbox.clock.now()
    scope = "all" if "all" in scopes else "viewer"
    with transaction(sandbox.store) as connection:
        connection.execute(
            "INSERT INTO tokens(id, digest, user, scope, description, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (number, digest_of(token), call.caller.user, scope, fields["description"], now),
        )
    return json_reply(
        201, _written(number, cast("str | None", fields["description"]), scope, now) | {"api_token": token}
    )


def delete_token(sandbox: Sandbox, call: Call) -> Reply:
    """apiTokens_delete: from now on the token is refused."""
    number = call.parameters["api_token_id"]
    with transaction(sandbox.store) as connection:
        gone = connection.execute(
            "UPDATE tokens SET revoked = 1 WHERE id = ? AND user = ? AND NOT revoked", (number, call.caller.user)
        )
    if gone.rowcount == 0:
        raise Refusal(404, "NotFound", f"The token '{number}' does not exist")
    return Reply(204)


def _written(number: str, description: str | None, scope: str, created_at: float) -> dict[str, object]:
    told: dict[str, object] = {"id": number, "scope": [scope], "created_at": iso(created_at)}
    return told if description is None else told | {"description": description}
