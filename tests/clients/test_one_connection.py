"""Clients that keep a connection send one request after the other on it, whatever the answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.catalog import CLIENTS
from tests.clients.client import Client
from tests.clients.conftest import Ask
from tests.support.relay import Relay, run_relay
from tests.support.running_server import RunningServer

TIMES = 3
KEEPING = [client for client in CLIENTS if client.keeps_connection]
EACH_KEEPING = pytest.mark.parametrize("client", KEEPING, ids=str)


@pytest.fixture
def relay(server: RunningServer) -> Iterator[Relay]:
    """Run what counts connections before the server."""
    with run_relay(server.port) as running:
        yield running


@EACH_KEEPING
def test_predicts_several_times(ask: Ask, client: Client, relay: Relay, by_position: bytes) -> None:
    answers = ask(client, "POST", "/predict", by_position, times=TIMES, url=relay.url)
    assert [(answer.status, answer.json["label"]) for answer in answers] == [(200, 0)] * TIMES
    assert relay.n_connections == 1


@EACH_KEEPING
def test_goes_on_after_an_error(ask: Ask, client: Client, relay: Relay) -> None:
    answers = ask(client, "POST", "/predict", b'{"features": [1]}', times=TIMES, url=relay.url)
    assert [(answer.status, answer.json["detail"]) for answer in answers] == [(422, "1 value is invalid.")] * TIMES
    assert relay.n_connections == 1


@EACH_KEEPING
def test_reads_each_time_that_its_body_is_too_long(ask: Ask, client: Client) -> None:
    answers = ask(client, "POST", "/predict", b" " * (3 * 1024 * 1024), times=TIMES)
    assert [(answer.status, answer.json["status"]) for answer in answers] == [(413, 413)] * TIMES
