"""The monitor: all that a service counts, in one object that the master makes and all workers inherit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version as get_release

from prometheus_client.core import Metric

from app.artifacts import Metadata
from app.drift.counter import ModelCounter
from app.drift.counts import VersionCounts
from app.drift.psi import Drift
from app.drift.version import VersionRecord, describe_version
from app.metrics.exposition import ServiceMetrics, render
from app.metrics.memory import SharedMemory

# Of so many versions the counts are kept; beyond them, those of the version that was served the longest ago are lost.
MAX_VERSIONS = 8


class Monitor:
    """Counts requests, workers and answers in memory that all processes share, and renders what they count together.

    Requests and workers are counted in rows that are made before the first fork: every process reads all of them,
    those that are written by processes younger than itself too, and each scrape is exact.

    The answers of a version are counted in rows of their own, which are made before its first worker is forked. While
    a reload goes on, a worker that is older than the new version does not have its rows, and leaves the version out of
    what it renders: no sample, where any other would be too small. So a counter is there with all that has been
    counted, or it is not there, and never falls: a series that is missing in one scrape goes on in the next where it
    was, for nothing is kept but the rows, and every sum is formed of them anew. The old versions are exact for all: the
    new workers inherit their rows. After a reload that is refused once some of its workers have answered, the old ones
    stay, and leave out those answers, which get no more, until they are replaced.

    Versions that are dropped, for there are too many or another model has their name, are marked so in the shared rows
    themselves: from then on no process renders them, or old counts and new ones would follow each other in one series.
    """

    def __init__(self, routes: Iterable[str], n_rows: int, drift_window_seconds: float) -> None:
        self._memory = SharedMemory(n_rows)
        self._service = ServiceMetrics(tuple(routes), self._memory)
        self.requests = self._service.requests
        self.workers = self._service.workers
        self._drift_window_seconds = drift_window_seconds
        self._row_number = 0
        self._versions: list[VersionCounts] = []  # by when they were first prepared
        self._recent: list[VersionCounts] = []  # by when they were last prepared
        self.count_backlog: Callable[[], int] = lambda: 0
        """Returns how many connections wait to be accepted."""

    @property
    def n_rows(self) -> int:
        """How many rows there may be: one for the master, and one for each living worker."""
        return self._memory.n_rows

    def use_row(self, number: int) -> None:
        """Count in the row `number`, in which no other living process may count."""
        self._row_number = number
        self._service.use_row(number)

    def allow_row(self, number: int) -> None:
        """Have all processes read the row `number`; to be called before the fork of who counts in it."""
        self._memory.use_row(number)

    def prepare(self, metadata: Metadata) -> None:
        """Make room for the counts of a version; to be called before the fork of those who will count them.

        Raises `OSError` where there is no memory, and then nothing changes for the versions that there are.
        """
        record = self._describe(metadata)
        counts = self._find(record)
        if counts is None:
            counts = VersionCounts(record, self._memory)
            self._make_way_for(metadata.version)
            self._versions.append(counts)
        else:
            self._recent.remove(counts)
        self._recent.append(counts)

    def watch(self, metadata: Metadata) -> ModelCounter:
        """Return what counts the answers of a version in this process.

        The process that made the monitor prepares it here; for any other, that has been done before the fork. Raises
        `LookupError` where it has not.
        """
        if self._memory.is_owned:
            self.prepare(metadata)
        record = self._describe(metadata)
        counts = self._find(record)
        if counts is None:
            raise LookupError(f"There is no room for the counts of version {metadata.version}: none was prepared.")
        distributions = metadata.parse_distributions()
        features = distributions.features if distributions else None
        return ModelCounter(counts.cells, record.n_parts, counts.rows.get_row(self._row_number), features)

    def render(self, served_version: str | None) -> bytes:
        """Return everything that all processes have counted, in Prometheus' text format."""
        return render(self._collect(served_version))

    def measure_drift(self, version: str) -> Drift | None:
        """Return how far the input of `version` has drifted; `None` where that is not known."""
        return next((counts.measure_drift() for counts in self._list() if counts.record.version == version), None)

    def _collect(self, served_version: str | None) -> Iterator[Metric]:
        yield from self._service.collect(self.count_backlog())
        for counts in self._list():
            yield from counts.collect()
            if counts.record.version == served_version:
                yield from counts.collect_current()

    def _list(self) -> list[VersionCounts]:
        return [counts for counts in self._versions if not counts.rows.is_dropped]

    def _find(self, record: VersionRecord) -> VersionCounts | None:
        return next((counts for counts in self._list() if counts.record == record), None)

    def _make_way_for(self, version: str) -> None:
        """Drop what is of another model that had the same name, and what is too many."""
        for counts in [counts for counts in self._versions if counts.record.version == version]:
            self._drop(counts)
        while len(self._versions) >= MAX_VERSIONS:
            self._drop(self._recent[0])

    def _drop(self, counts: VersionCounts) -> None:
        counts.rows.drop()
        self._versions.remove(counts)
        self._recent.remove(counts)

    def _describe(self, metadata: Metadata) -> VersionRecord:
        engine = f"scikit-learn {get_release('scikit-learn')}"
        return describe_version(metadata, engine, self._drift_window_seconds)
