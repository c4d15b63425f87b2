"""A mixture of good, bad, slow and abandoned requests: memory, descriptors and threads do not grow with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.support.conversation import converse_to_the_end
from tests.support.depth import repeats
from tests.support.growth import Holdings, count_connections, find_growth, read_holdings
from tests.support.hostile_requests import HOSTILE_REQUESTS, HostileRequest
from tests.support.load import load_on
from tests.support.model_with_code import publish_with_code
from tests.support.raw_http import post
from tests.support.running_server import COLD, RunningServer, run_server, wait_until
from tests.support.slow_clients import slow_clients

INSTANCE = [0.1, 0.2]
BODY = json.dumps({"features": INSTANCE}).encode()
ABANDONED = [post("/predict", BODY), post("/predict", BODY)[:-5], b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"]
N_ROUNDS, N_ORDINARY = 8, 300
# Ten minutes where there is all night for it.
N_LASTING_ROUNDS, N_LASTING_ORDINARY = repeats(N_ROUNDS, 60), repeats(N_ORDINARY, 8000)
# They fill what is filled once.
N_WARMING = 3
N_SLOW, N_ABANDONED = 30, 60
CODE = """
import os
from sklearn.base import BaseEstimator, RegressorMixin

KEPT = []


class Echo(RegressorMixin, BaseEstimator):
    def fit(self, X, y):
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        if "KEPT_BYTES" in os.environ:
            KEPT.append((os.urandom(int(os.environ["KEPT_BYTES"])), os.open(os.devnull, os.O_RDONLY)))
        return X[:, 0]
"""


def disturb(server: RunningServer, hostile: Sequence[HostileRequest], n_ordinary: int) -> int:
    """Ask in all ways at once until so many right requests have been answered, and return how many were."""
    with slow_clients(server.connect, N_SLOW, N_SLOW, BODY):
        with load_on(server.port, INSTANCE, n_kept_alive=3, n_reconnecting=3) as load:
            for request in hostile:
                converse_to_the_end(server.connect, request.sent)
            for number in range(N_ABANDONED):
                with server.connect() as connection:
                    connection.sendall(ABANDONED[number % len(ABANDONED)])
            wait_until(lambda: sum(load.answers.values()) >= n_ordinary, "right requests are answered")
    # On a machine that does much else, there may be more of them at once than can be answered in time.
    assert [failure for failure in load.failures if not failure.startswith("503")] == []
    return sum(load.answers.values())


def watch(folder: Path, n_rounds: int, n_ordinary: int, **variables: str) -> list[Holdings]:
    """Return what the workers of a server hold after each round of so many right requests, and of others."""
    artifact_dir = publish_with_code(folder, "echo_code", CODE, "Echo")
    holdings: list[Holdings] = []
    n_requests = 0
    with run_server(artifact_dir, folder, COLD, **variables) as server:
        for n_round in range(N_WARMING + n_rounds):
            n_requests += disturb(server, HOSTILE_REQUESTS[n_round::n_rounds], n_ordinary)
            wait_until(lambda: count_connections(server.port) == 0, "all connections are closed")
            holdings.append(read_holdings(server, n_requests))
    return holdings[N_WARMING:]


def test_nothing_grows_with_good_bad_slow_and_abandoned_requests(tmp_path: Path) -> None:
    holdings = watch(tmp_path, N_LASTING_ROUNDS, N_LASTING_ORDINARY)
    assert find_growth(holdings) == {}, holdings


def test_what_a_model_keeps_of_each_request_is_noticed(tmp_path: Path) -> None:
    # No more of them, or there would be no descriptors left.
    holdings = watch(tmp_path, N_ROUNDS, N_ORDINARY, KEPT_BYTES="4000")
    assert find_growth(holdings).keys() == {"resident_bytes", "n_descriptors"}, holdings
