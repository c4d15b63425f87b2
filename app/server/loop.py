"""The event loop of a worker: it waits for sockets and for threads, and calls whoever waits for them."""

from __future__ import annotations

import os
import selectors
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

Watcher = Callable[[int], None]
_WAKE_BYTES = 4096


class EventLoop:
    """Calls the watcher of each socket that can be read or written, and what threads hand over, one after the other."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._handed_over: deque[Callable[[], None]] = deque()
        self._wake_end, self._waking_end = os.pipe()
        for end in (self._wake_end, self._waking_end):
            os.set_blocking(end, False)
        self._selector.register(self._wake_end, READ, self._drain)

    def watch(self, file: socket.socket | int, events: int, watcher: Watcher) -> None:
        """Call `watcher` with what can be done with `file`, whenever that is one of `events`, until told otherwise."""
        self._selector.register(file, events, watcher)

    def change(self, file: socket.socket, events: int, watcher: Watcher) -> None:
        """Wait for other `events` of a file from now on."""
        self._selector.modify(file, events, watcher)

    def forget(self, file: socket.socket | int) -> None:
        """Wait for `file` no longer. To be called before it is closed."""
        with suppress(KeyError, ValueError):
            self._selector.unregister(file)

    def hand_over(self, callback: Callable[[], None]) -> None:
        """Have the loop call `callback`; to be called in another thread."""
        self._handed_over.append(callback)
        self.wake()

    def wake(self) -> None:
        """Have the loop wait no longer."""
        with suppress(BlockingIOError):  # then it is awake
            os.write(self._waking_end, b"\0")

    def turn(self, timeout_seconds: float) -> None:
        """Wait until something happens, for so long at most, and call who waits for it."""
        for key, events in self._selector.select(timeout_seconds):
            key.data(events)
        while self._handed_over:
            self._handed_over.popleft()()

    def _drain(self, events: int) -> None:
        with suppress(BlockingIOError):
            os.read(self._wake_end, _WAKE_BYTES)
