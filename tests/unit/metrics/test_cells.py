from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.core import Metric

from app.metrics.cells import HistogramCells, Layout

BOUNDS = (1.0, 2.0, 5.0)
SMALL = st.floats(-10, 10)


def read(metrics: list[Metric], name: str) -> dict[tuple[str, ...], float]:
    """Return the samples `name` by the values of their labels."""
    return {
        tuple(sample.labels.values()): sample.value
        for metric in metrics
        for sample in metric.samples
        if sample.name == name
    }


def observe(layout: Layout, histogram: HistogramCells, values: list[float]) -> list[Metric]:
    """Return the metrics once `values` have been observed."""
    totals = [0.0] * layout.n_cells
    for value in values:
        for position, amount in histogram.observe(value):
            totals[position] += amount
    return list(layout.to_families(totals))


def test_each_series_of_each_metric_has_a_cell_of_its_own() -> None:
    layout = Layout()
    counter = layout.counter("c", "C.", ("kind",), [("a",), ("b",)])
    histogram = layout.histogram("h", "H.", BOUNDS, ("kind",), [("a",), ("b",)])
    gauge = layout.gauge("g", "G.")
    cells = [*counter.positions.values(), gauge.only]
    for start in histogram.positions.values():
        cells += range(start, start + len(BOUNDS) + 2)
    assert sorted(cells) == list(range(layout.n_cells))


@given(st.lists(st.one_of(SMALL, st.sampled_from(BOUNDS)), max_size=30))
def test_a_bucket_counts_what_is_at_most_its_bound(values: list[float]) -> None:
    layout = Layout()
    samples = read(observe(layout, layout.histogram("h", "H.", BOUNDS), values), "h_bucket")
    expected = {(f"{bound:g}",): float(sum(value <= bound for value in values)) for bound in BOUNDS}
    assert samples == {**expected, ("+Inf",): len(values)}


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_value_at_a_bound_is_within_it_and_one_just_above_is_not(bound: float) -> None:
    layout = Layout()
    values = [bound, float(np.nextafter(bound, np.inf))]
    samples = read(observe(layout, layout.histogram("h", "H.", BOUNDS), values), "h_bucket")
    assert samples[(f"{bound:g}",)] == 1


@given(st.lists(SMALL, max_size=30))
def test_the_last_bucket_is_the_count_and_the_sum_is_of_all_values(values: list[float]) -> None:
    layout = Layout()
    metrics = observe(layout, layout.histogram("h", "H.", BOUNDS), values)
    assert read(metrics, "h_count") == {(): read(metrics, "h_bucket")[("+Inf",)]}
    assert read(metrics, "h_sum")[()] == pytest.approx(sum(values))


def test_a_histogram_with_labels_appears_once_it_has_observed() -> None:
    layout = Layout()
    histogram = layout.histogram("h", "H.", BOUNDS, ("route",), [("a",), ("b",)])
    totals = [0.0] * layout.n_cells
    for position, amount in histogram.observe(1.5, ("b",)):
        totals[position] += amount
    assert read(list(layout.to_families(totals)), "h_count") == {("b",): 1}


def test_shows_series_that_are_to_be_shown_and_those_that_have_counted() -> None:
    layout = Layout()
    counter = layout.counter("c", "C.", ("kind",), [("shown",), ("hidden",), ("counted",)], shown=[("shown",)])
    totals = [0.0] * layout.n_cells
    totals[counter.positions[("counted",)]] = 3
    assert read(list(layout.to_families(totals)), "c_total") == {("shown",): 0, ("counted",): 3}


def test_shows_all_series_where_nothing_else_is_said() -> None:
    layout = Layout()
    layout.counter("c", "C.", ("kind",), [("a",), ("b",)])
    assert read(list(layout.to_families([0.0] * layout.n_cells)), "c_total") == {("a",): 0, ("b",): 0}


def test_all_metrics_carry_the_labels_that_are_given_besides() -> None:
    layout = Layout()
    layout.counter("c", "C.", ("kind",), [("a",)])
    layout.histogram("h", "H.", BOUNDS)
    metrics = list(layout.to_families([0.0] * layout.n_cells, ("version",), ("v1",)))
    assert (read(metrics, "c_total"), read(metrics, "h_count")) == ({("v1", "a"): 0}, {("v1",): 0})
