"""What the tests of the metrics share: those of a service of two routes, in memory of which two rows are in use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.metrics.exposition import ServiceMetrics
from app.metrics.memory import SharedMemory

MASTER, WORKER = 0, 1

Samples = dict[tuple[str, ...], float]
Reader = Callable[[str], Samples]


@pytest.fixture
def metrics() -> ServiceMetrics:
    """Return the counts of a service of two routes, in the row of its master."""
    memory = SharedMemory(8)
    memory.use_row(WORKER)
    return ServiceMetrics(["/health", "/predict"], memory)


@pytest.fixture
def read(metrics: ServiceMetrics) -> Reader:
    """Return what reads the samples of a name that are not zero, by the values of their labels."""

    def read(name: str) -> Samples:
        samples = [sample for family in metrics.collect() for sample in family.samples if sample.name == name]
        return {tuple(sample.labels.values()): sample.value for sample in samples if sample.value}

    return read
