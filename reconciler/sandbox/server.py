"""Run a sandbox on a port of this machine."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reconciler.sandbox.asgi import TRANSPORT, application
from reconciler.sandbox.clock import Clock
from reconciler.sandbox.devices import app_id, read_seed
from reconciler.sandbox.options import SandboxOptions, SandboxRefused
from reconciler.sandbox.state import Sandbox
from reconciler.sandbox.store import open_store, remember, setting
from reconciler.sandbox.vendors import VENDORS

HOST = "127.0.0.1"
_IDLE_SECONDS = 75  # long, so that a client's pool does not meet a connection that is just closing
_PATIENCE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that serves: where, and its state, which only its own thread may change."""

    url: str
    sandbox: Sandbox


class _Protocol(HttpToolsProtocol):
    """uvicorn's own protocol, which also tells the application its transport, so that a fault can cut it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[TRANSPORT] = self.transport  # type: ignore[literal-required]


class _Server(uvicorn.Server):
    """uvicorn's server, which tells when it serves, and for which a signal is the ordinary way to end."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def serve(options: SandboxOptions, on_ready: Callable[[str], None] = lambda url: None) -> None:
    """Serve until SIGINT or SIGTERM; `on_ready` is called with the URL once requests are answered.

    Raises:
        SandboxRefused: the port is taken, the data folder or the devices file cannot be used.
    """
    listener = _listen(options.port)
    with listener:
        sandbox = open_sandbox(options)
        try:
            server = _Server(_config(sandbox), lambda: on_ready(_url(listener)))
            server.run(sockets=[listener])
        finally:
            sandbox.store.connection.close()


@contextmanager
def running(options: SandboxOptions) -> Iterator[Running]:
    """Serve in a thread of this process while the block runs.

    Raises:
        SandboxRefused: as `serve`.
    """
    listener = _listen(options.port)
    with listener:
        sandbox = open_sandbox(options)
        ready = threading.Event()
        server = _Server(_config(sandbox), ready.set)
        thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
        thread.start()
        try:
            while not ready.wait(0.05):
                if not thread.is_alive():
                    raise SandboxRefused("the sandbox's thread ended before it served")
            yield Running(_url(listener), sandbox)
        finally:
            server.should_exit = True
            thread.join()
            sandbox.store.connection.close()


def open_sandbox(options: SandboxOptions) -> Sandbox:
    """Open the data folder, set the clock and make the apps that the devices file names.

    Raises:
        SandboxRefused: the data folder or the devices file cannot be used.
    """
    seed = read_seed(options.devices)
    store = open_store(options.data, (vendor.schema for vendor in VENDORS))
    clock = Clock(float(json.loads(setting(store, "clock_offset") or "0")), options.speed)
    if options.clock is not None:
        clock.start_at(options.clock.timestamp())
        remember(store, "clock_offset", json.dumps(clock.offset))
    for coordinate in seed.rows:
        if coordinate is not None:
            app_id(store, seed, coordinate, clock.now())
    return Sandbox(options, store, clock, seed)


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's delay off on every connection; else each reply would take 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        told = error.strerror if isinstance(error, OSError) else str(error)
        raise SandboxRefused(f"cannot listen on {HOST}:{port}: {told}") from error
    return listener


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _config(sandbox: Sandbox) -> uvicorn.Config:
    return uvicorn.Config(
        application(sandbox, VENDORS),
        http=_Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,  # the sandbox's own clock tells the date
        proxy_headers=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_PATIENCE_SECONDS,
    )
