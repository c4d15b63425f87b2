"""The acceptor: it takes connections from the listeners, and leaves them to workers that have fewer.

All workers wait for the same listeners. Whoever has more connections than another steps back for a moment; what nobody
has taken by then it takes itself, and no more counts on who does not come: that one is busy, stopped or dead.
"""

from __future__ import annotations

import errno
import logging
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from app.server.board import Place
from app.server.loop import READ, EventLoop

STEP_BACK_SECONDS = 0.003
EXHAUSTED_SECONDS = 0.1
# So many are accepted before the loop looks at what has arrived on others.
_AT_ONCE = 16
# How many connections more than another a worker may have: this share of its own, or a thousand that come at once would
# be accepted one by one, with a moment of stepping back for each. And how many more it may have had of late.
_SHARE, _SLACK = 8, 4
_GONE_BEFORE_ACCEPTED = {errno.EAGAIN, errno.ECONNABORTED, errno.EINTR, errno.EPROTO, errno.EPERM}
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_WARN_SECONDS = 60.0

_logger = logging.getLogger("app.server")


class Acceptor:
    """Accepts the connections of a worker."""

    def __init__(
        self,
        listeners: Sequence[Any],
        loop: EventLoop,
        place: Place,
        receive: Callable[[socket.socket, Any, Any], None],
        make_room: Callable[[], bool],
    ) -> None:
        """Hand each connection to `receive`, with its client's address and that of its listener.

        `make_room` is called before, closes others where there are too many, and returns whether there is room.
        """
        self.is_accepting = False
        self.resumes_at: float | None = None
        """When to call `resume`, by the monotonic clock."""
        self._listeners = list(listeners)
        self._loop = loop
        self._place = place
        self._receive = receive
        self._make_room = make_room
        self._is_insisting = False
        self._turns_before: list[float] = []
        self._turns_of_absent: dict[int, float] = {}
        self._warns_at = 0.0

    def start(self) -> None:
        """Accept from now on."""
        self.is_accepting = True
        self._place.set_accepting(True)
        self._watch()

    def stop(self, is_last: bool) -> None:
        """Accept no more, and close the listeners; first accept all that wait, where there is nobody else for them."""
        self.is_accepting = False
        self._place.set_accepting(False)
        self._forget()
        for listener in self._listeners:
            while is_last and self._accept(listener):
                continue
            with suppress(OSError):
                listener.close()

    def resume(self) -> None:
        """Accept again, and step back for nobody this time."""
        self.resumes_at = None
        if self.is_accepting:
            self._is_insisting = bool(self._turns_before)
            self._watch()

    def _watch(self) -> None:
        for listener in self._listeners:
            self._loop.watch(listener.sock, READ, partial(self._on_ready, listener))

    def _forget(self) -> None:
        for listener in self._listeners:
            self._loop.forget(listener.sock)

    def _pause(self, seconds: float) -> None:
        self._forget()
        self.resumes_at = time.monotonic() + seconds

    def _on_ready(self, listener: Any, events: int) -> None:
        for _ in range(_AT_ONCE):
            if self.resumes_at is not None or self._steps_back() or not self._accept(listener):
                return

    def _steps_back(self) -> bool:
        """Leave what has come to another worker, if one has less; return whether that is so."""
        turns = self._place.board.list_turns()
        is_ahead = self._is_ahead(turns)
        if is_ahead and not self._is_insisting:
            self._turns_before = turns
            self._pause(STEP_BACK_SECONDS)
            return True
        if is_ahead:
            # Who has less has been given time. Whoever has not even been in its loop is not waited for any more.
            unmoved = [number for number, before in enumerate(self._turns_before) if turns[number] == before]
            self._turns_of_absent.update({number: turns[number] for number in unmoved})
        self._is_insisting = False
        self._turns_before = []
        return False

    def _is_ahead(self, turns: list[float]) -> bool:
        n_connections, n_recent = self._place.load
        for number, (n_theirs, n_theirs_recent) in self._place.board.list_loads().items():
            if self._turns_of_absent.get(number) == turns[number]:
                continue
            is_much_more = n_theirs + n_connections // _SHARE < n_connections
            is_much_more_of_late = n_theirs_recent + n_recent // _SHARE + _SLACK < n_recent
            if is_much_more or n_theirs <= n_connections and is_much_more_of_late:
                return True
        return False

    def _accept(self, listener: Any) -> bool:
        """Accept one connection; return whether there was one."""
        if not self._make_room():
            self._pause(EXHAUSTED_SECONDS)
            return False
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self._warn(error)
                self._pause(EXHAUSTED_SECONDS)
            elif error.errno not in _GONE_BEFORE_ACCEPTED:
                raise
            return False
        client.setblocking(False)
        self._place.count_accepted()
        self._receive(client, address, listener.getsockname())
        return True

    def _warn(self, error: OSError) -> None:
        now = time.monotonic()
        if now >= self._warns_at:
            self._warns_at = now + _WARN_SECONDS
            _logger.error("No connection can be accepted for now: %s.", error.strerror)
