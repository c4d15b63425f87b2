from __future__ import annotations

import errno
import os
import pty
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.logs.outlet import Outlet
from tests.support.running_server import DEADLINE_SECONDS, ROOT

LINE = b"x" * 999 + b"\n"


@pytest.fixture
def descriptors() -> Iterator[list[int]]:
    """Return a list of descriptors that are closed after the test, where they are open."""
    opened: list[int] = []
    yield opened
    for descriptor in opened:
        with suppress(OSError):
            os.close(descriptor)


def open_pair(kind: str, opened: list[int]) -> tuple[int, int]:
    """Return the descriptor to read from, and the one to write to, of a new pipe, terminal or socket."""
    if kind == "socket":
        reader, writer = (end.detach() for end in socket.socketpair())
    else:
        reader, writer = os.pipe() if kind == "pipe" else pty.openpty()
    opened += [reader, writer]
    return reader, writer


def fill(outlet: Outlet) -> int:
    """Write lines until no more is taken, and return how many bytes were."""
    n_bytes = 0
    with suppress(BlockingIOError):
        while True:
            n_bytes += outlet.write(LINE)
    return n_bytes


@pytest.mark.parametrize("kind", ["pipe", "terminal", "socket"])
def test_takes_no_more_than_there_is_room_for_and_goes_on_once_there_is(kind: str, descriptors: list[int]) -> None:
    reader, writer = open_pair(kind, descriptors)
    outlet = Outlet(writer)
    assert fill(outlet) > 1000
    os.set_blocking(reader, False)
    with suppress(BlockingIOError):
        while os.read(reader, 65536):
            pass
    assert outlet.write(LINE) == len(LINE)


@pytest.mark.parametrize("kind", ["pipe", "terminal", "socket"])
def test_leaves_the_descriptor_that_it_shares_as_it_was(kind: str, descriptors: list[int]) -> None:
    _, writer = open_pair(kind, descriptors)
    Outlet(writer).write(LINE)
    assert os.get_blocking(writer)


def test_waits_for_nobody_where_a_pipe_cannot_be_opened_again(
    descriptors: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, writer = open_pair("pipe", descriptors)

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "of another user")

    monkeypatch.setattr("app.logs.outlet.os.open", refuse)
    assert fill(Outlet(writer)) >= 4096
    assert not select.select([], [writer], [], 0)[1]


def test_waits_with_a_line_where_no_descriptor_is_left(descriptors: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    _, writer = open_pair("pipe", descriptors)

    def refuse(*_: object) -> int:
        raise OSError(errno.EMFILE, "too many")

    monkeypatch.setattr("app.logs.outlet.os.open", refuse)
    with pytest.raises(BlockingIOError):
        Outlet(writer).write(LINE)


def test_writes_on_where_the_end_of_a_file_is(tmp_path: Path, descriptors: list[int]) -> None:
    descriptors.append(os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT))
    outlet = Outlet(descriptors[0])
    assert [outlet.write(b"a\n"), outlet.write(b"b\n")] == [2, 2]
    assert (tmp_path / "log").read_text() == "a\nb\n"


def test_says_that_nobody_reads(descriptors: list[int]) -> None:
    reader, writer = open_pair("pipe", descriptors)
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        Outlet(writer).write(LINE)


def test_finds_the_reader_of_a_named_pipe_whenever_it_comes_back(tmp_path: Path, descriptors: list[int]) -> None:
    os.mkfifo(tmp_path / "fifo")
    descriptors += [os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK), os.open(tmp_path / "fifo", os.O_WRONLY)]
    os.close(descriptors[0])
    outlet = Outlet(descriptors[1])
    for _ in range(2):
        with pytest.raises(OSError, match="No such device|Broken pipe"):
            outlet.write(LINE)
        reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        assert outlet.write(LINE) == len(LINE)
        assert os.read(reader, 9999) == LINE
        os.close(reader)


def test_opens_anew_what_was_closed_behind_its_back(descriptors: list[int]) -> None:
    reader, writer = open_pair("pipe", descriptors)
    outlet = Outlet(writer)
    outlet.write(b"a\n")
    (own,) = [fd for fd in map(int, os.listdir("/proc/self/fd")) if fd > writer and is_same(fd, writer)]
    os.close(own)
    with pytest.raises(OSError, match="Bad file descriptor"):
        outlet.write(b"b\n")
    assert outlet.write(b"c\n") == 2
    assert os.read(reader, 99) == b"a\nc\n"
    outlet.reopen()


def is_same(one: int, other: int) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.fstat(one), os.fstat(other))
    return False


def test_writes_nowhere_when_standard_error_was_closed_from_the_start(tmp_path: Path) -> None:
    code = f"""
from app.logs.outlet import Outlet
import os
taken = os.open({str(tmp_path / "taken")!r}, os.O_WRONLY | os.O_CREAT)
while taken < 2: taken = os.dup(taken)
try:
    Outlet().write(b"a line")
except OSError as error:
    print(error.errno)
"""
    command = ["bash", "-c", 'exec "$@" 2>&-', "bash", sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=DEADLINE_SECONDS)
    assert (ended.stdout, (tmp_path / "taken").read_text()) == (f"{errno.EBADF}\n", "")
