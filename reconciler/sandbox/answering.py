"""Answer one request: limit, route, authority, then the operation; and break it where a rule says so."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from reconciler.sandbox.faults import Rule, fired
from reconciler.sandbox.limits import RateLimit, count_request
from reconciler.sandbox.routing import Call, find_route
from reconciler.sandbox.state import Logged, Sandbox
from reconciler.sandbox.vendor import Vendor
from reconciler.sandbox.wire import Refusal, Reply, Request, json_reply, query_of, segments_of


@dataclass(frozen=True, slots=True)
class Breakage:
    """What the rules do to one request: `delay` seconds first, then at most one effect."""

    delay: float = 0.0
    rule: Rule | None = None


def breakage(sandbox: Sandbox, request: Request) -> Breakage:
    """Ask the rules about a request: they see its path with and without its query, and decoded."""
    if not sandbox.faults:
        return Breakage()
    paths = (request.path, request.target, unquote(request.path))
    rules = fired(sandbox.faults, request.method, paths)
    breaking = [rule for rule in rules if rule.effect != "delay"]
    return Breakage(sum(rule.seconds for rule in rules if rule.effect == "delay"), breaking[0] if breaking else None)


def broken_answer(sandbox: Sandbox, vendors: Sequence[Vendor], request: Request, broken: Breakage) -> Reply | None:
    """Answer a request as the rules have it, and log it; None means: cut the connection."""
    reply = _broken(sandbox, vendors, request, broken.rule)
    fault = broken.rule.effect if broken.rule else "delay" if broken.delay else None
    sandbox.log.append(Logged(request.method, request.target, reply.status if reply else 0, fault))
    return reply


def _broken(sandbox: Sandbox, vendors: Sequence[Vendor], request: Request, rule: Rule | None) -> Reply | None:
    if rule is None:
        return answer(sandbox, vendors, request)
    match rule.effect:
        case "drop-before":
            return None
        case "drop-after":
            answer(sandbox, vendors, request)
            return None
        case "error-before":
            return _refused(vendors, request, _failure(rule, "nothing was done"))
        case "error-after":
            answer(sandbox, vendors, request)
            return _refused(vendors, request, _failure(rule, "the request was carried out"))
        case "throttle":
            headers = () if rule.retry_after is None else (("retry-after", str(rule.retry_after)),)
            return _refused(
                vendors, request, Refusal(429, "TooManyRequests", "Too many requests (sandbox fault)", headers)
            )
        case "delay":
            return answer(sandbox, vendors, request)


def answer(sandbox: Sandbox, vendors: Sequence[Vendor], request: Request) -> Reply:
    """Answer a request in its vendor's format, whatever happens."""
    try:
        segments = segments_of(request.path)
    except ValueError:
        return json_reply(400, {"error": {"code": "BadRequest", "message": "the path is not UTF-8"}})
    for vendor in vendors:
        claimed = vendor.claims(segments)
        if claimed is not None:
            return _vendor_answer(sandbox, vendor, request, claimed)
    return json_reply(404, {"error": {"code": "NotFound", "message": f"no vendor's API has the path {request.path}"}})


def _vendor_answer(sandbox: Sandbox, vendor: Vendor, request: Request, segments: tuple[str, ...]) -> Reply:
    try:
        found = find_route(vendor.routes, request.method, segments)
        if found is None or found[0].limited:
            _limit(sandbox, vendor, request)
        if found is None:
            raise Refusal(404, "NotFound", f"there is no operation {request.method} {request.path}")
        route, parameters = found
        caller = vendor.authorize(sandbox, request, route)
        if not request.body and request.method in vendor.requires_body:
            raise Refusal(411, "BadRequest", f"Length Required: {request.method} needs a body; send {{}}")
        return route.operation(sandbox, Call(request, parameters, query_of(request), caller))
    except Refusal as refusal:
        return vendor.negotiate(request, vendor.refuse(refusal))
    except Exception:  # the sandbox's own mistake: say so, and go on serving
        traceback.print_exc(file=sys.stderr)
        bug = Refusal(500, "InternalServerError", "This is a bug in reconciler's sandbox; see its stderr")
        return vendor.negotiate(request, vendor.refuse(bug))


def _limit(sandbox: Sandbox, vendor: Vendor, request: Request) -> None:
    chosen = sandbox.options.rate_limit
    limit = chosen if isinstance(chosen, RateLimit) else vendor.rate_limit if chosen == "vendor" else None
    if limit is None:
        return
    wait = count_request(sandbox.windows, limit, f"{vendor.name} {request.peer}", sandbox.clock.now())
    if wait is not None:
        message = f"Rate limit of {limit.requests} requests in {limit.seconds:g} s exceeded; try again in {wait} s"
        raise Refusal(429, "TooManyRequests", message, (("retry-after", str(wait)),))


def _failure(rule: Rule, told: str) -> Refusal:
    return Refusal(rule.status, "InternalServerError", f"Something went wrong (sandbox fault {rule.effect}: {told})")


def _refused(vendors: Sequence[Vendor], request: Request, refusal: Refusal) -> Reply:
    segments = tuple(request.path.split("/")[1:])
    claimant = next((vendor for vendor in vendors if vendor.claims(segments) is not None), vendors[0])
    return claimant.negotiate(request, claimant.refuse(refusal))
