"""Carry requests and replies between the HTTP server and the sandbox, and cut connections where a rule says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from email.utils import formatdate
from typing import Any, TypeAlias

from reconciler.sandbox.admin import admin_answer
from reconciler.sandbox.answering import answer, breakage, broken_answer
from reconciler.sandbox.state import Logged, Sandbox
from reconciler.sandbox.vendor import Vendor
from reconciler.sandbox.wire import Reply, Request, json_reply

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

TRANSPORT = "reconciler.transport"  # where the server puts a connection's transport into the scope
MAX_BODY = 16 * 1024 * 1024
_ADMIN = "/_sandbox"


def application(sandbox: Sandbox, vendors: Sequence[Vendor]) -> Application:
    """The whole sandbox as an ASGI application; everything but the delays runs in the event loop's own thread."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            await _reply(
                sandbox, send, json_reply(413, {"error": {"code": "BadRequest", "message": "the body is too large"}})
            )
            return
        request = _request(scope, body)
        reply = await _answer(sandbox, vendors, request)
        if reply is None:
            await _cut(scope, receive)
        else:
            await _reply(sandbox, send, reply)

    return application


async def _answer(sandbox: Sandbox, vendors: Sequence[Vendor], request: Request) -> Reply | None:
    if request.path.startswith(_ADMIN):
        for vendor in vendors:
            vendor.catch_up(sandbox)
        return admin_answer(sandbox, request)
    if not sandbox.faults:
        reply = answer(sandbox, vendors, request)
        sandbox.log.append(Logged(request.method, request.target, reply.status, None))
        return reply
    broken = breakage(sandbox, request)
    if broken.delay:
        await asyncio.sleep(broken.delay)
    return broken_answer(sandbox, vendors, request, broken)


async def _body(receive: Receive) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return chunk if not chunks else b"".join((*chunks, chunk))
        chunks.append(chunk)


def _request(scope: Scope, body: bytes) -> Request:
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
        peer=scope["client"][0] if scope["client"] else "",
    )


async def _reply(sandbox: Sandbox, send: Send, reply: Reply) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    headers.append((b"date", formatdate(sandbox.clock.now(), usegmt=True).encode()))
    if reply.status != 204:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _cut(scope: Scope, receive: Receive) -> None:
    """Close the connection without a byte of answer, and wait until the server has seen it closed."""
    scope[TRANSPORT].abort()
    while (await receive())["type"] != "http.disconnect":
        pass
