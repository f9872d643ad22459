"""A proxy in front of a sandbox that keeps every request with its body: what really left, byte for byte."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

SENDING = ("/push/notifications", "/activate", "/push")
"""How the path of a request ends that sends something."""

KEPT = ("X-API-Token", "Authorization", "Content-Type", "Accept")


@dataclass
class Recorder:
    """Where the proxy listens, and the requests it has passed on as (method, path, body)."""

    url: str = ""
    requests: list[tuple[str, str, Any]] = field(default_factory=list)

    def bodies(self, method: str, path: str) -> list[Any]:
        """The bodies of all requests of a method whose path, without its query, ends with `path`."""
        return [
            body for found, where, body in self.requests if found == method and where.partition("?")[0].endswith(path)
        ]

    def sends(self) -> list[Any]:
        """The bodies of all requests that reach somebody, of whatever backend."""
        return [body for path in SENDING for body in self.bodies("POST", path)]


@contextmanager
def recording(backend: str) -> Iterator[Recorder]:
    """A proxy on a free port, until the block ends."""
    recorder = Recorder()
    with httpx.Client(base_url=backend, trust_env=False) as client:

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                is_json = self.headers.get("Content-Type") == "application/json"
                recorder.requests.append(
                    (self.command, self.path, json.loads(content) if is_json and content else None)
                )
                kept = {name: self.headers[name] for name in KEPT if name in self.headers}
                answer = client.request(self.command, self.path, content=content or None, headers=kept)
                self.send_response(answer.status_code)
                for name in ("Content-Type", "Date", "Location"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        recorder.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield recorder
        finally:
            server.shutdown()
            server.server_close()
