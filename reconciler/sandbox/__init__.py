"""The sandbox: a real local backend that speaks the vendors' wire formats."""

from reconciler.sandbox.clock import parse_instant
from reconciler.sandbox.limits import RateLimit, parse_rate_limit
from reconciler.sandbox.options import SandboxOptions, SandboxRefused, parse_devices
from reconciler.sandbox.server import Running, running, serve

__all__ = [
    "RateLimit",
    "Running",
    "SandboxOptions",
    "SandboxRefused",
    "parse_devices",
    "parse_instant",
    "parse_rate_limit",
    "running",
    "serve",
]
