"""A server that is not reached may be back in a moment; one that does not let us in has to be told about."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from reconciler.errors import LedgerAway, LedgerError
from reconciler.ledger.failures import failures

URL = "postgresql://u:hush@db.example/x"


def failure(told: str, *, is_cut: bool = False) -> LedgerError:
    with pytest.raises(LedgerError) as raised, failures(URL):
        raise DBAPIError("UPDATE", {}, psycopg.OperationalError(told), connection_invalidated=is_cut)
    assert raised.value.code == "RC702"
    return raised.value


@pytest.mark.parametrize(
    "told",
    [
        "consuming input failed: SSL SYSCALL error: EOF detected",
        "consuming input failed: could not receive data from server: Operation timed out",
        "sending query and params failed: could not send data to server: Broken pipe",
    ],
)
def test_a_connection_that_broke_is_away_whatever_the_words(told: str) -> None:
    assert isinstance(failure(told, is_cut=True), LedgerAway)


@pytest.mark.parametrize(
    "told",
    [
        'connection failed: connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        "failed to resolve host 'db.example': [Errno -3] Temporary failure in name resolution",
        "connection timeout expired",
    ],
)
def test_a_server_that_is_not_reached_is_away(told: str) -> None:
    assert isinstance(failure(told), LedgerAway)


@pytest.mark.parametrize(
    "told",
    [
        'connection failed: FATAL:  password authentication failed for user "u"',
        'connection failed: FATAL:  database "x" does not exist',
        'connection failed: FATAL:  no pg_hba.conf entry for host "10.0.0.1"',
        "permission denied for table sends",
        "canceling statement due to statement timeout",
    ],
)
def test_what_waiting_does_not_mend_is_told_at_once(told: str) -> None:
    assert not isinstance(failure(told), LedgerAway)
