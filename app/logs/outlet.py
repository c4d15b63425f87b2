"""Where the lines of the log go: standard error, written to without ever waiting for whoever reads it."""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import suppress

_STANDARD_ERROR = 2
# O_NOCTTY: a terminal that is opened must not become the one that controls this process.
_REOPENING = os.O_WRONLY | os.O_NONBLOCK | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY
_NO_DESCRIPTOR_LEFT = {errno.EMFILE, errno.ENFILE}


class Outlet:
    """Writes to what a descriptor is open for, and never waits there.

    A pipe or a terminal is opened a second time: O_NONBLOCK on the descriptor itself would hold for all who share it,
    the shell for one.
    """

    def __init__(self, descriptor: int = _STANDARD_ERROR) -> None:
        self._shared = descriptor
        self._own: int | None = None
        self._write: Callable[[bytes], int] | None = None

    def write(self, content: bytes) -> int:
        """Write as much of `content` as is taken at once, and return how many bytes that was.

        Raises `BlockingIOError` when it is none, and another `OSError` when nothing can be written at all.
        """
        try:
            write = self._write or self._open()
            return write(content)
        except OSError as error:
            if error.errno == errno.EBADF:
                self._own = self._write = None
            raise

    def wait(self, seconds: float) -> None:
        """Return once something can be written, or after so long."""
        poll = select.poll()
        poll.register(self._shared if self._own is None else self._own, select.POLLOUT)
        poll.poll(max(seconds, 0) * 1000)

    def reopen(self) -> None:
        """Have the next `write` open anew, as after a fork: what was opened before may be closed here any time."""
        if self._own is not None:
            with suppress(OSError):
                os.close(self._own)
        self._own = self._write = None

    def _open(self) -> Callable[[bytes], int]:
        if self._shared == _STANDARD_ERROR and sys.__stderr__ is None:  # closed from the start: it may be anything now
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        mode = os.fstat(self._shared).st_mode
        if stat.S_ISSOCK(mode):
            self._write = self._send
        elif stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
            self._write = self._open_again()
        else:
            self._write = self._write_shared
        return self._write

    def _open_again(self) -> Callable[[bytes], int]:
        try:
            self._own = os.open(f"/proc/self/fd/{self._shared}", _REOPENING)
        except OSError as error:
            if error.errno in _NO_DESCRIPTOR_LEFT:
                raise BlockingIOError(error.errno, error.strerror) from error
            if error.errno == errno.ENXIO:  # a named pipe that nobody reads
                raise
            return self._write_if_ready  # of another user, or /proc is not there
        return self._write_own

    def _write_own(self, content: bytes) -> int:
        assert self._own is not None
        return os.write(self._own, content)

    def _write_shared(self, content: bytes) -> int:
        return os.write(self._shared, content)

    def _write_if_ready(self, content: bytes) -> int:
        poll = select.poll()
        poll.register(self._shared, select.POLLOUT)
        if not poll.poll(0):
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return os.write(self._shared, content[: select.PIPE_BUF])  # for which a pipe that is ready has room

    def _send(self, content: bytes) -> int:
        # The object is made for this call alone, and does not close the descriptor.
        peer = socket.socket(fileno=self._shared)
        try:
            return peer.send(content, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        finally:
            peer.detach()
