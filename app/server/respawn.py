"""The delay before a dead worker is replaced: none, unless one after the other dies as soon as it is started."""

from __future__ import annotations

# A worker that has served this long is no part of a crash loop.
STABLE_SECONDS = 1.0

_FREE_DEATHS = 2
_FIRST_DELAY_SECONDS = 0.25
_LONGEST_DELAY_SECONDS = 5.0


class RespawnDelay:
    """Doubles the wait with each death that follows another, up to five seconds, until a worker has served a while.

    A worker that dies while it starts would else be started again many times a second, which takes the processor from
    the workers that serve. Times are those of a monotonic clock, in seconds.
    """

    def __init__(self) -> None:
        self._n_deaths = 0
        self._due_at = float("-inf")

    def record_death(self, now: float, served_seconds: float = 0.0) -> float:
        """Count a worker that died having served so long, or not at all, and return how long to wait."""
        if served_seconds >= STABLE_SECONDS:
            self._n_deaths = 0
            return 0.0
        self._n_deaths += 1
        delay = 0.0
        if self._n_deaths > _FREE_DEATHS:
            doublings = min(self._n_deaths - _FREE_DEATHS - 1, 10)
            delay = min(_FIRST_DELAY_SECONDS * 2**doublings, _LONGEST_DELAY_SECONDS)
        self._due_at = now + delay
        return delay

    def is_due(self, now: float) -> bool:
        """Return whether a worker may be started."""
        return now >= self._due_at
