"""More requests than can be answered in time: the rest is told so at once, and nothing is lost."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from app.server.admission import OVERRUN_CLIENTS, USUAL_CLIENTS
from tests.support.gated_model import GATED_VALUE, publish_gated_model
from tests.support.metric_samples import read_samples
from tests.support.raw_http import RawAnswer, post, read_answer
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, wait_until

N_CLIENTS = 3 * USUAL_CLIENTS
HALF_AN_HOUR_AGO = {"X-Request-Start": f"t={time.time() - 1800:.3f}"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return publish_gated_model(tmp_path_factory.mktemp("gated"))


@pytest.fixture
def server(published: tuple[Path, Path], tmp_path: Path) -> Iterator[RunningServer]:
    """Run a server with one thread for a slow model, which trusts its own machine's proxies."""
    variables = {"WEB_CONCURRENCY": "1", "THREADS": "1", "COMBINE": "0", "TRUSTED_PROXIES": "127.0.0.1"}
    variables["REQUEST_DEADLINE_SECONDS"] = "600"
    with run_server(published[0], tmp_path, **variables) as running:
        yield running


def ask(server: RunningServer, headers: dict[str, str] | None = None) -> requests.Response:
    """Ask for a row that passes the gate."""
    return requests.post(
        f"{server.url}/predict", json={"features": [0.1, 0.1]}, headers=headers, timeout=DEADLINE_SECONDS
    )


def assert_tells_to_come_back(answer: RawAnswer) -> None:
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json["request_id"]
    assert answer.json["detail"] == "There are more requests than can be answered in time; try again shortly."


def count_refused(server: RunningServer) -> float:
    """Return how many requests have been answered 503."""
    text = requests.get(f"{server.url}/metrics", timeout=DEADLINE_SECONDS).text
    return read_samples(text, "http_requests_total").get(("POST", "/predict", "503"), 0.0)


def test_what_cannot_be_answered_in_time_is_refused_at_once_and_the_rest_is_answered(
    server: RunningServer, published: tuple[Path, Path]
) -> None:
    gate = published[1]
    gate.touch()
    request = post("/predict", json.dumps({"features": [GATED_VALUE, 0]}).encode())
    with ExitStack() as stack:
        connections = []
        for _ in range(N_CLIENTS):
            connection = stack.enter_context(server.connect())
            connection.sendall(request)
            connections.append(connection)

        def is_noticed() -> bool:
            connections.append(stack.enter_context(server.connect()))
            connections[-1].sendall(request)
            return count_refused(server) > 0

        wait_until(is_noticed, "it is noticed that there are more than in a burst")
        n_most = USUAL_CLIENTS + 1  # with the one at the gate
        wait_until(lambda: count_refused(server) >= len(connections) - n_most, "the rest is refused")
        gate.unlink()
        answers = [read_answer(connection) for connection in connections]
    statuses = Counter(answer.status for answer in answers)
    assert set(statuses) == {200, 503}
    assert OVERRUN_CLIENTS < statuses[200] <= n_most
    assert_tells_to_come_back(next(answer for answer in answers if answer.status == 503))
    assert ask(server).status_code == 200


def test_a_request_that_has_waited_too_long_before_a_trusted_proxy_sent_it_on_is_refused(server: RunningServer) -> None:
    answer = ask(server, HALF_AN_HOUR_AGO | {"X-Request-ID": "of-the-caller"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == "of-the-caller"
    wait_until(lambda: '"message":"1 request was answered 503' in server.read_log(), "a line in the log")


def test_what_was_refused_last_is_logged_before_the_server_ends(server: RunningServer) -> None:
    for _ in range(5):
        assert ask(server, HALF_AN_HOUR_AGO).status_code == 503
    assert server.stop() == 0
    lines = [json.loads(line)["message"] for line in server.read_log().splitlines()]
    n_logged = [int(line.split()[0]) for line in lines if " answered 503: there are more" in line]
    assert sum(n_logged) == 5


def test_what_others_than_trusted_proxies_say_of_waiting_counts_for_nothing(
    published: tuple[Path, Path], tmp_path: Path
) -> None:
    with run_server(published[0], tmp_path, WEB_CONCURRENCY="1") as server:
        assert ask(server, HALF_AN_HOUR_AGO).status_code == 200
