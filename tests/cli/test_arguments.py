"""What somebody types by mistake, or a script with a variable that is not set: refused, in the name of the option."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.cli.main import run
from reconciler.cli.settle import SHORTEST_KEY
from reconciler.engine.leases import PATIENCE
from reconciler.ledger.sql import SqlLedger
from reconciler.model.send import SendState
from tests.support.fixtures import forks, sandbox_url, shop
from tests.support.hours import timed
from tests.support.processes import Ended
from tests.support.project import notification
from tests.support.shop import Shop

__all__ = ["forks", "sandbox_url", "shop"]

PUSH = "/push/notifications"
LATER = "2099-01-01T09:00:00"
PAST = "2000-01-01T00:00:00Z"
"""A run until then ends at once, should it begin in spite of what is wrong with it."""
S = SendState


def refused(shop: Shop, *arguments: str) -> str:
    """The first line that a command says which is a mistake of usage and changes nothing."""
    ended = shop.run(*arguments)
    assert (ended.code, ended.out) == (64, ""), ended.said
    assert not shop.heard()
    return ended.err.splitlines()[0]


@pytest.mark.parametrize("empty", ["", " "])
@pytest.mark.parametrize(
    ("option", "command"),
    [
        *[("--clock", command) for command in ("plan", f"run --until {PAST}", "init", "apply --auto-approve", "freeze --reason x", "sends cancel 3f2a")],
        ("--until", "run --listen 192.0.2.1:1"),
        ("--listen", f"run --until {PAST}"),
        ("--until", "freeze --reason x"),
    ],
)  # fmt: skip
def test_an_option_that_is_given_and_empty_is_not_one_that_is_left_out(
    shop: Shop, option: str, command: str, empty: str
) -> None:
    shop.declare(notification("sale"))
    assert refused(shop, *command.split(), option, empty) == f"error: `{option}` is given and empty"
    assert not shop.ledger_file().exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--until", PAST, "--clock", "noon"), "`--clock`: `noon` is no clock"),
        (("plan", "--clock", "noon"), "`--clock`: `noon` is no clock"),
        (("run", "--until", "later"), "`--until`: `later` is no instant"),
        (("freeze", "--reason", "x", "--until", "later"), "`--until`: `later` is no instant"),
        (("run", "--until", "0001-01-01T00:00:00+05:00"), "`--until`: `0001-01-01T00:00:00+05:00` is no instant"),
        (("run", "--interval", ""), "`--interval`: `` is no length of time, such as `90s`, `30m`, `2h` or `1d`"),
    ],
)
def test_what_cannot_be_read_names_its_option(shop: Shop, arguments: tuple[str, ...], said: str) -> None:
    shop.declare(notification("sale"))
    assert refused(shop, *arguments) == f"error: {said}"


@pytest.mark.parametrize(
    "address",
    ["localhost", "9090", ":9090", "nowhere:", "[::1]", "::1:9090", "[localhost]:9090", "a:1:b", "127.0.0.1:65536", "127.0.0.1:+1", "127.0.0.1:٩"],
)  # fmt: skip
def test_what_is_no_address_is_told_as_such_before_anything_else(shop: Shop, address: str) -> None:
    shop.declare(notification("sale"))
    ended = shop.run("run", "--until", PAST, "--listen", address)
    assert (ended.code, ended.err.splitlines()[0]) == (64, f"error: `--listen`: `{address}` is no address"), ended.said
    assert "127.0.0.1:9090" in ended.err
    assert not shop.ledger_file().exists()


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf", "1.5m", "1 m", ""])
def test_a_patience_that_cannot_be_read_is_told_with_what_can(shop: Shop, text: str) -> None:
    shop.declare(notification("sale"))
    ended = shop.run("apply", "--auto-approve", "--lock-timeout", text)
    assert ended.err.startswith(f"error: `--lock-timeout`: `{text}` is no length of time\n"), ended.said
    assert (ended.code, "90s, 30m" in ended.err) == (64, True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", PATIENCE), ("0s", PATIENCE), ("90", 90.0), ("90s", 90.0), ("7.5", 7.5), ("1m", 60.0), ("2h", 7200.0)],
)
def test_patience_is_a_number_of_seconds_or_a_length_of_time(
    text: str, seconds: float, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    asked: list[float] = []

    def leased(_run: object, _apps: object, timeout: float) -> object:
        asked.append(timeout)
        raise InterruptedError

    monkeypatch.setattr("reconciler.cli.settle.leased", leased)
    monkeypatch.setattr("reconciler.cli.settle.session", _Opened)
    assert run(["sends", "rebuild", "--lock-timeout", text]) == 1  # it ends where it would wait
    capfd.readouterr()
    assert asked == [seconds]


class _Opened:
    """A session of which only the apps are asked for."""

    def __init__(self, **_: object) -> None:
        self.loaded, self.coordinates = self, dict[str, str]()

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, _tell: object) -> None:
        pass


# Keys of sends.


@pytest.mark.parametrize("length", [0, 1, SHORTEST_KEY - 1])
@pytest.mark.parametrize("command", ["cancel", "resolve --abandon", "probe", "show"])
def test_the_only_send_there_is_is_not_named_by_nothing(shop: Shop, command: str, length: int) -> None:
    shop.declare(timed("later", at=LATER))
    assert shop.apply().code == 0
    (row,) = shop.rows()
    key = row.send_key[:length]
    ended = shop.run("sends", *command.split(), key)
    assert (ended.code, f"error[RC530]: `{key}` is too little of a key" in ended.err) == (1, True), ended.said
    assert f"at least {SHORTEST_KEY} characters" in ended.err
    assert shop.rows() == [row]


def test_a_key_that_is_cut_to_the_shortest_is_enough(shop: Shop) -> None:
    shop.declare(timed("later", at=LATER))
    assert shop.apply().code == 0
    ended = shop.run("sends", "cancel", shop.rows()[0].send_key[:SHORTEST_KEY])
    assert ended.code == 0, ended.said
    assert shop.states() == {"later/0": S.CANCELLED}


class TestNothingToDecide:
    """Each refusal of `sends resolve` says what may be done instead."""

    def resolve(self, shop: Shop, name: str, *more: str) -> str:
        key = next(row.send_key for row in shop.rows() if row.name == name)
        ended: Ended = shop.run("sends", "resolve", key, *(more or ("--abandon",)))
        assert (ended.code, "RC531" in ended.err) == (1, True), ended.said
        return ended.err.partition("hint: ")[2]

    def test_one_that_waits_behind_another(self, shop: Shop) -> None:
        shop.declare(notification("a"), notification("b"))
        shop.break_("POST", PUSH, "drop-before")
        assert shop.apply().code == 8
        assert shop.states() == {"a/0": S.NEEDS_DECISION, "b/0": S.HELD}
        assert "reconciler sends probe" in self.resolve(shop, "b")
        assert "reconciler sends list" in self.resolve(shop, "a", "--abandon", "--part", "7")

    def test_one_that_is_to_come_and_one_that_was_taken_back(self, shop: Shop) -> None:
        shop.declare(timed("later", at=LATER))
        assert shop.apply().code == 0
        key = shop.rows()[0].send_key
        assert f"reconciler sends cancel {key}" in self.resolve(shop, "later")
        assert shop.run("sends", "cancel", key).code == 0
        assert "raise `revision`" in self.resolve(shop, "later")

    def test_one_that_was_made_and_one_that_was_refused(self, shop: Shop) -> None:
        shop.declare(notification("made"))
        assert shop.apply().code == 0
        assert "a send that was made is made" in self.resolve(shop, "made")
        (row,) = shop.rows()
        ledger = SqlLedger(shop.ledger, str(shop.folder))
        ledger.put(replace(row, state=S.FAILED), "test")
        ledger.close()
        assert "--mark-not-sent" in self.resolve(shop, "made", "--mark-sent", "1")
