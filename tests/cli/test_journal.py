"""What a run logs and serves: hints, every finding of broken manifests, counters from 0, a first look that hangs, and
addresses.
"""

from __future__ import annotations

import io
import json
import signal
import socket
import urllib.error
import urllib.request
from typing import Any

import click
import pytest

from reconciler.cli.journal import COUNTED, TARDY, Journal, read_address
from reconciler.errors import ConfigError, ReconcilerError
from reconciler.model.document import Place
from reconciler.model.event import Event, Happened
from reconciler.model.finding import Finding
from tests.support.clock import StillClock
from tests.support.fixtures import forks, sandbox_url, shop
from tests.support.hours import timed
from tests.support.processes import Process
from tests.support.project import audience
from tests.support.shop import Shop, wait_until

__all__ = ["forks", "sandbox_url", "shop"]

LATER = "2099-01-01T09:00:00"


class Told:
    """A journal and what it has said."""

    def __init__(self) -> None:
        self.clock, self.stream = StillClock(), io.StringIO()
        self.journal = Journal(self.stream, self.clock)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def told() -> Told:
    return Told()


def fetch(address: str, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


# The lines.


def test_a_hint_is_told_whole_and_nothing_where_there_is_none(told: Told) -> None:
    told.journal.tell(Event(Happened.UNKNOWN, "send", "shop/Notification/a", "lost", "RC621", "say so\n  reconciler x"))
    told.journal.tell(Event(Happened.TOLD, "announce", "shop/Notification/a", "due"))
    told.journal.failed("reload", ReconcilerError("other apps", code="RC534", hint="start it again"))
    unknown, announced, failed = told.lines
    assert (unknown["hint"], unknown["code"]) == ("say so\n  reconciler x", "RC621")
    assert not {"hint", "code"} & announced.keys()
    assert (failed["hint"], failed["detail"]) == ("start it again", "other apps")


def test_broken_manifests_are_told_with_every_finding_and_its_place(told: Told) -> None:
    findings = [
        Finding("RC103", "no such field", "did you mean `spec`?", Place("a.yaml", 4, 20)),
        Finding("RC120", "no such day", "mend the day", Place("b.yaml", 1, 2)),
    ]
    told.journal.failed("reload", ConfigError(findings))
    (line,) = told.lines
    heads = [each for each in line["detail"].splitlines() if each and not each.startswith("hint")]
    assert heads == ["a.yaml:4:20: error[RC103]: no such field", "b.yaml:1:2: error[RC120]: no such day"]
    assert "hint: mend the day" in line["detail"]


def test_one_finding_is_one_finding() -> None:
    finding = Finding("RC103", "no", "yes")
    assert [str(ConfigError([finding] * count)) for count in (0, 1, 2)] == ["0 findings", "1 finding", "2 findings"]


def test_a_broken_edit_of_a_run_is_told_with_its_place(shop: Shop, running: list[Process]) -> None:
    shop.declare(timed("later", at=LATER))
    process = shop.start("run", "--interval", "1s")
    running.append(process)
    wait_until(lambda: '"announce"' in process.err.read_text(encoding="utf-8"))
    (shop.folder / "manifests" / "all.yaml").write_text("kind: Nothing\n", encoding="utf-8")
    wait_until(lambda: '"reload"' in process.err.read_text(encoding="utf-8").rpartition("\n")[0])
    running.remove(process)
    lines = [json.loads(line) for line in process.kill(signal.SIGTERM).err.splitlines()]
    (failed,) = [line for line in lines if line.get("verb") == "reload"]
    assert "manifests/all.yaml:1:" in failed["detail"]
    assert "error[RC" in failed["detail"]


def test_what_needs_a_consent_is_told_and_left_alone(shop: Shop) -> None:
    shop.declare(audience("us"), audience("gone"))
    assert shop.apply().code == 0
    shop.put("theirs")
    shop.declare(audience("us"), audience("theirs", "CarrierCountry eq 'DE'"), audience("new"))
    clock = ("--clock", "2026-11-27T08:00:00Z*600", "--until", "2026-11-27T08:03:00Z")
    ended = shop.run("run", "--apply", *clock)
    assert ended.code == 0, ended.said
    skipped = [line for line in map(json.loads, ended.err.splitlines()) if line["event"] == "skipped"]
    assert {(line["verb"], line["subject"].rpartition("/")[2]) for line in skipped} == {
        ("delete", "gone"),
        ("adopt", "theirs"),
    }
    for line in skipped:
        flag = {"delete": "--allow-deletes", "adopt": "--adopt"}[line["verb"]]
        assert line["detail"].startswith(f"`{line['verb']}` needs consent: ")
        assert line["detail"].endswith(f"allow it with `reconciler apply {flag}`")
    assert shop.names() == {"us", "gone", "theirs", "new"}


# Health and metrics.


def test_a_first_look_that_hangs_is_stuck(told: Told) -> None:
    told.clock.sleep(TARDY - 1)
    assert told.journal.health() == (True, {"status": "ok", "next_look": None})
    told.clock.sleep(1)
    assert told.journal.health() == (False, {"status": "stuck", "next_look": None})
    told.journal.turned(told.clock.now())
    assert told.journal.health()[0]
    told.clock.sleep(TARDY)
    assert not told.journal.health()[0]


def test_what_is_alerted_on_is_counted_from_nothing_on(told: Told) -> None:
    with told.journal.listening("127.0.0.1", 0):
        address = told.lines[0]["detail"]
        before = fetch(address, "/metrics")[1]
        for verb, happened in (("send", "unknown"), ("expire", "told"), ("reload", "failed"), *COUNTED):
            assert f'reconciler_events_total{{happened="{happened}",verb="{verb}"}} 0.0' in before
        told.journal.tell(Event(Happened.UNKNOWN, "send", "shop/Notification/a"))
        told.journal.failed("reload", ReconcilerError("broken"))
        after = fetch(address, "/metrics")[1]
    assert 'reconciler_events_total{happened="unknown",verb="send"} 1.0' in after
    assert 'reconciler_events_total{happened="failed",verb="reload"} 1.0' in after


def test_every_pair_that_is_counted_is_one_that_can_happen() -> None:
    assert len(set(COUNTED)) == len(COUNTED)
    assert {happened for _, happened in COUNTED} <= {*Happened} - {Happened.STARTED}


# Addresses.


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9090", ("127.0.0.1", 9090)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
        ("localhost:65535", ("localhost", 65535)),
        ("[::1]:9091", ("::1", 9091)),
        ("[fe80::1%eth0]:80", ("fe80::1%eth0", 80)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_free_port_is_chosen_and_told(told: Told, host: str) -> None:
    if host == "::1" and not has_v6():
        pytest.skip("this machine has no IPv6")
    with told.journal.listening(host, 0):
        (line,) = told.lines
        assert (line["event"], line["level"]) == ("listening", "info")
        shown, _, port = line["detail"].rpartition(":")
        assert (shown, int(port) > 0) == ("[::1]" if host == "::1" else host, True)
        assert fetch(line["detail"], "/healthz")[0] == 200


def test_a_port_in_use_is_told_in_plain_words(told: Told) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(click.UsageError) as refused, told.journal.listening("127.0.0.1", port):
            pass
    message = refused.value.message
    assert message.startswith(f"`--listen`: cannot listen at 127.0.0.1:{port}: Address already in use\n\nhint: ")
    assert told.lines == []


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "192.0.2.1"])
def test_a_host_that_is_not_here_is_told(told: Told, host: str) -> None:
    with pytest.raises(click.UsageError, match="cannot listen at"), told.journal.listening(host, 0):
        pass


def test_a_run_says_where_it_listens_before_it_starts(shop: Shop, running: list[Process]) -> None:
    shop.declare(timed("later", at=LATER))
    process = shop.start("run", "--listen", "127.0.0.1:0")
    running.append(process)
    wait_until(lambda: '"announce"' in process.err.read_text(encoding="utf-8"))
    first, second = [json.loads(line) for line in process.err.read_text(encoding="utf-8").splitlines()[:2]]
    assert (first["event"], second["event"]) == ("listening", "started")
    wait_until(lambda: json.loads(fetch(first["detail"], "/healthz")[1])["next_look"] is not None)


def has_v6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as free:
            free.bind(("::1", 0))
    except OSError:
        return False
    return True
