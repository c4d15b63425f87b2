"""The handler of the log: nothing that becomes of the log's reader slows or stops whoever logs.

It needs no thread, which the master, that forks, must not have: a line that cannot be written waits, and is written
with a later one or when the process comes by to flush.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from app.logs.outlet import Outlet

# What may wait in each process.
MAX_WAITING_LINES = 10_000
MAX_WAITING_BYTES = 1024 * 1024
# How long the end of a process may be delayed by lines that wait.
FINISH_SECONDS = 1.0


class NonBlockingHandler(logging.Handler):
    """Writes each line at once, or keeps it until it can be written; where there are too many, new ones are dropped."""

    def __init__(self, outlet: Outlet | None = None) -> None:
        super().__init__()
        self.n_dropped = 0
        self._outlet = outlet or Outlet()
        self._waiting: deque[bytes] = deque()
        self._n_waiting_bytes = 0
        self._is_begun = False  # whether a part of the first line that waits has been written
        self._is_torn = False  # whether the last thing written is a part of a line that was dropped

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of `record`, now or later."""
        line = self._encode(record)
        self._write_waiting()
        if self._is_torn:
            line = b"\n" + line
        if len(self._waiting) >= MAX_WAITING_LINES or self._n_waiting_bytes + len(line) > MAX_WAITING_BYTES:
            self.n_dropped += 1
            return
        self._is_torn = False
        self._waiting.append(line)
        self._n_waiting_bytes += len(line)
        self._write_waiting()

    def flush(self) -> None:
        """Write of what waits as much as is taken at once."""
        with self._locked():
            self._write_waiting()

    def finish(self, seconds: float = FINISH_SECONDS) -> None:
        """Write what waits, and wait for that, but for no longer than so."""
        deadline = time.monotonic() + seconds
        with self._locked():
            self._write_waiting()
            while self._waiting and (remaining := deadline - time.monotonic()) > 0:
                self._outlet.wait(remaining)
                self._write_waiting()

    def close(self) -> None:
        """Write what waits, and close what was opened."""
        self.finish()
        self._outlet.reopen()
        super().close()

    def forget(self) -> None:
        """Begin anew, as in a forked process: the lines that wait are its parent's to write, and to count."""
        self._drop_waiting()
        self.n_dropped = 0
        self._is_torn = False
        self._outlet.reopen()

    def _encode(self, record: logging.LogRecord) -> bytes:
        try:
            line = self.format(record)
        except Exception as error:  # a defect where the line is logged, which must not become one of the answer
            place = f"{record.pathname}:{record.lineno}"
            line = self.format(_build_record(record, f"A log line of {place} is faulty: {type(error).__name__}."))
        return line.encode("utf-8", "backslashreplace") + b"\n"

    def _write_waiting(self) -> None:
        while self._waiting:
            line = self._waiting[0]
            try:
                n_written = self._outlet.write(line)
            except BlockingIOError:
                return
            except OSError:  # nobody reads any more, or the disk is full
                self._drop_waiting()
                return
            self._n_waiting_bytes -= n_written
            self._is_begun = n_written < len(line)
            if self._is_begun:
                self._waiting[0] = line[n_written:]
            else:
                self._waiting.popleft()

    def _drop_waiting(self) -> None:
        self.n_dropped += len(self._waiting)
        self._is_torn = self._is_torn or self._is_begun
        self._is_begun = False
        self._waiting.clear()
        self._n_waiting_bytes = 0

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.acquire()
        try:
            yield
        finally:
            self.release()


def _build_record(record: logging.LogRecord, message: str) -> logging.LogRecord:
    """Return a record of the same time and logger, with another message and without an exception."""
    return logging.makeLogRecord({**record.__dict__, "msg": message, "args": (), "exc_info": None, "facts": {}})


def flush_log() -> None:
    """Write of what waits in this process as much as is taken at once; to be called about once a second."""
    for handler in _list_handlers():
        handler.flush()


def finish_log() -> None:
    """Write what waits in this process, for about a second at most; to be called before a process ends."""
    for handler in _list_handlers():
        handler.finish()


def count_dropped_lines() -> int:
    """Return how many lines this process has dropped because nobody took them."""
    return sum(handler.n_dropped for handler in _list_handlers())


def _list_handlers() -> list[NonBlockingHandler]:
    return [handler for handler in logging.getLogger().handlers if isinstance(handler, NonBlockingHandler)]


def _forget_in_child() -> None:
    for handler in _list_handlers():
        handler.forget()


os.register_at_fork(after_in_child=_forget_in_child)
