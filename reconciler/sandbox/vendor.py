"""Describe a vendor to the server: a folder of operations becomes one of these values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.sandbox.limits import RateLimit
from reconciler.sandbox.routing import Route, Routes
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.tokens import Caller
from reconciler.sandbox.wire import Refusal, Reply, Request


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor's API.

    `claims` takes a path's decoded segments and gives back those that `routes` know, or None if the path is not this
    vendor's. `authorize` gives the caller or raises `Refusal`. `refuse` writes any refusal as the vendor does.
    `requires_body` names the methods that get 411 without a body. `negotiate` gives a refusal the form that the request
    asks for. `catch_up` carries out what has fallen due, before the admin door looks at it or changes it.
    """

    name: str
    schema: str
    routes: Routes
    claims: Callable[[tuple[str, ...]], tuple[str, ...] | None]
    authorize: Callable[[Sandbox, Request, Route], Caller]
    refuse: Callable[[Refusal], Reply]
    rate_limit: RateLimit | None
    requires_body: tuple[str, ...] = ()
    negotiate: Callable[[Request, Reply], Reply] = lambda request, reply: reply
    catch_up: Callable[[Sandbox], None] = lambda sandbox: None
