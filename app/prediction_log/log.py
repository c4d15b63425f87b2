"""The prediction log of one process: a queue, and a thread that writes what is in it."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from app.columns.table import Rows
from app.outputs.prediction import BatchPrediction
from app.prediction_log.log_files import LogFiles
from app.prediction_log.record import PredictionRecord, encode_line
from app.prediction_log.record_queue import RecordQueue

# Records are gathered for so long and then written together: a thread that woke for each would cost every request.
GATHER_SECONDS = 0.05
CLOSE_TIMEOUT_SECONDS = 2.0

_CHUNK_BYTES = 256 * 1024
_logger = logging.getLogger(__name__)


class PredictionLog:
    """Keeps predictions for a process, which makes it after any fork and closes it at the end."""

    def __init__(self, files: LogFiles, queue: RecordQueue | None = None) -> None:
        self._files = files
        self._queue = queue or RecordQueue()
        self._closing = threading.Event()
        self._n_written = self._n_lost = 0
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._thread.start()

    @property
    def n_written(self) -> int:
        """How many records have been written."""
        return self._n_written

    @property
    def n_dropped(self) -> int:
        """How many records will never be written: the queue was full or closed, or the disk took no more."""
        return self._queue.n_refused + self._n_lost

    def keep(self, request_id: str, instances: Rows, answers: BatchPrediction) -> None:
        """Have an answered request written. Returns at once; nobody may change the arrays any more."""
        self._queue.put(
            PredictionRecord(datetime.now(UTC), request_id, answers.model_version, instances, answers.arrays)
        )

    def close(self, timeout_seconds: float = CLOSE_TIMEOUT_SECONDS) -> bool:
        """Write what waits and close the file; return whether there was time for that."""
        self._queue.close()
        self._closing.set()
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._files.tidy()
        while not self._closing.is_set():
            self._queue.wait(self._files.wait_seconds())
            self._closing.wait(GATHER_SECONDS)
            self._write_queued()
            self._files.tend()
        self._write_queued()
        self._files.close()

    def _write_queued(self) -> None:
        lines: list[bytes] = []
        n_bytes = 0
        while (record := self._queue.take()) is not None:
            try:
                lines.append(encode_line(record))
            except Exception:  # whatever an estimator answers with, the records after it are to be written
                self._n_lost += 1
                _logger.exception("A prediction cannot be written down.")
                continue
            n_bytes += len(lines[-1])
            if n_bytes >= _CHUNK_BYTES:
                self._write(lines)
                lines, n_bytes = [], 0
        if lines:
            self._write(lines)

    def _write(self, lines: list[bytes]) -> None:
        n_written = 0
        try:
            n_written = self._files.write(b"".join(lines))
        except Exception:  # no memory, for one: there may be some for the next lines
            _logger.exception("Predictions cannot be kept.")
        self._n_written += n_written
        self._n_lost += len(lines) - n_written
