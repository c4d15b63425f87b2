from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.columns.distributions import MISSING_BIN, N_BINS
from app.drift.psi import MIN_INSTANCES, measure_drift, measure_psi
from app.drift.window import WindowCounts
from tests.unit.drift.measured import change, expect


def measure_naively(shares: Sequence[float], expected: Sequence[float]) -> float:
    """Return the index, bin after bin, with at least a ten-thousandth in each."""
    pairs = [(max(share, 1e-4), max(reference, 1e-4)) for share, reference in zip(shares, expected, strict=True)]
    return sum((share - reference) * math.log(share / reference) for share, reference in pairs)


def to_shares(counts: list[int]) -> list[float]:
    return [count / max(sum(counts), 1) for count in counts]


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=12))
def test_the_index_is_that_of_the_formula(counts: list[tuple[int, int]]) -> None:
    shares, expected = to_shares([now for now, _ in counts]), to_shares([then for _, then in counts])
    psi = measure_psi(np.array([shares, expected]), np.array([expected, expected]))
    assert psi.tolist() == pytest.approx([measure_naively(shares, expected), 0.0], abs=1e-12)


def test_the_index_of_a_known_case() -> None:
    psi = measure_psi(np.array([0.2, 0.8]), np.array([0.5, 0.5]))
    assert psi == pytest.approx(0.3 * math.log(2.5) + 0.3 * math.log(1.6))


def test_measures_shares_of_the_instances_with_the_ends_of_the_range_left_open() -> None:
    by_bin = np.zeros((2, N_BINS), np.int64)
    by_bin[0, [0, 1, 5]] = [1, 2, 7]
    by_bin[1, [10, 11]] = [4, 6]
    drift = measure_drift(WindowCounts(by_bin, np.array([3, 7])), expect("ab", prediction_shares=[0.5, 0.5]))
    expected = [
        measure_naively([0.3, 0, 0, 0, 0.7, 0, 0, 0, 0, 0], [0.1] * 10),
        measure_naively([0] * 9 + [1], [0.1] * 10),
    ]
    assert (drift.n_instances, drift.out_of_range.tolist()) == (10, [0.1, 0.6])
    assert drift.psi.tolist() == pytest.approx(expected)
    assert drift.prediction_shares.tolist() == [0.3, 0.7]
    assert drift.prediction_psi == pytest.approx(measure_naively([0.3, 0.7], [0.5, 0.5]))


def test_a_window_without_instances_has_shares_of_nothing() -> None:
    counts = WindowCounts(np.zeros((1, N_BINS), np.int64), np.zeros(2, np.int64))
    drift = measure_drift(counts, expect("a"))
    assert (drift.n_instances, drift.prediction_shares.tolist(), drift.out_of_range.tolist()) == (0, [0, 0], [0])


@pytest.mark.parametrize(("psi", "has_drifted"), [(0.19999, False), (0.2, True), (3.0, True)])
def test_a_feature_drifts_from_an_index_of_a_fifth_on(psi: float, has_drifted: bool) -> None:
    assert change(psi=np.array([0.0, psi, 0.0])).have_drifted.tolist() == [False, has_drifted, False]


@pytest.mark.parametrize(("share", "has_drifted"), [(0.05, False), (0.0501, True)])
def test_a_feature_drifts_where_more_than_a_twentieth_is_out_of_range(share: float, has_drifted: bool) -> None:
    assert change(out_of_range=np.array([0.0, 0.0, share])).have_drifted.tolist() == [False, False, has_drifted]


def test_nothing_has_drifted_where_there_are_too_few_instances() -> None:
    drift = change(n_instances=MIN_INSTANCES - 1, psi=np.full(3, 9.0), out_of_range=np.ones(3), prediction_psi=9.0)
    assert (drift.have_drifted.tolist(), drift.have_predictions_drifted) == ([False] * 3, False)


@pytest.mark.parametrize(("n_instances", "has_drifted"), [(4999, False), (5000, True)])
def test_many_classes_want_many_instances(n_instances: int, has_drifted: bool) -> None:
    shares = np.full(100, 0.01)
    expected = expect(prediction_shares=shares.tolist())
    drift = change(n_instances=n_instances, expected=expected, prediction_shares=shares, prediction_psi=0.3)
    assert drift.have_predictions_drifted == has_drifted


def count_bins(places: dict[int, int]) -> NDArray[np.int64]:
    """Return the bins of one feature with so many instances at each of `places`."""
    bins = np.zeros((1, N_BINS), np.int64)
    bins[0, list(places)] = list(places.values())
    return bins


def test_a_value_from_a_list_that_was_not_seen_belongs_to_no_part() -> None:
    expected = expect("a", np.array([[0.5, 0.5, *[0.0] * 9]]), feature_values=[["x", "y"]])
    drift = measure_drift(WindowCounts(count_bins({0: 2, 1: 4, 2: 4}), np.array([5, 5])), expected)
    assert (drift.out_of_range.tolist(), drift.feature_shares[0, :3].tolist()) == ([0.2], [0.4, 0.4, 0.0])
    assert drift.psi.tolist() == pytest.approx([measure_naively([0.4, 0.4, 0.2], [0.5, 0.5, 0.0])])


def test_a_share_of_missing_values_is_a_part_like_any_other() -> None:
    expected = expect("a", np.array([[*[0.09] * 10, 0.1]]))
    counts = count_bins({**dict.fromkeys(range(1, 11), 1), MISSING_BIN: 10})
    drift = measure_drift(WindowCounts(counts, np.array([10, 10])), expected)
    assert (drift.feature_shares[0, -1], drift.out_of_range.tolist()) == (0.5, [0.0])
    assert drift.psi.tolist() == pytest.approx([measure_naively([*[0.05] * 10, 0.5], [*[0.09] * 10, 0.1])])


def test_of_several_targets_the_one_that_has_moved_most_counts() -> None:
    expected = expect("a", prediction_shares=[0.5, 0.5, 0.2, 0.3, 0.5], n_parts=[2, 3])
    counts = WindowCounts(count_bins({1: 10}), np.array([5, 5, 8, 1, 1]))
    drift = measure_drift(counts, expected)
    assert (drift.n_instances, drift.prediction_shares.tolist()) == (10, [0.5, 0.5, 0.8, 0.1, 0.1])
    assert drift.prediction_psi == pytest.approx(measure_naively([0.8, 0.1, 0.1], [0.2, 0.3, 0.5]))


@pytest.mark.parametrize(("n_instances", "is_enough"), [(999, False), (1000, True)])
def test_of_several_targets_the_one_with_most_parts_says_how_many_instances_are_wanted(
    n_instances: int, is_enough: bool
) -> None:
    expected = expect(prediction_shares=[0.05] * 20 + [0.5, 0.5], n_parts=[20, 2])
    assert change(n_instances=n_instances, expected=expected).are_predictions_meaningful == is_enough
