"""The log of `reconciler run`, a line of JSON for each event, and what `--listen` serves of it: health and metrics."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from socketserver import ThreadingMixIn
from typing import Any, TextIO
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import click

from reconciler.core.encode import instant
from reconciler.errors import ReconcilerError
from reconciler.model.event import Event, Happened
from reconciler.ports import Clock

_LEVELS = {
    Happened.FAILED: "error",
    Happened.UNKNOWN: "error",
    Happened.SKIPPED: "warning",
    Happened.WAITING: "warning",
}
TARDY = 120.0
"""Seconds after the time of the next look at which the loop counts as stuck."""


class Journal:
    """What a run has to say, and how it is."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream, self._clock = stream, clock
        self._turn = threading.Lock()
        self._next_look: datetime | None = None
        self._count: Callable[[str, str], None] = lambda verb, happened: None

    def tell(self, event: Event) -> None:
        """Write an event down; safe from every thread."""
        if event.happened is Happened.STARTED:
            return
        self._count(event.verb, event.happened)
        more = {"code": event.code} if event.code else {}
        level = _LEVELS.get(event.happened, "info")
        self.say(level, event.happened, verb=event.verb, subject=event.subject, detail=event.detail, **more)

    def say(self, level: str, event: str, **more: Any) -> None:
        """Write one line."""
        line = json.dumps({"at": instant(self._clock.now()), "level": level, "event": event, **more})
        with self._turn:
            print(line, file=self._stream, flush=True)

    def failed(self, what: str, error: ReconcilerError) -> None:
        """Write down that something else than a send went wrong."""
        self.say("error", "failed", verb=what, detail=error.message, code=error.code)

    def turned(self, wake: datetime) -> None:
        """The loop has made all that was due, and looks again at `wake` (UTC)."""
        self._next_look = wake

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether the loop goes round, and when it looks again."""
        wake, now = self._next_look, self._clock.now()
        is_well = wake is None or (now - wake).total_seconds() < TARDY
        return is_well, {"status": "ok" if is_well else "stuck", "next_look": instant(wake) if wake else None}

    @contextmanager
    def listening(self, listen: str) -> Iterator[None]:
        """Serve `/healthz` and `/metrics` at `HOST:PORT`. Raises `click.UsageError` where that cannot be."""
        from prometheus_client import CollectorRegistry, Counter, Gauge, make_wsgi_app

        registry = CollectorRegistry()
        events = Counter("reconciler_events", "What happened", ("verb", "happened"), registry=registry)
        self._count = lambda verb, happened: events.labels(verb, happened).inc()
        gauge = Gauge("reconciler_next_look_seconds", "Seconds until the loop looks again", registry=registry)
        gauge.set_function(lambda: (self._next_look - self._clock.now()).total_seconds() if self._next_look else 0.0)
        metrics = make_wsgi_app(registry)

        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            if environ["PATH_INFO"] != "/healthz":
                shown: Iterable[bytes] = metrics(environ, start)
                return shown
            is_well, body = self.health()
            start("200 OK" if is_well else "503 Service Unavailable", [("Content-Type", "application/json")])
            return [json.dumps(body).encode()]

        host, _, port = listen.rpartition(":")
        try:
            server = make_server(host, int(port), answer, _Server, _Silent)
        except (OSError, ValueError, OverflowError) as error:
            raise click.UsageError(f"cannot listen at `{listen}`: {error}") from None
        threading.Thread(target=server.serve_forever, name="listen", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


class _Server(ThreadingMixIn, WSGIServer):
    """Each request in a thread of its own: who connects and says nothing holds up nobody."""

    daemon_threads = True


class _Silent(WSGIRequestHandler):
    """Requests are no events of the run."""

    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        pass
