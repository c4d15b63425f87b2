"""The prediction log of the real server: what it holds after load, deaths, reloads and full disks."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from app.artifacts import Artifact
from app.prediction_log.reading import PredictionRecord, read_predictions
from app.server.control import reload_server
from tests.support.prediction_logs import list_names
from tests.support.running_server import DEADLINE_SECONDS, ROOT, RunningServer, run_server, start_server, wait_until
from tests.support.unprivileged import LAUNCHER
from training.dataset import Dataset

N_CLIENTS = 6
# What a killed worker may lose: the last second of what it has answered.
LOSS_SECONDS = 1.0


@dataclass
class Asked:
    """What clients have asked: when each request was answered, by its id, in seconds of the monotonic clock."""

    answered_at: dict[str, float] = field(default_factory=dict)
    n_failures: int = 0
    _is_over: threading.Event = field(default_factory=threading.Event)

    def ask_without_pause(self, url: str, body: dict[str, Any], client: int) -> None:
        """Ask until it is over, with an id of its own for each request."""
        with requests.Session() as session:
            for number in itertools.count():
                if self._is_over.is_set():
                    return
                request_id = f"{client}-{number}"
                try:
                    answer = session.post(
                        url, json=body, headers={"X-Request-ID": request_id}, timeout=DEADLINE_SECONDS
                    )
                except requests.RequestException:
                    self.n_failures += 1
                    continue
                if answer.status_code == 200:
                    self.answered_at[request_id] = time.monotonic()

    def end(self) -> None:
        """Have every client end after its request."""
        self._is_over.set()


@contextmanager
def asking(server: RunningServer, path: str, body: dict[str, Any]) -> Iterator[Asked]:
    """Keep the server busy until the `with` block ends."""
    asked = Asked()
    with ThreadPoolExecutor(N_CLIENTS) as clients:
        try:
            for client in range(N_CLIENTS):
                clients.submit(asked.ask_without_pause, f"{server.url}{path}", body, client)
            yield asked
        finally:
            asked.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the predictions, which is not there yet."""
    return tmp_path / "predictions"


def read_all(folder: Path) -> dict[str, PredictionRecord]:
    """Return the records by request id; each id is there once."""
    records = list(read_predictions(folder))
    by_id = {record.request_id: record for record in records}
    assert len(by_id) == len(records)
    return by_id


def has_open_file(folder: Path) -> bool:
    return any(name.endswith(".open") for name in list_names(folder))


def test_holds_every_answer_of_a_server_that_is_stopped_under_load(
    example_artifact_dir: Path, tmp_path: Path, folder: Path, example_dataset: Dataset
) -> None:
    body = {"features": example_dataset.X[0].tolist()}
    with run_server(example_artifact_dir, tmp_path, PREDICTION_LOG_DIR=str(folder)) as server:
        with asking(server, "/predict", body) as asked:
            wait_until(lambda: len(asked.answered_at) > 500, "load")
            assert server.stop() == 0
    assert not has_open_file(folder)
    assert asked.answered_at.keys() <= read_all(folder).keys()


def test_holds_what_the_estimator_answers_bit_for_bit(
    example_artifact_dir: Path, tmp_path: Path, folder: Path, example_dataset: Dataset, example_artifact: Artifact
) -> None:
    X = example_dataset.X[:512]
    with run_server(example_artifact_dir, tmp_path, PREDICTION_LOG_DIR=str(folder)) as server:
        for _ in range(4):
            body = {"instances": X.tolist()}
            assert requests.post(f"{server.url}/predict/batch", json=body, timeout=DEADLINE_SECONDS).status_code == 200
    preprocessor, estimator = example_artifact.unpickle()
    expected = estimator.predict_proba(preprocessor.transform(X))
    records = read_all(folder).values()
    assert [record.instances.tobytes() == X.tobytes() for record in records] == [True] * 4
    assert [record.probabilities.tobytes() == expected.tobytes() for record in records] == [True] * 4
    assert all(np.array_equal(record.labels, estimator.predict(preprocessor.transform(X))) for record in records)


def test_loses_at_most_the_last_second_of_workers_that_are_killed(
    example_artifact_dir: Path, tmp_path: Path, folder: Path, example_dataset: Dataset
) -> None:
    body = {"features": example_dataset.X[0].tolist()}
    kills = []
    with run_server(example_artifact_dir, tmp_path, PREDICTION_LOG_DIR=str(folder)) as server:
        with asking(server, "/predict", body) as asked:
            for _ in range(4):
                enough = len(asked.answered_at) + random.randrange(100, 600)
                wait_until(lambda: len(server.list_workers()) == 2 and len(asked.answered_at) > enough, "load")
                with suppress(ProcessLookupError):
                    os.kill(random.choice(server.list_workers()), signal.SIGKILL)
                kills.append(time.monotonic())
            assert reload_server(f"127.0.0.1:{server.port}", DEADLINE_SECONDS).refusal is None
        wait_until(lambda: len(server.list_workers()) == 2, "the old workers have left")
        assert server.stop() == 0
    assert not has_open_file(folder)
    lost = [asked.answered_at[request_id] for request_id in asked.answered_at.keys() - read_all(folder).keys()]
    assert [moment for moment in lost if not any(kill - LOSS_SECONDS <= moment <= kill + 0.1 for kill in kills)] == []


def test_the_folder_stays_within_its_limit(
    example_artifact_dir: Path, tmp_path: Path, folder: Path, example_dataset: Dataset
) -> None:
    body = {"instances": example_dataset.X[:128].tolist()}
    limits = {"PREDICTION_LOG_DIR": str(folder), "PREDICTION_LOG_MAX_BYTES": "1048576"}
    with run_server(example_artifact_dir, tmp_path, **limits) as server:
        with asking(server, "/predict/batch", body):
            wait_until(lambda: "Removed the oldest predictions" in server.read_log(), "the limit is reached")
    assert sum((folder / name).stat().st_size for name in list_names(folder)) <= 1_048_576
    assert len(read_all(folder)) > 0


def test_answers_while_the_folder_is_gone_and_keeps_predictions_again_afterwards(
    example_artifact_dir: Path, tmp_path: Path, folder: Path, example_dataset: Dataset
) -> None:
    body = {"features": example_dataset.X[0].tolist()}
    with run_server(example_artifact_dir, tmp_path, PREDICTION_LOG_DIR=str(folder), WEB_CONCURRENCY="1") as server:
        with asking(server, "/predict", body) as asked:
            wait_until(lambda: has_open_file(folder), "the first predictions")
            folder.rename(tmp_path / "elsewhere")
            folder.touch()
            wait_until(lambda: "Predictions cannot be kept in" in server.read_log(), "the trouble is told")
            folder.unlink()
            wait_until(lambda: "Predictions are kept again in" in server.read_log(), "predictions are kept again")
        server.stop()
        log = server.read_log()
    assert (asked.n_failures, log.count("cannot be kept"), log.count("kept again")) == (0, 1, 1)
    assert len(read_all(folder)) > 0


def test_answers_while_the_disk_is_full(
    example_artifact_dir: Path, tmp_path: Path, folder: Path, example_dataset: Dataset
) -> None:
    body = {"instances": example_dataset.X[:64].tolist()}
    # The kernel refuses files of more than 4 MiB, of the log and of everything else, with an error like a full disk's.
    full = ["bash", "-c", 'ulimit -f 4096; exec "$@"', "bash"]
    variables = {"PREDICTION_LOG_DIR": str(folder), "WEB_CONCURRENCY": "1", "LOG_LEVEL": "warning"}
    with run_server(example_artifact_dir, tmp_path, full, **variables) as server:
        with asking(server, "/predict/batch", body) as asked:
            wait_until(lambda: "File too large" in server.read_log() and len(asked.answered_at) > 100, "a full disk")
        assert server.stop() == 0
    assert (asked.n_failures, has_open_file(folder)) == (0, False)
    assert 0 < len(read_all(folder)) < len(asked.answered_at)


@pytest.mark.parametrize("kind", ["a file", "not writable"])
def test_does_not_start_where_predictions_cannot_be_kept(
    example_artifact_dir: Path, tmp_path: Path, folder: Path, kind: str
) -> None:
    if kind == "a file":
        folder.touch()
    else:
        folder.mkdir(mode=0o500)
    with start_server(example_artifact_dir, tmp_path, LAUNCHER, PREDICTION_LOG_DIR=str(folder)) as server:
        assert server.process.wait(DEADLINE_SECONDS) == 1
        (line,) = [line for line in server.read_log().splitlines() if '"level":"critical"' in line]
    assert f"Predictions cannot be kept in {folder}: " in line and "Have PREDICTION_LOG_DIR name a folder" in line


def test_keeps_nothing_where_nothing_is_asked_for(server: RunningServer, example_dataset: Dataset) -> None:
    body = {"features": example_dataset.X[0].tolist()}
    assert requests.post(f"{server.url}/predict", json=body, timeout=DEADLINE_SECONDS).status_code == 200
    assert list(ROOT.glob("predictions*")) == []
