from __future__ import annotations

import errno
import logging
import os
import re
from collections.abc import Iterator

import pytest

from app.logs import count_dropped_lines, finish_log, flush_log, handler
from app.logs.handler import NonBlockingHandler
from app.logs.outlet import Outlet


class NarrowOutlet(Outlet):
    """An outlet that takes `room` bytes, or fails with `error`, and keeps what it takes."""

    def __init__(self, room: int = 1_000_000) -> None:
        super().__init__()
        self.room = room
        self.error: OSError | None = None
        self.taken = b""
        self.n_waits = 0

    def write(self, content: bytes) -> int:
        """Take what there is room for."""
        if self.error:
            raise self.error
        part = content[: self.room]
        if not part:
            raise BlockingIOError
        self.room -= len(part)
        self.taken += part
        return len(part)

    def wait(self, seconds: float) -> None:
        """Find room for ten bytes more."""
        self.n_waits += 1
        self.room += 10


@pytest.fixture
def outlet() -> NarrowOutlet:
    """Return an outlet with much room."""
    return NarrowOutlet()


@pytest.fixture
def logger(outlet: NarrowOutlet) -> Iterator[logging.Logger]:
    """Return the root logger, with a handler that writes to `outlet` alone."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    root.handlers = [NonBlockingHandler(outlet)]
    root.setLevel("INFO")
    yield root
    root.handlers, level = before
    root.setLevel(level)


def test_writes_each_line_at_once(logger: logging.Logger, outlet: NarrowOutlet) -> None:
    logger.info("one")
    assert outlet.taken == b"one\n"
    logger.info("two")
    assert outlet.taken == b"one\ntwo\n"


def test_writes_what_is_no_text_as_it_can(outlet: NarrowOutlet) -> None:
    alone = logging.Logger("alone")  # pytest keeps what the others log, and its workers cannot hand this on
    alone.addHandler(NonBlockingHandler(outlet))
    alone.info("two \udcff")
    assert outlet.taken == b"two \\udcff\n"


def test_lines_that_were_not_taken_come_whole_and_in_order_before_later_ones(
    logger: logging.Logger, outlet: NarrowOutlet
) -> None:
    outlet.room = 6
    logger.info("one")
    logger.info("two")
    logger.info("three")
    assert outlet.taken == b"one\ntw"
    outlet.room = 1000
    logger.info("four")
    assert outlet.taken == b"one\ntwo\nthree\nfour\n"
    assert count_dropped_lines() == 0


def test_a_flush_writes_what_is_taken_and_waits_for_nothing(logger: logging.Logger, outlet: NarrowOutlet) -> None:
    outlet.room = 0
    logger.info("one")
    flush_log()
    assert outlet.taken == b""
    outlet.room = 1000
    flush_log()
    assert (outlet.taken, outlet.n_waits) == (b"one\n", 0)


def test_new_lines_are_dropped_and_counted_where_too_many_wait(
    logger: logging.Logger, outlet: NarrowOutlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "MAX_WAITING_LINES", 2)
    outlet.room = 0
    for word in ("one", "two", "three", "four"):
        logger.info(word)
    assert count_dropped_lines() == 2
    outlet.room = 1000
    logger.info("five")
    assert outlet.taken == b"one\ntwo\nfive\n"


def test_new_lines_are_dropped_where_those_that_wait_are_too_long(
    logger: logging.Logger, outlet: NarrowOutlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "MAX_WAITING_BYTES", 10)
    outlet.room = 2
    for word in ("one", "seventh", "longest"):  # 2 bytes are written, 2 + 8 wait
        logger.info(word)
    outlet.room = 1000
    flush_log()
    assert (outlet.taken, count_dropped_lines()) == (b"one\nseventh\n", 1)


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EBADF, errno.ENOSPC, errno.EIO])
def test_what_nobody_will_take_is_dropped_and_counted_and_later_lines_are_written(
    logger: logging.Logger, outlet: NarrowOutlet, number: int
) -> None:
    outlet.room = 0
    logger.info("one")
    outlet.room, outlet.error = 1000, OSError(number, "gone")
    logger.info("two")
    assert count_dropped_lines() == 2
    outlet.error = None
    logger.info("three")
    assert outlet.taken == b"three\n"


def test_the_rest_of_a_line_that_was_dropped_is_not_taken_for_the_next(
    logger: logging.Logger, outlet: NarrowOutlet
) -> None:
    outlet.room = 2
    logger.info("one")
    outlet.room, outlet.error = 1000, OSError(errno.ENOSPC, "full")
    flush_log()
    outlet.error = None
    logger.info("two")
    assert outlet.taken == b"on\ntwo\n"


def test_the_end_of_a_process_waits_for_its_last_lines(logger: logging.Logger, outlet: NarrowOutlet) -> None:
    outlet.room = 0
    logger.info("a line of thirty bytes or so ...")
    finish_log()
    assert (outlet.taken, outlet.n_waits) == (b"a line of thirty bytes or so ...\n", 4)


def test_a_handler_that_is_closed_has_written_its_last_lines(logger: logging.Logger, outlet: NarrowOutlet) -> None:
    outlet.room = 0
    logger.info("last")
    logger.handlers[0].close()
    assert outlet.taken == b"last\n"


def test_the_end_of_a_process_waits_no_longer_than_it_may(
    logger: logging.Logger, outlet: NarrowOutlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlet.room = -1_000_000_000
    moments = iter(range(100))
    monkeypatch.setattr("app.logs.handler.time.monotonic", lambda: next(moments) / 4)
    monkeypatch.setattr(NarrowOutlet, "write", lambda *_: (_ for _ in ()).throw(BlockingIOError))
    logger.info("one")
    finish_log()
    assert outlet.n_waits == 3


def test_a_child_writes_none_of_its_parents_lines_and_counts_its_own(
    logger: logging.Logger, outlet: NarrowOutlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "MAX_WAITING_LINES", 1)
    outlet.room = 0
    logger.info("of the parent")
    logger.info("dropped by the parent")
    child = os.fork()
    if child == 0:
        outlet.room = 1000
        logger.info("of the child")
        os._exit(int((outlet.taken, count_dropped_lines()) != (b"of the child\n", 0)))
    assert os.waitpid(child, 0)[1] == 0
    assert count_dropped_lines() == 1
    outlet.room = 1000
    flush_log()
    assert outlet.taken == b"of the parent\n"


def test_a_faulty_line_says_where_it_is_and_not_what_it_was_given(outlet: NarrowOutlet) -> None:
    record = logging.LogRecord("app", logging.INFO, __file__, 1, "%d instances", ("secret",), None)
    NonBlockingHandler(outlet).handle(record)
    assert re.fullmatch(rb"A log line of /\S+/test_handler\.py:\d+ is faulty: TypeError\.\n", outlet.taken)
