"""The log of `reconciler run`, a line of JSON for each event, and what `--listen` serves of it: health and metrics."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from socketserver import ThreadingMixIn
from typing import Any, TextIO
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import click

from reconciler.core.encode import instant
from reconciler.core.quote import quote
from reconciler.errors import ConfigError, ReconcilerError
from reconciler.model.event import Event, Happened
from reconciler.ports import Clock
from reconciler.render.findings import findings_text

_LEVELS = {
    Happened.FAILED: "error",
    Happened.UNKNOWN: "error",
    Happened.SKIPPED: "warning",
    Happened.WAITING: "warning",
}
TARDY = 120.0
"""Seconds, by the clock of the run, after the time of the next look at which the loop counts as stuck."""

COUNTED = (
    *(("send", happened) for happened in ("succeeded", "failed", "skipped", "unknown", "waiting")),
    *(("probe", happened) for happened in ("succeeded", "failed", "told")),
    *((verb, "told") for verb in ("announce", "expire", "withdraw", "outcome")),
    *((verb, "failed") for verb in ("withdraw", "hold", "run", "apply", "record", "reload")),
    *((verb, "waiting") for verb in ("hold", "run")),
    *((verb, happened) for verb in ("create", "update") for happened in ("succeeded", "failed", "skipped")),
)
"""What is counted from 0 on: `increase()` of Prometheus does not see the first of what appears with its first event."""

_ADDRESS = re.compile(r"(?:\[([^\[\]\s]*:[^\[\]\s]*)\]|([^\[\]:\s]+)):([0-9]{1,5})", re.ASCII)
"""`HOST:PORT`; an IPv6 address stands in brackets."""


def read_address(text: str) -> tuple[str, int]:
    """The host (of IPv6: without brackets) and the port (0: a free one) of `HOST:PORT`. Raises `click.UsageError`, in
    the name of `--listen`; also without a host, which would open what was meant for this machine to everybody.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or int(found[3]) > 65535:
        hint = "write HOST:PORT, such as 127.0.0.1:9090 or [::1]:9090; 0.0.0.0:9090 is every interface"
        raise click.UsageError(f"`--listen`: {quote(text)} is no address\n\nhint: {hint}")
    return found[1] or found[2], int(found[3])


class Journal:
    """What a run has to say, and how it is."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream, self._clock = stream, clock
        self._turn = threading.Lock()
        self._began = clock.now()
        self._next_look: datetime | None = None
        self._count: Callable[[str, str], None] = lambda verb, happened: None

    def tell(self, event: Event) -> None:
        """Write an event down; safe from every thread."""
        if event.happened is Happened.STARTED:
            return
        self._count(event.verb, event.happened)
        level, more = _LEVELS.get(event.happened, "info"), _what_helps(event.code, event.hint)
        self.say(level, event.happened, verb=event.verb, subject=event.subject, detail=event.detail, **more)

    def say(self, level: str, event: str, **more: Any) -> None:
        """Write one line."""
        line = json.dumps({"at": instant(self._clock.now()), "level": level, "event": event, **more})
        with self._turn:
            print(line, file=self._stream, flush=True)

    def failed(self, what: str, error: ReconcilerError) -> None:
        """Write down that something else than a send went wrong."""
        detail = findings_text(error.findings) if isinstance(error, ConfigError) else error.message
        self._count(what, Happened.FAILED)
        self.say("error", "failed", verb=what, detail=detail, **_what_helps(error.code, error.hint))

    def turned(self, wake: datetime) -> None:
        """The loop has made all that was due, and looks again at `wake` (UTC)."""
        self._next_look = wake

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether the loop goes round, and when it looks again; the first look is due when the run begins."""
        wake, now = self._next_look, self._clock.now()
        is_well = (now - (wake or self._began)).total_seconds() < TARDY
        return is_well, {"status": "ok" if is_well else "stuck", "next_look": instant(wake) if wake else None}

    @contextmanager
    def listening(self, host: str, port: int) -> Iterator[None]:
        """Serve `/healthz` and `/metrics`, and say where. Raises `click.UsageError` where that cannot be."""
        from prometheus_client import CollectorRegistry, Counter, Gauge, make_wsgi_app

        registry = CollectorRegistry()
        events = Counter("reconciler_events", "What happened", ("verb", "happened"), registry=registry)
        for verb, happened in COUNTED:
            events.labels(verb, happened)
        self._count = lambda verb, happened: events.labels(verb, happened).inc()
        gauge = Gauge("reconciler_next_look_seconds", "Seconds until the loop looks again", registry=registry)
        gauge.set_function(lambda: (self._next_look - self._clock.now()).total_seconds() if self._next_look else 0.0)
        metrics = make_wsgi_app(registry)

        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            if environ["PATH_INFO"] != "/healthz":
                told: Iterable[bytes] = metrics(environ, start)
                return told
            is_well, body = self.health()
            start("200 OK" if is_well else "503 Service Unavailable", [("Content-Type", "application/json")])
            return [json.dumps(body).encode()]

        is_v6 = ":" in host
        shown = f"[{host}]" if is_v6 else host
        try:
            server = make_server(host, port, answer, _ServerV6 if is_v6 else _Server, _Silent)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            hint = "name an address of this machine, and a port that nobody listens at; port 0 is a free one"
            raise click.UsageError(f"`--listen`: cannot listen at {shown}:{port}: {why}\n\nhint: {hint}") from None
        self.say("info", "listening", detail=f"{shown}:{server.server_port}")
        threading.Thread(target=server.serve_forever, name="listen", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


class _Server(ThreadingMixIn, WSGIServer):
    """Each request in a thread of its own: who connects and says nothing holds up nobody."""

    daemon_threads = True


class _ServerV6(_Server):
    address_family = socket.AF_INET6


class _Silent(WSGIRequestHandler):
    """Requests are no events of the run."""

    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _what_helps(code: str, hint: str) -> dict[str, str]:
    return {name: text for name, text in (("code", code), ("hint", hint)) if text}
