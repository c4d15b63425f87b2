"""The records that wait to be written: few enough, in number and in bytes, for any memory."""

from __future__ import annotations

import threading
from collections import deque

from app.prediction_log.record import PredictionRecord

MAX_RECORDS = 10_000
MAX_BYTES = 32 * 1024 * 1024

# What a record takes beside its numbers: itself, three arrays, a time and two texts.
_OVERHEAD_BYTES = 1024


class RecordQueue:
    """Holds records from the threads that answer for the one that writes. Nobody ever waits to put one in."""

    def __init__(self, max_records: int = MAX_RECORDS, max_bytes: int = MAX_BYTES) -> None:
        self.n_refused = 0
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._records: deque[PredictionRecord] = deque()
        self._n_bytes = 0
        self._is_closed = False
        self._lock = threading.Lock()
        self._has_any = threading.Event()

    def put(self, record: PredictionRecord) -> None:
        """Take `record` in, or refuse and count it where the queue is full or closed."""
        n_bytes = record.n_bytes + _OVERHEAD_BYTES
        with self._lock:
            n_records = len(self._records)
            if self._is_closed or n_records >= self._max_records or self._n_bytes + n_bytes > self._max_bytes:
                self.n_refused += 1
                return
            self._records.append(record)
            self._n_bytes += n_bytes
        if not n_records:
            self._has_any.set()

    def take(self) -> PredictionRecord | None:
        """Return the oldest record, which is no longer in the queue then; `None` where there is none."""
        with self._lock:
            if not self._records:
                if not self._is_closed:
                    self._has_any.clear()
                return None
            record = self._records.popleft()
            self._n_bytes -= record.n_bytes + _OVERHEAD_BYTES
            return record

    def wait(self, timeout_seconds: float | None) -> None:
        """Return once there is a record, the queue is closed, or the time is over."""
        self._has_any.wait(timeout_seconds)

    def close(self) -> None:
        """Refuse every further record; what is in the queue can still be taken."""
        with self._lock:
            self._is_closed = True
            self._has_any.set()
