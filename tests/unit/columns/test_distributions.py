from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from app.columns.distributions import (
    ABOVE_BIN,
    N_BINS,
    N_PARTS,
    FeatureDistributions,
    check_shares,
    measure_distribution,
    parse_numbers,
)
from app.columns.number import NumberColumn
from training.dataset import Dataset

Matrix = NDArray[np.float64]

# Few values make ties; the others are of any size.
NUMBERS = st.one_of(st.sampled_from([-1.0, -0.0, 0.0, 1.0, 2.0]), st.floats(allow_nan=False, allow_infinity=False))
LARGEST = float(np.finfo(np.float64).max)
NAMES = ["a", "b"]
COLUMNS = [NumberColumn(name) for name in NAMES]
DECILES = [float(number) for number in range(1, 10)]
SHARES = [0.1] * 10
RANGES: dict[str, Any] = {"a": {"min": 0.0, "max": 10.0}, "b": {"min": 1, "max": 9}}
DOCUMENT = {name: {"deciles": DECILES, "shares": SHARES} for name in NAMES}
ONLY_FINITE = "the training distributions must be lists of {} finite numbers"
BOTH_TABLES = "'feature_distributions' must give the deciles and the shares of each feature"
ALL_FEATURES = "'feature_distributions' must be an object with all features"
ADD_UP = "the shares in training must not be negative, and must add up to 1"


def matrices(max_instances: int = 60) -> st.SearchStrategy[Matrix]:
    """Draw matrices of one to three features."""
    shapes = st.tuples(st.integers(1, max_instances), st.integers(1, 3))
    return shapes.flatmap(lambda shape: npst.arrays(np.float64, shape, elements=NUMBERS))


def measure(X_train: Matrix) -> FeatureDistributions:
    """Return the distributions of columns of numbers, as they come back from metadata."""
    columns = [NumberColumn(f"feature {number}") for number in range(X_train.shape[1])]
    measured = {
        column.name: measure_distribution(column, values) for column, values in zip(columns, X_train.T, strict=True)
    }
    ranges = {column.name: column.measure_range(values) for column, values in zip(columns, X_train.T, strict=True)}
    return FeatureDistributions.from_json(json.loads(json.dumps(measured)), columns, json.loads(json.dumps(ranges)))


def count_naively(X_train: Matrix, X: Matrix) -> list[int]:
    """Return how many values of `X` are in each bin, feature after feature, one value after the other."""
    counts = []
    for trained, values in zip(X_train.T.tolist(), X.T.tolist(), strict=True):
        ordered = sorted(trained)
        deciles = [ordered[math.ceil(len(ordered) * tenth / 10) - 1] for tenth in range(1, 10)]
        bins = [0] * N_BINS
        for value in values:
            if value < ordered[0]:
                bins[0] += 1
            elif value > ordered[-1]:
                bins[ABOVE_BIN] += 1
            else:
                bins[1 + sum(value > decile for decile in deciles)] += 1
        counts += bins
    return counts


@given(matrices(), st.data())
def test_counts_as_one_does_value_by_value(X_train: Matrix, data: st.DataObject) -> None:
    with np.errstate(over="ignore"):
        edges = np.concatenate([X_train, np.nextafter(X_train, np.inf), np.nextafter(X_train, -np.inf)])
    n_instances = data.draw(st.integers(1, 40))
    own = npst.arrays(np.float64, (n_instances, X_train.shape[1]), elements=NUMBERS)
    X = np.concatenate([edges[np.isfinite(edges).all(axis=1)], data.draw(own)])
    assert measure(X_train).count(X).tolist() == count_naively(X_train, X)


@given(st.integers(1, 1000), st.integers(0, 2**32 - 1))
def test_counts_batches_of_every_size(n_instances: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    X_train, X = random.normal(size=(50, 4)), random.normal(size=(n_instances, 4)).round(1)
    assert measure(X_train).count(X).tolist() == count_naively(X_train, X)


@given(matrices())
def test_the_shares_are_those_of_the_training_data(X_train: Matrix) -> None:
    counts = np.array(count_naively(X_train, X_train)).reshape(-1, N_BINS)
    assert (counts[:, [0, -2, -1]] == 0).all()
    assert np.array_equal(measure(X_train).shares, counts[:, [*range(1, 11), -1]] / len(X_train))


def test_values_at_the_ends_of_the_training_range_are_within_it_and_the_next_ones_are_not() -> None:
    distributions = measure(np.arange(101.0)[:, np.newaxis])
    values = [np.nextafter(0.0, -1), 0.0, 100.0, np.nextafter(100.0, 200.0)]
    assert distributions.count(np.array(values)[:, np.newaxis]).tolist() == [1, 1, *[0] * 8, 1, 1, 0]


def test_a_constant_feature_has_all_of_it_in_one_bin() -> None:
    distributions = measure(np.full((20, 1), 3.0))
    assert distributions.shares.tolist() == [[1.0, *[0.0] * 10]]
    assert distributions.count(np.array([[2.0], [3.0], [4.0]])).tolist() == [1, 1, *[0] * 9, 1, 0]


def test_the_deciles_of_the_example_data_hold_a_tenth_each(example_dataset: Dataset) -> None:
    shares = measure(example_dataset.X).shares
    assert shares.shape == (30, N_PARTS + 1)
    assert np.abs(shares[:, :-1] - 0.1).max() < 0.05
    assert (shares[:, -1] == 0).all()


@given(matrices())
@example(np.array([[-LARGEST], [LARGEST]]))
def test_the_edges_are_the_training_values_themselves(X_train: Matrix) -> None:
    edges = measure(X_train).edges
    assert edges[:, -1].tolist() == X_train.max(axis=0).tolist()
    assert all(np.isin(edges[place, 1:], X_train[:, place]).all() for place in range(X_train.shape[1]))


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        ([], ALL_FEATURES),
        ({"a": DOCUMENT["a"]}, ALL_FEATURES),
        ({**DOCUMENT, "c": DOCUMENT["a"]}, ALL_FEATURES),
        ({**DOCUMENT, "b": None}, BOTH_TABLES),
        ({**DOCUMENT, "b": {"deciles": DECILES}}, BOTH_TABLES),
        ({**DOCUMENT, "b": {**DOCUMENT["b"], "more": []}}, BOTH_TABLES),
        ({**DOCUMENT, "b": {"deciles": DECILES[1:], "shares": SHARES}}, ONLY_FINITE.format(9)),
        ({**DOCUMENT, "b": {"deciles": [*DECILES[1:], math.nan], "shares": SHARES}}, ONLY_FINITE.format(9)),
        ({**DOCUMENT, "b": {"deciles": [*DECILES[1:], "9"], "shares": SHARES}}, ONLY_FINITE.format(9)),
        ({**DOCUMENT, "b": {"deciles": [True, *DECILES[1:]], "shares": SHARES}}, ONLY_FINITE.format(9)),
        ({**DOCUMENT, "b": {"deciles": "123456789", "shares": SHARES}}, ONLY_FINITE.format(9)),
        ({**DOCUMENT, "b": {"deciles": DECILES, "shares": [*SHARES, 0.0]}}, ONLY_FINITE.format(10)),
        ({**DOCUMENT, "b": {"deciles": DECILES, "shares": [math.inf, *SHARES[1:]]}}, ONLY_FINITE.format(10)),
        ({**DOCUMENT, "b": {"deciles": DECILES, "shares": [-0.1, 0.3, *SHARES[2:]]}}, ADD_UP),
        ({**DOCUMENT, "b": {"deciles": DECILES, "shares": [0.2, *SHARES[1:]]}}, ADD_UP),
        (
            {**DOCUMENT, "b": {"deciles": DECILES[::-1], "shares": SHARES}},
            "'feature_distributions' must have deciles that ascend within the training range",
        ),
        (
            {**DOCUMENT, "b": {"deciles": [0.5, *DECILES[1:]], "shares": SHARES}},
            "'feature_distributions' must have deciles that ascend within the training range",
        ),
    ],
)
def test_refuses_a_document_that_is_not_of_the_format(document: Any, rule: str) -> None:
    with pytest.raises(ValueError, match=f"^{rule}$"):
        FeatureDistributions.from_json(document, COLUMNS, RANGES)


@pytest.mark.parametrize(
    "limits", [None, {}, 3, {"min": 0.0}, {"min": 0.0, "max": "10"}, {"min": -math.inf, "max": 10}]
)
def test_refuses_features_without_a_range(limits: Any) -> None:
    with pytest.raises(ValueError, match=f"^{ONLY_FINITE.format(2)}$"):
        FeatureDistributions.from_json(DOCUMENT, COLUMNS, {**RANGES, "b": limits})


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (None, ONLY_FINITE.format(2)),
        ([1.0], ONLY_FINITE.format(2)),
        ([1.0, None], ONLY_FINITE.format(2)),
        ([2.0, -1.0], ADD_UP),
        ([0.5, 0.6], ADD_UP),
    ],
)
def test_refuses_shares_that_are_none(document: Any, rule: str) -> None:
    with pytest.raises(ValueError, match=f"^{rule}$"):
        check_shares(parse_numbers(document, 2))


def test_shares_may_be_a_rounding_off_one() -> None:
    shares = [1 / 3, 1 / 3, 0.3333333333]
    assert check_shares(parse_numbers(shares, 3)).tolist() == shares
