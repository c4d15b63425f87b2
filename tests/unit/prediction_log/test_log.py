from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.model.predictor import BatchPrediction
from app.prediction_log.log import PredictionLog
from app.prediction_log.log_files import LogFiles
from app.prediction_log.reading import read_predictions
from app.prediction_log.record_queue import RecordQueue
from tests.support.prediction_logs import list_names
from tests.support.running_server import DEADLINE_SECONDS, wait_until

INSTANCES = np.array([[0.1, 0.2]])
ANSWERS = BatchPrediction({"labels": np.array([1]), "probabilities": np.array([[0.25, 0.75]])}, "v1")


class SlowFiles(LogFiles):
    """Files on a disk that stands still until it is told to go on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 2**30)
        self.is_writing = threading.Event()
        self.may_go_on = threading.Event()

    def write(self, lines: bytes) -> int:
        """Write `lines` once that is allowed."""
        self.is_writing.set()
        self.may_go_on.wait(DEADLINE_SECONDS)
        return super().write(lines)


@pytest.fixture
def start(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., PredictionLog]:
    """Return what starts a log, which is closed at the end of the test."""

    def start(files: LogFiles | None = None, queue: RecordQueue | None = None) -> PredictionLog:
        log = PredictionLog(files or LogFiles(tmp_path, 2**30), queue)
        request.addfinalizer(lambda: log.close(DEADLINE_SECONDS))
        return log

    return start


def read_ids(folder: Path) -> list[str]:
    return [record.request_id for record in read_predictions(folder)]


def test_writes_what_it_is_given_within_a_moment(start: Callable[..., PredictionLog], tmp_path: Path) -> None:
    log = start()
    log.keep("a", INSTANCES, ANSWERS)
    wait_until(lambda: log.n_written == 1, "the record is written")
    (record,) = read_predictions(tmp_path)
    assert (record.request_id, record.model_version, record.labels.tolist()) == ("a", "v1", [1])
    assert (record.instances.tolist(), record.probabilities.tolist()) == ([[0.1, 0.2]], [[0.25, 0.75]])


def test_at_its_end_everything_is_in_a_closed_file(start: Callable[..., PredictionLog], tmp_path: Path) -> None:
    log = start()
    ids = [str(number) for number in range(2000)]
    for request_id in ids:
        log.keep(request_id, INSTANCES, ANSWERS)
    assert log.close()
    assert (read_ids(tmp_path), [name.endswith(".jsonl") for name in list_names(tmp_path)]) == (ids, [True])
    assert (log.n_written, log.n_dropped) == (2000, 0)


def test_drops_and_counts_what_comes_too_fast_and_never_waits(
    start: Callable[..., PredictionLog], tmp_path: Path
) -> None:
    files = SlowFiles(tmp_path)
    log = start(files, RecordQueue(max_records=3))
    log.keep("first", INSTANCES, ANSWERS)
    assert files.is_writing.wait(DEADLINE_SECONDS)
    for number in range(10):
        log.keep(str(number), INSTANCES, ANSWERS)
    assert log.n_dropped == 7
    files.may_go_on.set()
    assert log.close(DEADLINE_SECONDS)
    assert (read_ids(tmp_path), log.n_written) == (["first", "0", "1", "2"], 4)


def test_its_end_does_not_wait_for_a_disk_that_stands_still(
    start: Callable[..., PredictionLog], tmp_path: Path
) -> None:
    files = SlowFiles(tmp_path)
    log = start(files)
    log.keep("a", INSTANCES, ANSWERS)
    assert not log.close(timeout_seconds=0.1)
    files.may_go_on.set()


def test_drops_and_counts_what_the_disk_does_not_take(start: Callable[..., PredictionLog], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = start(LogFiles(tmp_path / "file", 2**30))
    for _ in range(5):
        log.keep("a", INSTANCES, ANSWERS)
    assert log.close()
    assert (log.n_written, log.n_dropped) == (0, 5)


def test_a_prediction_that_has_no_line_is_dropped_and_the_next_is_written(
    start: Callable[..., PredictionLog], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = start()
    log.keep("strange", INSTANCES, BatchPrediction({"labels": np.array([1j])}, "v1"))
    log.keep("plain", INSTANCES, ANSWERS)
    assert log.close()
    assert (read_ids(tmp_path), log.n_written, log.n_dropped) == (["plain"], 1, 1)
    assert caplog.messages == ["A prediction cannot be written down."]


def test_a_failure_that_nobody_foresaw_costs_no_more_than_the_lines_it_was_at(
    start: Callable[..., PredictionLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = LogFiles(tmp_path, 2**30)
    write = files.write
    failures = [MemoryError()]

    def fail_once(lines: bytes) -> int:
        if failures:
            raise failures.pop()
        return write(lines)

    monkeypatch.setattr(files, "write", fail_once)
    log = start(files)
    log.keep("lost", INSTANCES, ANSWERS)
    wait_until(lambda: log.n_dropped == 1, "the first is dropped")
    log.keep("kept", INSTANCES, ANSWERS)
    assert log.close()
    assert (read_ids(tmp_path), log.n_written, log.n_dropped) == (["kept"], 1, 1)
