"""Replicas that come, go, are not ready or fall silent: what their callers notice of it, which is little."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.nginx.name_server import name_replicas
from tests.nginx.replicas import (
    NOT_READY,
    Behaviour,
    Replica,
    answer,
    break_off,
    fail,
    fall_silent,
    hold_unreachable,
    refuse,
    run_replicas,
)
from tests.nginx.running_nginx import RunningNginx, run_nginx
from tests.support.running_server import DEADLINE_SECONDS, wait_until

# Enough that each of two replicas, chosen by chance, is the first for some of them.
N_REQUESTS = 40
FOUND_WITHIN_SECONDS = 3.0


@contextmanager
def running_before(*behaviours: Behaviour, hasty: bool = False) -> Iterator[tuple[RunningNginx, list[Replica]]]:
    """Run nginx in front of replicas until the `with` block ends."""
    with run_replicas(*behaviours) as replicas, name_replicas(*(each.address for each in replicas)) as names:
        with run_nginx(names.port, replicas[0].server_port, hasty=hasty) as nginx:
            yield nginx, replicas


def ask(nginx: RunningNginx) -> requests.Response:
    """Return the answer to a prediction."""
    return requests.post(f"{nginx.url}/predict", b"{}", timeout=DEADLINE_SECONDS)


def test_asks_all_replicas() -> None:
    with running_before(answer, answer) as (nginx, replicas):
        for _ in range(N_REQUESTS):
            assert ask(nginx).status_code == 200
        counts = [len(replica.asked) for replica in replicas]
    assert min(counts) > 0
    assert sum(counts) == N_REQUESTS


@pytest.mark.parametrize("behave", [break_off, refuse])
def test_asks_another_where_one_breaks_off_or_is_not_ready(behave: Behaviour) -> None:
    with running_before(behave, answer) as (nginx, replicas):
        assert {ask(nginx).status_code for _ in range(N_REQUESTS)} == {200}
        assert len(replicas[0].asked) > 0


def test_asks_another_where_nothing_listens_any_more() -> None:
    with run_replicas(answer) as (replica,), name_replicas(replica.address, "127.0.0.9") as names:
        with run_nginx(names.port, replica.server_port) as nginx:
            assert {ask(nginx).status_code for _ in range(N_REQUESTS)} == {200}


def test_asks_another_where_a_machine_is_gone() -> None:
    with run_replicas(answer) as (replica,), hold_unreachable("127.0.0.9", replica.server_port):
        with name_replicas(replica.address, "127.0.0.9") as names:
            with run_nginx(names.port, replica.server_port, hasty=True) as nginx:
                assert {ask(nginx).status_code for _ in range(N_REQUESTS)} == {200}


def test_does_not_wait_for_a_machine_that_is_gone() -> None:
    with run_replicas(answer) as (replica,), hold_unreachable("127.0.0.9", replica.server_port):
        with name_replicas("127.0.0.9") as names, run_nginx(names.port, replica.server_port) as nginx:
            before = time.monotonic()
            assert ask(nginx).status_code == 503
    assert time.monotonic() - before < FOUND_WITHIN_SECONDS


def test_a_request_that_ends_whoever_works_on_it_meets_three_replicas_at_most() -> None:
    with running_before(*[break_off] * 5) as (nginx, replicas):
        assert ask(nginx).status_code == 503
        assert sum(len(replica.asked) for replica in replicas) == 3


@pytest.mark.parametrize(("behave", "status"), [(fall_silent, 503), (fail, 500)])
def test_does_not_ask_another_for_an_answer_that_is_slow_or_an_error(behave: Behaviour, status: int) -> None:
    with running_before(behave, behave, hasty=True) as (nginx, replicas):
        assert ask(nginx).status_code == status
        assert sum(len(replica.asked) for replica in replicas) == 1


def test_the_service_itself_says_that_no_replica_is_ready() -> None:
    with running_before(refuse, refuse) as (nginx, _):
        answered = ask(nginx)
    assert (answered.status_code, answered.headers["Retry-After"]) == (503, "1")
    assert answered.json() == NOT_READY


def test_asks_again_with_the_id_and_the_start_of_the_first_time() -> None:
    with running_before(break_off, break_off) as (nginx, replicas):
        ask(nginx)
        first, second = (replica.asked[0] for replica in replicas)
    assert first.items() == second.items()


def test_finds_a_new_replica_and_forgets_one_that_is_no_longer_named() -> None:
    with run_replicas(answer, answer) as (old, new), name_replicas(old.address) as names:
        with run_nginx(names.port, old.server_port) as nginx:
            assert ask(nginx).text.startswith(old.address)
            names.addresses[:] = [new.address]
            before = time.monotonic()
            wait_until(lambda: all(ask(nginx).text.startswith(new.address) for _ in range(N_REQUESTS)), "it is found")
    assert time.monotonic() - before < FOUND_WITHIN_SECONDS


def test_goes_on_once_a_service_is_there() -> None:
    with run_replicas(answer) as (replica,), name_replicas() as names:
        with run_nginx(names.port, replica.server_port) as nginx:
            assert ask(nginx).status_code == 503
            names.addresses.append(replica.address)
            wait_until(lambda: ask(nginx).status_code == 200, "the replica is asked")
