"""The combiner: rows of several requests that wait for a pass of the model share the next one.

No timer waits for requests that may come. A pass begins with all that wait by then, and with those that have come
before it and are still being parsed: they would take the processor from the pass, and then want one of their own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, local

import numpy as np

from app.columns.table import Rows
from app.outputs.prediction import Arrays

Compute = Callable[[Rows], Arrays]


class _Ticket:
    """The rows of one request, until they are answered."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.is_called = False
        """Whether its thread is to go on: with its answer, or to compute it."""
        self.arrays: Arrays | None = None
        self.error: Exception | None = None


class Combiner:
    """Computes for the threads of a process; of those that wait, one computes for all.

    To be used only where each row has the same answer alone and in any batch.
    """

    def __init__(self, compute: Compute, max_rows: int, n_passes: int) -> None:
        """Compute by `compute`, for `max_rows` of several requests at a time, in up to `n_passes` threads at once."""
        self._compute = compute
        self._max_rows = max_rows
        self._n_free_passes = n_passes
        self._waiting: deque[_Ticket] = deque()
        self._expected: set[int] = set()
        self._n_announced = 0
        self._changed = Condition()
        self._thread = local()

    @contextmanager
    def announce(self) -> Iterator[None]:
        """Have the next pass wait for the rows of this thread, which parses them meanwhile, if there are any."""
        with self._changed:
            self._n_announced += 1
            number = self._thread.number = self._n_announced
            self._expected.add(number)
        try:
            yield
        finally:
            self._arrive()

    def compute(self, rows: Rows) -> Arrays:
        """Return the answers for `rows`. Raises what the computation raises for them alone."""
        ticket = _Ticket(rows)
        self._arrive()
        with self._changed:
            if self._n_free_passes:
                self._n_free_passes -= 1
            else:
                self._waiting.append(ticket)
                self._changed.wait_for(lambda: ticket.is_called)
        if ticket.arrays is None and ticket.error is None:
            self._compute_with_others(ticket)
        if ticket.error is not None:
            raise ticket.error
        assert ticket.arrays is not None  # as there is no error
        return ticket.arrays

    def _arrive(self) -> None:
        """Have nobody wait for this thread any more."""
        number = getattr(self._thread, "number", None)
        if number is not None:
            self._thread.number = None
            with self._changed:
                self._expected.discard(number)
                self._changed.notify_all()

    def _compute_with_others(self, own: _Ticket) -> None:
        """Compute for `own` and all that wait, and have the first of those that wait by then go on."""
        with self._changed:
            before = self._n_announced
            self._changed.wait_for(lambda: not any(number <= before for number in self._expected))
            tickets = self._take(own)
        try:
            self._answer(tickets)
        finally:
            with self._changed:
                if self._waiting:
                    tickets.append(self._waiting.popleft())
                else:
                    self._n_free_passes += 1
                for ticket in tickets:
                    ticket.is_called = True
                self._changed.notify_all()

    def _take(self, own: _Ticket) -> list[_Ticket]:
        """Return the tickets of the next pass: `own`, and of those that wait as many as it may have."""
        tickets, n_rows = [own], len(own.rows)
        while self._waiting and n_rows + len(self._waiting[0].rows) <= self._max_rows:
            ticket = self._waiting.popleft()
            tickets.append(ticket)
            n_rows += len(ticket.rows)
        return tickets

    def _answer(self, tickets: list[_Ticket]) -> None:
        if len(tickets) > 1:
            try:
                arrays = self._compute(np.concatenate([ticket.rows for ticket in tickets]))
            except Exception:  # one of them has no answer: each is asked for alone, and gets its own
                arrays = None
            if arrays is not None:
                _share_out(arrays, tickets)
                return
        for ticket in tickets:
            try:
                ticket.arrays = self._compute(ticket.rows)
            except Exception as error:
                ticket.error = error


def _share_out(arrays: Arrays, tickets: list[_Ticket]) -> None:
    start = 0
    for ticket in tickets:
        end = start + len(ticket.rows)
        ticket.arrays = {name: array[start:end] for name, array in arrays.items()}
        start = end
