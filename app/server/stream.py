"""A stream: the bytes of one socket, read and written by the loop, without waiting."""

from __future__ import annotations

import socket
from typing import Protocol

from app.server.loop import READ, WRITE, EventLoop

RECEIVE_BYTES = 64 * 1024


class StreamUser(Protocol):
    """Who reads and writes a stream."""

    def on_received(self, received: bytes) -> None:
        """Take what has arrived, at least a byte."""

    def on_end(self) -> None:
        """Take note that nothing more will arrive; what is sent may still be read."""

    def on_sent(self) -> None:
        """Take note that all is sent."""

    def on_lost(self) -> None:
        """Take note that the stream is closed, as its other end is gone."""


class Stream:
    """Bytes from and to a socket. Its methods are for the thread of the loop."""

    def __init__(self, file: socket.socket, loop: EventLoop, user: StreamUser) -> None:
        """Begin to read from `file`, which is not to block."""
        self._file = file
        self._loop = loop
        self._user = user
        self._unsent: memoryview | None = None
        self._has_ended = False
        self._is_open = True
        self._events = 0
        self.read_on()

    @property
    def n_unsent_bytes(self) -> int:
        """How much the client has not taken yet."""
        return len(self._unsent) if self._unsent is not None else 0

    def read_on(self) -> None:
        """Wait for what arrives; where nothing more will, do nothing."""
        if not self._has_ended:
            self._wait_for(READ)

    def send(self, content: bytes) -> None:
        """Send the whole `content`; `on_sent` is called once that is done, at once if it can be."""
        self._unsent = memoryview(content)
        self._send_rest()

    def send_aside(self, content: bytes) -> None:
        """Send a few bytes between answers."""
        try:
            self._file.send(content)
        except OSError:
            self._lose()

    def end(self) -> None:
        """Say that nothing more is sent, and wait for what arrives."""
        try:
            self._file.shutdown(socket.SHUT_WR)
        except OSError:
            self._lose()
        else:
            self.read_on()

    def close(self) -> None:
        """Close the socket."""
        self._is_open = False
        self._wait_for(0)
        self._unsent = None
        self._file.close()

    def _wait_for(self, events: int) -> None:
        if events == self._events:
            return
        if not self._events:
            self._loop.watch(self._file, events, self._on_ready)
        elif not events:
            self._loop.forget(self._file)
        else:
            self._loop.change(self._file, events, self._on_ready)
        self._events = events

    def pause(self) -> None:
        """Wait for nothing that arrives, until `read_on`."""
        if self._events == READ:
            self._wait_for(0)

    def _on_ready(self, events: int) -> None:
        if self._unsent is not None:
            self._send_rest()
        elif events & READ:
            self._receive()

    def _receive(self) -> None:
        try:
            received = self._file.recv(RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._lose()
            return
        if received:
            self._user.on_received(received)
        else:
            self._has_ended = True
            self._wait_for(0)
            self._user.on_end()

    def _send_rest(self) -> None:
        unsent = self._unsent
        assert unsent is not None  # or nobody would wait to send
        try:
            n_sent = self._file.send(unsent)
        except (BlockingIOError, InterruptedError):
            n_sent = 0
        except OSError:
            self._lose()
            return
        if n_sent == len(unsent):
            self._unsent = None
            if self._events == WRITE:
                self._wait_for(0)
            self._user.on_sent()
        else:
            self._unsent = unsent[n_sent:]
            self._wait_for(WRITE)

    def _lose(self) -> None:
        if self._is_open:
            self.close()
            self._user.on_lost()
