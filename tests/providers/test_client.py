"""The client: what is retried, what is not, and what each answer means."""

from __future__ import annotations

import http.server
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.errors import (
    NotFound,
    RateLimited,
    ReconcilerError,
    Refused,
    SendRefused,
    SendUnknown,
    Unauthorized,
    Unreachable,
)
from reconciler.model.project import App
from reconciler.model.send import Attempt
from reconciler.providers.appcenter.provider import AppCenter
from reconciler.providers.auth import Fixed
from reconciler.providers.budget import Budget, parse_rate
from reconciler.providers.client import TRIES, Client

Answer = tuple[int, dict[str, str], bytes] | None


class StillClock:
    """A clock that moves only by sleeping."""

    is_driven = False

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


class Server:
    """A real server on loopback that gives prepared answers in turn (the last one again and again); None cuts the connection."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers, self.seen = answers, [("", b"")][:0]
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                outer.seen.append((f"{self.command} {self.path}", self.rfile.read(length)))
                answer = outer.answers[min(len(outer.seen), len(outer.answers)) - 1]
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, body = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        class Threaded(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

        self.server = Threaded(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*answers: Answer) -> Server:
        servers.append(Server(list(answers)))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def connect(clock: StillClock) -> Iterator[Callable[[str], Client]]:
    clients: list[Client] = []

    def open_client(url: str) -> Client:
        clients.append(Client(url, Fixed({"X-API-Token": "secret-token"}), None, clock, lambda _: None))
        return clients[-1]

    yield open_client
    for client in clients:
        client.close()


OK: Answer = (200, {}, b'{"values": []}')


@pytest.mark.parametrize("bad", [(500, {}, b""), (502, {}, b"<html>"), (503, {}, b""), (504, {}, b""), None])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_safe_to_repeat_is_repeated(serve, connect, bad: Answer, method: str) -> None:
    server = serve(bad, bad, OK)
    assert connect(server.url).call(method, "/v0.1/x", {} if method == "PUT" else None) == {"values": []}
    assert len(server.seen) == 3


def test_repeating_ends_and_says_what_was_tried(serve, connect, clock) -> None:
    server = serve((503, {}, b'{"error": {"code": "X", "message": "down"}}'))
    with pytest.raises(Unreachable, match=r"GET /v0.1/x: .* 503 X: down") as caught:
        connect(server.url).call("GET", "/v0.1/x")
    assert len(server.seen) == TRIES
    assert caught.value.changed is False
    assert sum(clock.slept) < 10


def test_a_write_that_was_given_up_may_have_been_done(serve, connect) -> None:
    with pytest.raises(Unreachable) as caught:
        connect(serve(None).url).call("PUT", "/v0.1/x", {})
    assert caught.value.changed is None


def test_no_connection_means_that_nothing_was_changed(serve, connect) -> None:
    server = serve(OK)
    server.stop()
    with pytest.raises(Unreachable) as caught:
        connect(server.url).call("PUT", "/v0.1/x", {})
    assert caught.value.changed is False


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (411, Refused),
        (418, Refused),
        (302, Refused),
    ],
)
def test_a_refusal_is_final_and_has_its_own_class(serve, connect, status: int, kind: type[Exception]) -> None:
    server = serve((status, {"Location": "http://127.0.0.1:1/"}, b'{"message": "Forbidden", "code": "Forbidden"}'))
    with pytest.raises(kind, match="Forbidden"):
        connect(server.url).call("GET", "/v0.1/x")
    assert len(server.seen) == 1


def test_a_rate_limit_is_waited_for_as_long_as_it_asks(serve, connect, clock) -> None:
    server = serve((429, {"Retry-After": "7"}, b""), OK)
    assert connect(server.url).call("GET", "/v0.1/x") == {"values": []}
    assert clock.slept == [7.0]


def test_a_rate_limit_that_names_no_time_is_waited_for_longer_and_longer(serve, connect, clock) -> None:
    server = serve((429, {}, b""), (429, {}, b""), OK)
    connect(server.url).call("GET", "/v0.1/x")
    assert len(clock.slept) == 2
    assert clock.slept[1] > clock.slept[0]


def test_a_rate_limit_beyond_patience_is_told(serve, connect, clock) -> None:
    with pytest.raises(RateLimited):
        connect(serve((429, {"Retry-After": "9999"}, b"")).url).call("GET", "/v0.1/x")
    assert clock.slept == []


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"null", b'{"values": 5}', b"[]"])
def test_a_listing_that_is_none_is_never_taken_for_an_empty_one(serve, connect, body: bytes) -> None:
    with pytest.raises(Unreachable):
        list(connect(serve((200, {}, body)).url).pages("/v0.1/x", lambda link: link))


def test_a_listing_that_goes_round_is_not_read_for_ever(serve, connect) -> None:
    server = serve((200, {}, b'{"values": [{}], "nextLink": "/v0.1/x"}'))
    with pytest.raises(Unreachable, match="circle"):
        list(connect(server.url).pages("/v0.1/x", lambda link: link))


def test_a_send_is_one_request(serve, connect) -> None:
    server = serve((202, {}, b'{"notification_id": "n-1"}'))
    assert connect(server.url).send("/v0.1/push", b"{}") == {"notification_id": "n-1"}
    assert server.seen == [("POST /v0.1/push", b"{}")]


@pytest.mark.parametrize(
    "answer",
    [None, (500, {}, b""), (502, {}, b""), (503, {}, b""), (504, {}, b""), (408, {}, b""), (202, {}, b""), (202, {}, b"[1]"),
     (202, {}, b"{"), (302, {"Location": "/elsewhere"}, b""), (202, {"Content-Length": "50"}, b'{"noti')],
)  # fmt: skip
def test_a_send_that_may_have_been_made_is_never_repeated(serve, connect, answer: Answer) -> None:
    server = serve(answer)
    with pytest.raises(SendUnknown):
        connect(server.url).send("/v0.1/push", b"{}")
    assert len(server.seen) == 1


def test_an_accepted_send_without_an_id_may_have_been_made(serve, connect, clock) -> None:
    app = App("shop", "appcenter", {"owner": "contoso", "app": "shop"})
    attempt = Attempt(
        "shop", "Notification", "hello", "~pk1aaaaaaaaaaaaaaaa", {"content": {"body": "hi"}}, {"everyone": True}
    )
    with pytest.raises(SendUnknown):
        AppCenter(app, connect(serve((202, {}, b"{}")).url), clock).send(attempt)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 411, 422])
def test_a_send_that_the_backend_refuses_was_not_made(serve, connect, status: int) -> None:
    server = serve((status, {}, b'{"error": {"code": "BadRequest", "message": "no"}}'))
    with pytest.raises(SendRefused) as caught:
        connect(server.url).send("/v0.1/push", b"{}")
    assert not caught.value.transient
    assert (caught.value.code == "RC601") == (status in (401, 403))


def test_a_throttled_send_may_be_attempted_again(serve, connect) -> None:
    with pytest.raises(SendRefused) as caught:
        connect(serve((429, {"Retry-After": "3"}, b"")).url).send("/v0.1/push", b"{}")
    assert (caught.value.transient, caught.value.retry_after) == (True, 3.0)


def test_a_send_without_a_connection_was_not_made(serve, connect) -> None:
    server = serve(OK)
    server.stop()
    with pytest.raises(SendRefused) as caught:
        connect(server.url).send("/v0.1/push", b"{}")
    assert caught.value.transient


@pytest.mark.parametrize("answer", [(401, {}, b""), (500, {}, b""), None, (400, {}, b'{"message": "x"}')])
def test_the_token_is_in_no_message(serve, connect, answer: Answer) -> None:
    client = connect(serve(answer).url)
    for act in (lambda: client.call("GET", "/v0.1/x"), lambda: client.send("/v0.1/x", b"{}")):
        with pytest.raises(ReconcilerError) as caught:
            act()
        assert "secret-token" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"


def test_a_budget_lets_its_amount_through_at_once_and_then_keeps_the_pace(clock) -> None:
    budget = Budget(10, 5.0, clock)
    for _ in range(10):
        budget.spend()
    assert clock.slept == []
    for _ in range(10):
        budget.spend()
    assert clock.slept == pytest.approx([0.5] * 10)


def test_a_clock_set_back_does_not_stall_a_budget(clock) -> None:
    budget = Budget(10, 5.0, clock)
    budget.spend()
    clock.time -= timedelta(days=1)
    budget.spend()
    assert clock.slept == []


@pytest.mark.parametrize(("text", "rate"), [("500/300", (500, 300.0)), ("1/0.5", (1, 0.5)), ("none", None)])
def test_a_rate_is_read(text: str, rate: object) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "5", "0/5", "5/0", "-1/5", "x/y", "5/inf", "5/nan"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(Exception, match="rate limit"):
        parse_rate(text)
