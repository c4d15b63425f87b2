"""Admission: whether a request may wait for its answer, or is better told at once that there are too many.

A queue that only grows makes everybody wait for answers that nobody wants any more, so it is bounded. Clients that each
send a request when the last one is answered make a queue as well, and a harmless one: it does not grow. So the bound is
wide, and narrow only once many wait and more arrive than are answered, for a while; a burst may exceed the wide one.
"""

from __future__ import annotations

from app.server.refusal import Overloaded

USUAL_CLIENTS = 64
"""So many may wait at once in each worker, however long one answer takes."""
USUAL_SECONDS = 0.02
"""And as many as are answered within this."""
OVERRUN_CLIENTS = 8
OVERRUN_SECONDS = 0.01
"""The same, while more arrive than are answered."""
GROWN_CLIENTS = 32
"""While fewer wait, they may be clients that wait for their answers: all those of a worker that was killed, for one."""
BURST_SECONDS = 0.05
"""How long more may wait than usual."""

# Over what time arrivals are compared with answers, at least, and over the time of how many answers.
_WINDOW_SECONDS = 0.05
_WINDOW_ANSWERS = 8
# How many more must arrive than are answered, and in how many windows one after the other.
_GROWTH = 1.25
_GROWTH_LEAST = 4
_N_GROWING = 2
# How much the last answer weighs in the mean time of one.
_WEIGHT = 0.05


class Admission:
    """Decides for one queue. Times are those of the monotonic clock, in seconds."""

    def __init__(self, deadline_seconds: float, n_servers: int) -> None:
        """Decide for a queue from which `n_servers` requests are answered at once."""
        self._deadline_seconds = deadline_seconds
        self._n_servers = n_servers
        self._mean_seconds = 0.0
        self._crowded_since: float | None = None
        self._window_end = 0.0
        self._n_arrived = self._n_answered = 0
        self._n_growing_windows = 0

    @property
    def is_overrun(self) -> bool:
        """Whether more arrive than are answered."""
        return self._n_growing_windows >= _N_GROWING

    @property
    def limit(self) -> int:
        """How many requests may wait for longer than a burst."""
        clients, seconds = (OVERRUN_CLIENTS, OVERRUN_SECONDS) if self.is_overrun else (USUAL_CLIENTS, USUAL_SECONDS)
        mean_seconds = self._mean_seconds / self._n_servers
        return max(clients, int(seconds / mean_seconds) if mean_seconds else 0)

    def record(self, seconds: float) -> None:
        """Take note of an answer, and how long it has taken."""
        self._n_answered += 1
        self._mean_seconds += _WEIGHT * (seconds - self._mean_seconds) if self._mean_seconds else seconds

    def check(self, n_waiting: int, now: float) -> None:
        """Raise `Overloaded` where one more request, beside so many, cannot be answered in time."""
        if n_waiting:
            self._compare(n_waiting, now)
        else:
            self._begin_window(now)
            self._n_growing_windows = 0
        self._n_arrived += 1
        wait_seconds = n_waiting * self._mean_seconds / self._n_servers
        if self._is_crowded(n_waiting, now) or wait_seconds > self._deadline_seconds:
            raise Overloaded

    def check_age(self, asked_at: float, now: float) -> None:
        """Raise `Overloaded` where a request is so old that nobody waits for it any more."""
        if now - asked_at > self._deadline_seconds:
            raise Overloaded

    def _compare(self, n_waiting: int, now: float) -> None:
        """Compare what has arrived with what has been answered, at the end of each window in which some always wait."""
        if now < self._window_end:
            return
        is_growing = self._n_arrived > self._n_answered * _GROWTH + _GROWTH_LEAST
        # While there is an overrun, few wait because others are refused.
        is_growing &= self.is_overrun or n_waiting >= GROWN_CLIENTS
        self._n_growing_windows = self._n_growing_windows + 1 if is_growing else 0
        self._begin_window(now)

    def _begin_window(self, now: float) -> None:
        self._n_arrived = self._n_answered = 0
        self._window_end = now + max(_WINDOW_SECONDS, _WINDOW_ANSWERS * self._mean_seconds / self._n_servers)

    def _is_crowded(self, n_waiting: int, now: float) -> bool:
        """Return whether more have been waiting, for longer than a burst, than may."""
        limit = self.limit
        if n_waiting < limit:
            if n_waiting < limit // 2:
                self._crowded_since = None
            return False
        if self._crowded_since is None:
            self._crowded_since = now
        return self.is_overrun or now - self._crowded_since >= BURST_SECONDS
