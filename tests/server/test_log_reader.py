"""The real server while the reader of its log is slow, leaves and comes back."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.log_reader import LogReader, run_server_with_reader
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, wait_until

# Each leaves a line of about 400 bytes: more than may wait in one worker.
N_REQUESTS = 3000
N_LATER = 300


@pytest.fixture
def served(example_artifact_dir: Path, tmp_path: Path) -> Iterator[tuple[RunningServer, LogReader]]:
    """Run a server of one worker, and a reader of its log who reads nothing."""
    with run_server_with_reader(example_artifact_dir, tmp_path, WEB_CONCURRENCY="1") as both:
        yield both


def ask(server: RunningServer, n_requests: int, request_id: str = "") -> set[int]:
    """Return the statuses of so many answers."""
    with requests.Session() as session:
        headers = {"X-Request-ID": request_id}
        return {
            session.get(f"{server.url}/nothing", headers=headers, timeout=DEADLINE_SECONDS).status_code
            for _ in range(n_requests)
        }


def reload(server: RunningServer) -> None:
    """Have the server reload, and return once it has other workers than before."""
    before = set(server.list_workers())
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(server.list_workers()) == 1 and before.isdisjoint(server.list_workers()), "a new worker")


def find_ids(content: bytes) -> list[str]:
    """Return the request ids in lines of which each is whole."""
    return [json.loads(line).get("request_id", "") for line in content.splitlines() if line]


def test_everything_goes_on_while_nobody_reads(served: tuple[RunningServer, LogReader]) -> None:
    server, _ = served
    assert ask(server, N_REQUESTS, request_id="x" * 128) == {404}
    reload(server)
    assert ask(server, N_LATER) == {404}
    assert server.stop() == 0


def test_a_reader_who_was_slow_reads_whole_lines_without_anybody_asking_for_more(
    served: tuple[RunningServer, LogReader],
) -> None:
    server, reader = served
    ask(server, N_LATER, request_id="x" * 100)
    reader.stop_up()
    server.process.send_signal(signal.SIGTTIN)  # of which the master says a line, and then starts a worker
    wait_until(lambda: len(server.list_workers()) == 2, "the master's turn")
    content = bytearray()

    def has_read_all() -> bool:
        content.extend(reader.read())
        return content.count(b"x" * 100) == N_LATER and b"Handling signal: ttin" in content

    wait_until(has_read_all, "the lines of the worker and of the master")
    assert find_ids(bytes(content)).count("x" * 100) == N_LATER


def test_it_lives_on_when_its_reader_leaves_and_is_heard_when_one_comes_back(
    served: tuple[RunningServer, LogReader],
) -> None:
    server, reader = served
    ask(server, N_LATER)
    reader.leave()
    assert ask(server, N_LATER, request_id="unheard") == {404}
    reload(server)
    reader.come()
    ask(server, 1, request_id="heard")
    content = bytearray()

    def has_heard() -> bool:
        content.extend(reader.read())
        return b'"heard"' in content

    wait_until(has_heard, "a line")
    assert "unheard" not in find_ids(bytes(content))
    assert server.stop() == 0


def test_the_last_lines_of_a_stop_are_not_lost(served: tuple[RunningServer, LogReader]) -> None:
    server, reader = served
    ask(server, 2 * N_LATER, request_id="x" * 128)  # several times what the pipe holds
    server.process.send_signal(signal.SIGTERM)
    content = bytearray()

    def has_ended() -> bool:
        content.extend(reader.read())
        return server.process.poll() is not None

    wait_until(has_ended, "the end")
    content.extend(reader.read())
    lines = [json.loads(line)["message"] for line in content.splitlines()]
    assert lines[-1] == "Shutting down: Master"
    assert content.count(b"x" * 128) == 2 * N_LATER
