"""How workers share the connections that arrive at the listeners of all of them."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator

import pytest

from app.server.acceptor import EXHAUSTED_SECONDS, STEP_BACK_SECONDS
from tests.support.hall import Hall

NOW = 1000.0


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """Return listeners at which one worker accepts, and at which another one does not yet."""
    monkeypatch.setattr(time, "monotonic", lambda: NOW)
    hall = Hall()
    hall.acceptor.start()
    yield hall
    hall.close()


def test_hands_over_connections_with_both_addresses(hall: Hall) -> None:
    hall.connect()
    hall.connect(number=1)
    clients = [client.getsockname() for client in hall.clients]
    assert hall.addresses == [
        (clients[0], hall.listeners[0].getsockname()),
        (clients[1], hall.listeners[1].getsockname()),
    ]
    assert not any(client.getblocking() for client in hall.received)


def test_accepts_any_number_where_it_is_alone(hall: Hall) -> None:
    hall.connect(50)
    assert (len(hall.received), hall.acceptor.resumes_at) == (50, None)
    assert hall.place.load == (50, 50)


def test_the_others_see_whether_it_accepts(hall: Hall) -> None:
    assert 0 in hall.place.board.list_loads()
    hall.acceptor.stop(is_last=False)
    assert (hall.place.board.list_loads(), hall.acceptor.is_accepting) == ({}, False)


def test_steps_back_when_another_has_fewer(hall: Hall) -> None:
    hall.connect()
    hall.other.set_accepting(True)
    hall.connect()
    assert (len(hall.received), hall.acceptor.resumes_at) == (1, NOW + STEP_BACK_SECONDS)
    hall.connect(number=1)
    assert len(hall.received) == 1


@pytest.mark.parametrize(("n_connections", "n_theirs", "n_received"), [(7, 6, 0), (8, 7, 1), (8, 6, 0), (800, 700, 1)])
def test_steps_back_only_when_another_has_fewer_by_more_than_an_eighth(
    hall: Hall, n_connections: int, n_theirs: int, n_received: int
) -> None:
    hall.other.set_accepting(True)
    hall.place.set_connections(n_connections)
    hall.other.set_connections(n_theirs)
    hall.connect()
    assert len(hall.received) == n_received


@pytest.mark.parametrize(("n_more_of_late", "n_received"), [(4, 1), (5, 0)])
def test_steps_back_when_another_has_as_many_and_much_fewer_of_late(
    hall: Hall, n_more_of_late: int, n_received: int
) -> None:
    hall.other.set_accepting(True)
    for _ in range(n_more_of_late):
        hall.place.count_accepted()
    hall.connect()
    assert len(hall.received) == n_received


@pytest.mark.parametrize("n_connections", [1, 2])
def test_steps_back_for_nobody_who_has_as_many(hall: Hall, n_connections: int) -> None:
    hall.connect()
    hall.other.set_accepting(True)
    hall.other.set_connections(n_connections)
    hall.connect()
    assert len(hall.received) == 2


def test_leaves_to_another_what_that_one_has_taken(hall: Hall) -> None:
    hall.connect()
    hall.other.set_accepting(True)
    hall.connect()
    taken, _ = hall.listeners[0].accept()
    hall.clients.append(taken)
    hall.other.set_connections(1)
    hall.resume()
    assert (len(hall.received), hall.acceptor.resumes_at) == (1, None)
    hall.connect()
    assert len(hall.received) == 2


def test_takes_one_itself_that_nobody_has_taken_and_steps_back_again(hall: Hall) -> None:
    hall.connect()
    hall.other.set_accepting(True)
    hall.connect(3)
    for n_received in (2, 3, 4):
        hall.other.count_turn()
        hall.resume()
        assert (len(hall.received), hall.acceptor.resumes_at) == (n_received, NOW + STEP_BACK_SECONDS)


def test_counts_no_more_on_who_does_not_come(hall: Hall) -> None:
    hall.connect()
    hall.other.set_accepting(True)
    hall.connect(3)
    hall.resume()
    hall.connect(10)
    assert (len(hall.received), hall.acceptor.resumes_at) == (14, None)


def test_counts_again_on_who_has_come_back(hall: Hall) -> None:
    hall.connect()
    hall.other.set_accepting(True)
    hall.connect()
    hall.resume()
    hall.other.count_turn()
    hall.connect()
    assert (len(hall.received), hall.acceptor.resumes_at) == (2, NOW + STEP_BACK_SECONDS)


@pytest.mark.parametrize("is_last", [True, False])
def test_accepts_what_waits_before_it_stops_only_where_nobody_else_will(hall: Hall, is_last: bool) -> None:
    hall.connect()
    hall.other.set_accepting(True)
    hall.connect(40)
    hall.acceptor.stop(is_last)
    assert len(hall.received) == (41 if is_last else 1)
    assert all(listener.sock.fileno() == -1 for listener in hall.listeners)


def test_accepts_nothing_once_it_has_stopped(hall: Hall) -> None:
    hall.connect()
    hall.other.set_accepting(True)
    hall.connect()
    hall.acceptor.stop(is_last=False)
    hall.resume()
    assert (len(hall.received), hall.acceptor.resumes_at) == (1, None)


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_pauses_where_the_machine_has_no_more_and_goes_on(
    hall: Hall, error: int, caplog: pytest.LogCaptureFixture
) -> None:
    hall.listeners[0].errors = [error, error]
    hall.connect()
    assert (hall.received, hall.acceptor.resumes_at) == ([], NOW + EXHAUSTED_SECONDS)
    hall.resume()
    hall.resume()
    assert (len(hall.received), hall.acceptor.resumes_at) == (1, None)
    assert [record.getMessage() for record in caplog.records] == [
        "No connection can be accepted for now: cannot be accepted."
    ]


@pytest.mark.parametrize("error", [errno.ECONNABORTED, errno.EINTR, errno.EPROTO, errno.EPERM, errno.EAGAIN])
def test_a_connection_that_is_gone_is_passed_over(hall: Hall, error: int) -> None:
    hall.listeners[0].errors = [error]
    hall.connect()
    assert (len(hall.received), hall.acceptor.resumes_at) == (1, None)


def test_any_other_failure_is_a_defect(hall: Hall) -> None:
    hall.listeners[0].errors = [errno.EBADF]
    with pytest.raises(OSError, match="cannot be accepted"):
        hall.connect()


def test_pauses_where_there_is_no_room_and_goes_on(hall: Hall) -> None:
    hall.has_room = False
    hall.connect()
    assert (hall.received, hall.acceptor.resumes_at) == ([], NOW + EXHAUSTED_SECONDS)
    hall.has_room = True
    hall.resume()
    assert len(hall.received) == 1


def test_stops_even_where_what_waits_cannot_be_accepted(hall: Hall) -> None:
    hall.has_room = False
    hall.connect(3)
    hall.acceptor.stop(is_last=True)
    assert hall.received == []
