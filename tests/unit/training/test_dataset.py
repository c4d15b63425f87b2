from __future__ import annotations

import numpy as np
import pytest

from training.dataset import Dataset, Split, split_dataset


@pytest.fixture(scope="module")
def split(example_dataset: Dataset) -> Split:
    return split_dataset(example_dataset, seed=42)


def test_has_569_rows_of_30_named_features_in_two_classes(example_dataset: Dataset) -> None:
    assert example_dataset.X.shape == (569, 30)
    assert (len(example_dataset.feature_names), example_dataset.feature_names[0]) == (30, "mean radius")


def test_numbers_the_classes_in_the_order_of_their_names(example_dataset: Dataset) -> None:
    assert example_dataset.classes == ["malignant", "benign"]
    assert np.bincount(example_dataset.y).tolist() == [212, 357]


def test_holds_numbers_of_64_bits(example_dataset: Dataset) -> None:
    assert (example_dataset.X.dtype.name, example_dataset.y.dtype.name) == ("float64", "int64")


def test_has_names_that_are_plain_strings(example_dataset: Dataset) -> None:
    assert {type(name) for name in example_dataset.feature_names + example_dataset.classes} == {str}


def test_splits_into_455_rows_to_train_on_and_114_to_test_on(split: Split) -> None:
    assert (len(split.X_train), len(split.y_train)) == (455, 455)
    assert (len(split.X_test), len(split.y_test)) == (114, 114)


def test_splits_the_classes_in_equal_shares(split: Split) -> None:
    assert np.bincount(split.y_train).tolist() == [170, 285]
    assert np.bincount(split.y_test).tolist() == [42, 72]


def test_splits_every_row_with_its_class_into_just_one_part(example_dataset: Dataset, split: Split) -> None:
    parts = np.vstack([np.c_[split.X_train, split.y_train], np.c_[split.X_test, split.y_test]])
    assert sorted(parts.tolist()) == sorted(np.c_[example_dataset.X, example_dataset.y].tolist())


def test_splits_alike_for_the_same_seed(example_dataset: Dataset, split: Split) -> None:
    again = split_dataset(example_dataset, seed=42)
    assert np.array_equal(again.X_train, split.X_train)
    assert np.array_equal(again.X_test, split.X_test)


def test_splits_otherwise_for_another_seed(example_dataset: Dataset, split: Split) -> None:
    assert not np.array_equal(split_dataset(example_dataset, seed=43).X_test, split.X_test)
