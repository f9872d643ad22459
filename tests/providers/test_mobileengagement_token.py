"""Client credentials on Mobile Engagement: asked for, renewed, refused; and never shown or kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.errors import Unauthorized
from reconciler.providers.client import Client
from reconciler.providers.mobileengagement.token import ClientCredentials
from reconciler.sandbox import SandboxOptions, running
from tests.support.campaigns import campaign, manual, push
from tests.support.clock import StillClock
from tests.support.described import check_exchanges
from tests.support.stage import SECRET, Azure, Life

ASKING = {"tenant": "contoso", "client_id": "us", "client_secret": {"env": "TOKEN"}, "token": None}


@pytest.fixture
def asking(tmp_path: Path, stage_folder: Path) -> Iterator[Azure]:
    """A stage that asks for tokens, which live for a hundred seconds."""
    options = SandboxOptions(data=tmp_path / "sandbox", settle=0, rate_limit=None, token_seconds=1000, token=SECRET)
    with running(options) as sandbox:
        made = Azure(sandbox.url, stage_folder)
        made.settings |= ASKING
        made.call = _by_hand(made)  # type: ignore[method-assign]
        yield made


def _by_hand(azure: Azure) -> Callable[..., tuple[int, Any]]:
    """What somebody else does, with the one token that this sandbox takes."""

    def call(method: str, path: str, body: object = None) -> tuple[int, Any]:
        answer = httpx.request(
            method, f"{azure.url}{path}", json=body, headers={"Authorization": f"Bearer {SECRET}"}, trust_env=False
        )
        return answer.status_code, answer.json() if answer.content else None

    return call


def asked(azure: Azure) -> int:
    return sum(each.path == "/contoso/oauth2/token" for each in azure.exchanges)


def test_a_token_is_asked_for_once_a_run(asking: Azure) -> None:
    asking.seed("US")
    asking.declare(campaign())
    assert asking.apply().code == 0
    assert asked(asking) == 1
    form = next(each.body.decode() for each in asking.exchanges if each.path.endswith("/token"))
    assert form.startswith("grant_type=client_credentials&client_id=us&client_secret=")
    assert asking.told() == {"news: text": 1}
    check_exchanges(asking)


def test_a_token_is_renewed_before_it_expires(asking: Azure) -> None:
    asking.declare(campaign())
    assert asking.apply(between=lambda: asking.pass_time(800)).code == 0
    assert asked(asking) == 2
    assert 401 not in {each.status for each in asking.exchanges}


def test_a_token_that_expired_early_is_replaced_at_every_request_and_nothing_is_sent_twice(
    asking: Azure, tmp_path: Path
) -> None:
    ids = asking.seed("US")
    documents = [campaign(), manual(), push("direct", ids)]
    life = Life()
    asking.declare(*documents)
    assert asking.apply(life=life).code == 0
    steps = [number for number, what in enumerate(life.taken) if what.startswith(("before GET", "before PO"))]
    for number in steps[1:]:
        folder = tmp_path / str(number)
        folder.mkdir()
        azure = Azure(asking.url, folder)
        azure.settings |= ASKING
        azure.seed("US")
        azure.declare(*documents)
        # The server's clock runs ahead, ours does not.
        outcome = azure.apply(life=Life(meanwhile={number: lambda: asking._advance(2000)}))
        assert outcome.code == 0, f"{life.taken[number]}: {outcome.said}"
        assert 401 in {each.status for each in azure.exchanges} or "token" in life.taken[number]
        assert azure.told() == {"news: text": 1, "orders: text": 1}


def test_a_wrong_secret_is_exit_9_and_is_not_shown(asking: Azure) -> None:
    asking.declare(campaign())
    asking.environ = {"TOKEN": "another-s3cr3t"}
    outcome = asking.apply()
    assert outcome.code == 9, outcome.said
    assert "client_secret" in outcome.said or outcome.error is not None
    assert "another-s3cr3t" not in outcome.said
    assert outcome.error is not None
    assert "another-s3cr3t" not in f"{outcome.error.message}{outcome.error.hint}{outcome.error!r}"


def test_a_token_endpoint_that_is_down_for_a_moment_is_asked_again(asking: Azure) -> None:
    asking.declare(campaign())
    asking.break_("POST", "/oauth2/token", "error-before")
    assert asking.apply().code == 0
    asking.break_("POST", "/oauth2/token", "drop-before", nth=None)
    outcome = asking.apply()
    assert outcome.code == 1
    assert "RC606" in outcome.codes


def test_no_secret_and_no_token_is_kept(asking: Azure) -> None:
    asking.seed("US")
    asking.declare(campaign())
    assert asking.apply().code == 0
    tokens = [json.loads(each.reply)["access_token"] for each in asking.exchanges if each.path.endswith("/token")]
    kept = b"".join(path.read_bytes() for path in asking.folder.rglob("*") if path.is_file())
    kept += repr(asking.plan()).encode()
    assert not [each for each in (SECRET, *tokens) if each.encode() in kept]


def test_a_backend_that_refuses_every_token_is_not_asked_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def handle(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        made.append(request.url.path)
        assert len(made) < 50, "it goes on for ever"
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": f"t{len(made)}", "expires_in": "3599"})
        return httpx.Response(401, json={"error": {"code": "AuthenticationFailed", "message": "no"}})

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    clock = StillClock()
    client = Client(
        "http://127.0.0.1:1", ClientCredentials("http://127.0.0.1:1", "t", "i", "s", clock), None, clock, lambda _: None
    )
    with pytest.raises(Unauthorized):
        client.call("GET", "/x")
    assert made.count("/x") == 2
    client.close()
