"""The one place that gathers what the service counts: made by the process that all others are forked from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import version as get_release

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from app.artifacts import Metadata
from app.drift.measures import ModelMetrics
from app.drift.report import Drift
from app.drift.window import ModelCounter, ModelLayout, describe_version
from app.metrics.memory import Area, SharedMemory
from app.metrics.service import ServiceMetrics

# Of so many versions the counts are kept; beyond them, those of the version that was served the longest ago are lost.
MAX_VERSIONS = 8


class Monitor:
    """Counts requests and answers in memory that all processes share, and tells what they have counted together."""

    def __init__(self, routes: Iterable[str], n_rows: int, drift_window_seconds: float) -> None:
        self._memory = SharedMemory(n_rows)
        self.service = ServiceMetrics(tuple(routes), self._memory)
        self._drift_window_seconds = drift_window_seconds
        self._row_number = 0
        self._versions: list[Area] = []  # by when they were last prepared
        self.count_backlog: Callable[[], int] = lambda: 0
        """Returns how many connections wait to be accepted."""

    def use_row(self, number: int) -> None:
        """Count in the row `number`, in which no other living process may count."""
        self._row_number = number
        self.service.use_row(number)

    def allow_row(self, number: int) -> None:
        """Have all processes read the row `number`; to be called before the fork of who counts in it."""
        self._memory.use_row(number)

    def prepare(self, metadata: Metadata) -> None:
        """Make room for the counts of a version; to be called before the fork of those who will count them."""
        record = self._describe(metadata)
        area = next((area for area in self._versions if area.record == record), None)
        if area:
            self._versions.remove(area)
        else:
            self._make_way_for(metadata.version)
            area = self._memory.add_area(record, ModelLayout(record).row_bytes)
        self._versions.append(area)

    def watch(self, metadata: Metadata) -> ModelCounter:
        """Return what counts the answers of a version in this process.

        The process that made the monitor prepares it here; for any other, that has been done before the fork. Raises
        `LookupError` where it has not.
        """
        if self._memory.is_owned:
            self.prepare(metadata)
        record = self._describe(metadata)
        area = next((area for area in self._memory.find_areas() if area.record == record), None)
        if area is None:
            raise LookupError(f"There is no room for the counts of version {metadata.version}: none was prepared.")
        distributions = metadata.parse_distributions()
        features = distributions.features if distributions else None
        return ModelCounter(ModelLayout(record), area.get_row(self._row_number), features)

    def render(self, served_version: str | None) -> bytes:
        """Return everything that all processes have counted, in Prometheus' text format."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Snapshot(self, served_version))
        return generate_latest(registry)

    def measure_drift(self, version: str) -> Drift | None:
        """Return how far the input of `version` has drifted; `None` where that cannot be told."""
        return next((model.measure_drift() for model in self._read_models() if model.version == version), None)

    def collect(self, served_version: str | None) -> Iterable[Metric]:
        """Yield each metric once, with the samples of all versions."""
        families: dict[str, Metric] = {}
        collected = list(self.service.collect(self.count_backlog()))
        for model in self._read_models():
            collected += model.collect()
            if model.version == served_version:
                collected += model.collect_current()
        for family in collected:
            families.setdefault(family.name, family)
            if families[family.name] is not family:
                families[family.name].samples += family.samples
        return families.values()

    def _read_models(self) -> list[ModelMetrics]:
        return [ModelMetrics(area) for area in self._memory.find_areas() if area.record["kind"] == "model"]

    def _make_way_for(self, version: str) -> None:
        """Drop what is of another model that had the same name, and what is too many."""
        for area in [area for area in self._versions if area.record["version"] == version]:
            self._drop(area)
        while len(self._versions) >= MAX_VERSIONS:
            self._drop(self._versions[0])

    def _drop(self, area: Area) -> None:
        self._versions.remove(area)
        self._memory.drop_area(area)

    def _describe(self, metadata: Metadata) -> dict[str, object]:
        engine = f"scikit-learn {get_release('scikit-learn')}"
        return describe_version(metadata, engine, self._drift_window_seconds)


class _Snapshot(Collector):
    def __init__(self, monitor: Monitor, served_version: str | None) -> None:
        self._monitor = monitor
        self._served_version = served_version

    def collect(self) -> Iterable[Metric]:
        return self._monitor.collect(self._served_version)
