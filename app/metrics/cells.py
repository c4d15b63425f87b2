"""Cells of metrics in a row: what each process counts stands in rows of the same layout, and rows add up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

CELL_BYTES = 8

Labels = tuple[str, ...]
Increment = tuple[int, float]

_NO_LABELS: tuple[Labels, ...] = ((),)


class Layout:
    """The order of metrics in a row: each is declared, one after the other, and gets its cells."""

    def __init__(self) -> None:
        self.n_cells = 0
        self.gauges: list[int] = []
        """The cells of gauges, which are of the present: nothing is left of them when a process ends."""
        self._metrics: list[Cells | HistogramCells] = []

    def counter(
        self,
        name: str,
        documentation: str,
        label_names: Labels = (),
        series: Iterable[Labels] = _NO_LABELS,
        shown: Iterable[Labels] | None = None,
    ) -> Cells:
        """Add a counter with `series`; those not among `shown` (by default all) appear once they have counted."""
        return self._add(Cells(CounterMetricFamily, name, documentation, label_names, self.n_cells, series, shown))

    def gauge(
        self, name: str, documentation: str, label_names: Labels = (), series: Iterable[Labels] = _NO_LABELS
    ) -> Cells:
        """Add a gauge with `series`. Its values in the rows are added up, like all others."""
        cells = self._add(Cells(GaugeMetricFamily, name, documentation, label_names, self.n_cells, series))
        self.gauges += cells.positions.values()
        return cells

    def cell(self) -> int:
        """Add a cell that is no metric by itself, and return its position."""
        self.n_cells += 1
        return self.n_cells - 1

    def histogram(
        self,
        name: str,
        documentation: str,
        buckets: Sequence[float],
        label_names: Labels = (),
        series: Iterable[Labels] = _NO_LABELS,
    ) -> HistogramCells:
        """Add a histogram with the upper bounds `buckets`; one more, without a bound, is added to them."""
        cells = HistogramCells(name, documentation, buckets, label_names, self.n_cells, series)
        self._metrics.append(cells)
        self.n_cells += cells.n_cells
        return cells

    def to_families(self, totals: Sequence[float], labels: Labels = (), values: Labels = ()) -> Iterator[Metric]:
        """Yield the metrics with the values `totals`, of n_cells; all of them with `labels` of `values` besides."""
        for cells in self._metrics:
            yield cells.to_family(totals, labels, values)

    def _add(self, cells: Cells) -> Cells:
        self._metrics.append(cells)
        self.n_cells += len(cells.positions)
        return cells


class Cells:
    """The cells of a counter or a gauge: one for each of its series."""

    def __init__(
        self,
        family: type[CounterMetricFamily | GaugeMetricFamily],
        name: str,
        documentation: str,
        label_names: Labels,
        start: int,
        series: Iterable[Labels],
        shown: Iterable[Labels] | None = None,
    ) -> None:
        self._family = family
        self._name = name
        self._documentation = documentation
        self._label_names = label_names
        self.positions = {labels: start + index for index, labels in enumerate(series)}
        self._shown = frozenset(self.positions if shown is None else shown)

    @property
    def only(self) -> int:
        """The position of the one series of a metric without labels."""
        return self.positions[()]

    def to_family(self, totals: Sequence[float], labels: Labels, values: Labels) -> Metric:
        """Return the metric with the values that `totals` hold."""
        family = self._family(self._name, self._documentation, labels=(*labels, *self._label_names))
        for series, position in self.positions.items():
            if totals[position] or series in self._shown:
                family.add_metric((*values, *series), totals[position])
        return family


class HistogramCells:
    """The cells of a histogram: for each of its series one a bucket, and one for the sum of what was observed."""

    def __init__(
        self,
        name: str,
        documentation: str,
        buckets: Sequence[float],
        label_names: Labels,
        start: int,
        series: Iterable[Labels],
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._label_names = label_names
        self.bounds = tuple(buckets)
        self._names = [*(f"{bound:g}" for bound in self.bounds), "+Inf"]
        self.n_buckets = len(self._names)
        width = self.n_buckets + 1
        self.positions = {labels: start + index * width for index, labels in enumerate(series)}
        self.n_cells = width * len(self.positions)

    def observe(self, value: float, labels: Labels = ()) -> tuple[Increment, Increment]:
        """Return the increments that one observation of `value` makes."""
        start = self.positions[labels]
        return (start + bisect_left(self.bounds, value), 1.0), (start + self.n_buckets, value)

    def to_family(self, totals: Sequence[float], labels: Labels, values: Labels) -> Metric:
        """Return the metric with the values that `totals` hold."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=(*labels, *self._label_names))
        for series, start in self.positions.items():
            counts = totals[start : start + self.n_buckets]
            cumulated = [sum(counts[: index + 1]) for index in range(self.n_buckets)]
            if cumulated[-1] or not series:
                buckets = list(zip(self._names, cumulated, strict=True))
                family.add_metric((*values, *series), buckets, totals[start + self.n_buckets])
        return family
