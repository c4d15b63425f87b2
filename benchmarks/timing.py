"""Timing: steps that are compared are measured in turn, round by round, in one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

N_ROUNDS = 200

Step = Callable[[], object]


def measure_in_turn(steps: dict[str, Step]) -> dict[str, list[float]]:
    """Return the seconds of each step, in each round; the steps are taken in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(N_ROUNDS):
        for name, step in steps.items():
            with timed(seconds[name]):
                step()
    return seconds


@contextmanager
def timed(seconds: list[float]) -> Iterator[None]:
    """Add to `seconds` how long the `with` block took."""
    started = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - started)


def print_medians(title: str, seconds: dict[str, list[float]], unit: float) -> None:
    """Print the median and two deciles of each step, `unit` to a second."""
    print(f"\n{title:<44}{'median':>10}{'10 %':>10}{'90 %':>10}")
    for name, values in seconds.items():
        deciles = statistics.quantiles(values, n=10)
        print(
            f"{name:<44}{statistics.median(values) * unit:>10.0f}{deciles[0] * unit:>10.0f}{deciles[-1] * unit:>10.0f}"
        )
