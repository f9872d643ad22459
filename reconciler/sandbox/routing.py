"""Find the operation that answers a path, without ever decoding a slash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.tokens import Caller
from reconciler.sandbox.wire import Reply, Request


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has found its operation: the parameters in its path, its query, and who asks."""

    request: Request
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    caller: Caller


Operation: TypeAlias = Callable[[Sandbox, Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of a vendor's API; `pattern` has `{name}` for a segment that varies.

    A viewer may only call what does not write. `security` names the credentials, in the vendor's own words;
    what is not `limited` is free of the rate limit.
    """

    method: str
    pattern: str
    operation: Operation
    writes: bool = True
    security: str = "token"
    limited: bool = True


Routes: TypeAlias = Mapping[tuple[str, int], tuple[tuple[tuple[str, ...], Route], ...]]


def compile_routes(routes: Iterable[Route]) -> Routes:
    """Group routes by method and number of segments; in a group, fixed segments win over varying ones."""
    groups: dict[tuple[str, int], list[tuple[tuple[str, ...], Route]]] = {}
    for route in routes:
        parts = tuple(route.pattern.strip("/").split("/"))
        groups.setdefault((route.method, len(parts)), []).append((parts, route))
    return {key: tuple(sorted(group, key=lambda entry: entry[1].pattern.count("{"))) for key, group in groups.items()}


def find_route(routes: Routes, method: str, segments: tuple[str, ...]) -> tuple[Route, dict[str, str]] | None:
    """The route for a method and the decoded segments of a path, with the values of its parameters."""
    for parts, route in routes.get((method, len(segments)), ()):
        parameters: dict[str, str] = {}
        for part, segment in zip(parts, segments, strict=True):
            if part[0] == "{":
                parameters[part[1:-1]] = segment
            elif part != segment:
                break
        else:
            return route, parameters
    return None
