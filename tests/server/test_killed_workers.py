"""Workers that are killed under load, one after the other: what they were answering fails, and nothing else."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import requests

from tests.support.depth import repeats
from tests.support.load import Load, load_on
from tests.support.metric_samples import read_samples
from tests.support.processes import is_running
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, wait_until
from training.dataset import Dataset

N_KILLS = repeats(4, 60)
N_KEPT_ALIVE, N_RECONNECTING = 8, 8
# Between two kills, so that there is a load to be disturbed.
N_ANSWERS = 100


def kill_a_worker(server: RunningServer) -> tuple[float, float]:
    """Kill a worker once all serve; return between which moments it ended, by the monotonic clock."""
    wait_until(lambda: count_ready(server) == 2 and len(server.list_workers()) == 2, "both workers serve")
    victim = server.list_workers()[0]
    began = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: not is_running(victim), "the worker is gone")
    return began, time.monotonic()


def count_ready(server: RunningServer) -> float:
    """Return how many workers say that they serve."""
    text = requests.get(f"{server.url}/metrics", timeout=DEADLINE_SECONDS).text
    return read_samples(text, "workers_ready").get((), 0.0)


def wait_for_answers(load: Load) -> None:
    """Return once so many more requests have been answered."""
    before = sum(load.answers.values())
    wait_until(lambda: sum(load.answers.values()) >= before + N_ANSWERS, "the load goes on")


def test_a_killed_worker_takes_with_it_what_it_was_answering_and_nothing_else(
    example_artifact_dir: Path, example_dataset: Dataset, tmp_path: Path
) -> None:
    instance, kills = example_dataset.X[0].tolist(), []
    with (
        run_server(example_artifact_dir, tmp_path) as server,
        load_on(server.port, instance, n_kept_alive=N_KEPT_ALIVE, n_reconnecting=0) as kept_alive,
        load_on(server.port, instance, n_kept_alive=0, n_reconnecting=N_RECONNECTING) as reconnecting,
    ):
        for _ in range(N_KILLS):
            kills.append(kill_a_worker(server))
            for load in (kept_alive, reconnecting):
                wait_for_answers(load)
        wait_until(lambda: count_ready(server) == 2, "both workers serve")
    print(f"{N_KILLS} kills: {len(kept_alive.failures)} requests failed on {N_KEPT_ALIVE} connections that are kept,")
    print(f"{len(reconnecting.failures)} of {N_RECONNECTING} clients that connect for each.")
    # Nothing was answered wrongly.
    assert len(kept_alive.answers) == len(reconnecting.answers) == 1
    for load in (kept_alive, reconnecting):
        assert len(load.failures) == len(load.failed_spans)  # each was cut off, none refused
    # Of a connection that is kept, the request that comes next may be the one that finds it gone.
    assert len(kept_alive.failures) <= N_KEPT_ALIVE * N_KILLS
    assert [span for span in reconnecting.failed_spans if not any(overlaps(span, kill) for kill in kills)] == []


def overlaps(span: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether two spans of time have a moment in common."""
    return span[0] <= other[1] and other[0] <= span[1]
