"""What a server's processes hold, and whether it grows with the requests that they have answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tests.support.depth import repeats
from tests.support.memory import read_memory
from tests.support.running_server import RunningServer

# By less than this a request, nothing is said to grow. 60,000 requests took 50 bytes each while no more was allocated
# than before: allocators come to pages that they have not used yet. At first it is more.
LEAST_GROWTH = {"resident_bytes": float(repeats(1000, 100)), "n_descriptors": 1e-4, "n_threads": 1e-4}
# A slope that is so many standard errors above zero is none by chance.
N_ERRORS = 4.0


@dataclass(frozen=True)
class Holdings:
    """What the workers of a server hold together once they have answered `n_requests`."""

    n_requests: int
    resident_bytes: int
    n_descriptors: int
    n_threads: int


def read_holdings(server: RunningServer, n_requests: int) -> Holdings:
    """Return what the workers of `server` hold now."""
    workers = server.list_workers()
    return Holdings(
        n_requests,
        sum(read_memory(worker).resident for worker in workers),
        sum(_count(worker, "fd") for worker in workers),
        sum(_count(worker, "task") for worker in workers),
    )


def find_growth(holdings: Sequence[Holdings]) -> dict[str, float]:
    """Return by how much a request each quantity grows, of those that do: by a line of least squares."""
    n_requests = [each.n_requests for each in holdings]
    growth: dict[str, float] = {}
    for name, least in LEAST_GROWTH.items():
        slope, error = _fit_slope(n_requests, [asdict(each)[name] for each in holdings])
        if slope > max(least, N_ERRORS * error):
            growth[name] = slope
    return growth


def count_connections(port: int) -> int:
    """Return how many connections the server at `port` has not closed."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening, address = "0A", f":{port:04X}"
    return sum(
        local.endswith(address) and state != listening and inode != "0"
        for local, state, inode in ((line[1], line[3], line[9]) for line in lines)
    )


def _count(process: int, folder: str) -> int:
    return len(list(Path(f"/proc/{process}/{folder}").iterdir()))


def _fit_slope(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Return the slope of the line of least squares, and its standard error."""
    centred, offset = np.asarray(x, float) - np.mean(x), np.asarray(y, float) - np.mean(y)
    spread = float(centred @ centred)
    slope = float(centred @ offset) / spread
    rest = offset - slope * centred
    return slope, float(np.sqrt(rest @ rest / (len(x) - 2) / spread))
