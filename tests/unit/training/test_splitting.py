from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset, Split
from training.splitting import split_dataset
from training.tasks import CLASSIFICATION, REGRESSION


@pytest.fixture(scope="module")
def split(example_dataset: Dataset) -> Split:
    return split_dataset(example_dataset, seed=42)


def build(y: Any, task: str = CLASSIFICATION, **facts: Any) -> Dataset:
    """Return a dataset of one column, which numbers the rows."""
    return Dataset("test", np.arange(len(y)).reshape(-1, 1), y, ["row"], task=task, **facts)


def list_rows(part: Any) -> list[int]:
    rows: list[int] = part[:, 0].tolist()
    return rows


def test_splits_into_455_rows_to_train_on_and_114_to_test_on(split: Split) -> None:
    assert (len(split.X_train), len(split.y_train)) == (455, 455)
    assert (len(split.X_test), len(split.y_test)) == (114, 114)


def test_splits_the_example_into_the_very_rows_that_its_published_metrics_are_of(split: Split) -> None:
    digests = [hashlib.sha256(each.tobytes()).hexdigest()[:16] for each in (split.X_train, split.y_test)]
    assert digests == ["12c3a6e351522d0f", "65b9934c540da13b"]


def test_splits_the_classes_in_equal_shares(split: Split) -> None:
    assert np.bincount(split.y_train).tolist() == [170, 285]
    assert np.bincount(split.y_test).tolist() == [42, 72]


def test_has_nothing_to_say_of_an_even_split(split: Split) -> None:
    assert split.warnings == ()


def test_splits_every_row_with_its_class_into_just_one_part(example_dataset: Dataset, split: Split) -> None:
    parts = np.vstack([np.c_[split.X_train, split.y_train], np.c_[split.X_test, split.y_test]])
    assert sorted(parts.tolist()) == sorted(np.c_[example_dataset.X, example_dataset.y].tolist())


def test_splits_alike_for_the_same_seed(example_dataset: Dataset, split: Split) -> None:
    again = split_dataset(example_dataset, seed=42)
    assert np.array_equal(again.X_train, split.X_train)
    assert np.array_equal(again.X_test, split.X_test)


def test_splits_otherwise_for_another_seed(example_dataset: Dataset, split: Split) -> None:
    assert not np.array_equal(split_dataset(example_dataset, seed=43).X_test, split.X_test)


def test_shuffles_what_has_no_classes() -> None:
    split = split_dataset(build(np.linspace(0, 1, 50), REGRESSION), seed=1)
    rows = list_rows(split.X_test)
    assert (len(rows), rows != sorted(rows)) == (10, True)
    assert sorted(rows + list_rows(split.X_train)) == list(range(50))


def test_trains_on_the_only_row_of_a_class() -> None:
    split = split_dataset(build([0, 1] * 20 + [2]), seed=1)
    assert 2 in split.y_train and 2 not in split.y_test
    assert split.warnings == ("1 classes have one row each, which is trained on, and never tested.",)


def test_trains_on_each_of_many_classes() -> None:
    split = split_dataset(build(list(range(10)) * 2), seed=1)
    assert (set(split.y_train), len(split.y_test)) == (set(range(10)), 4)
    assert split.warnings == ("There are too few rows for 10 classes: some are not tested.",)


def test_trains_on_all_where_every_row_is_a_class_of_its_own() -> None:
    split = split_dataset(build(list(range(12))), seed=1)
    assert (len(split.X_train), len(split.X_test)) == (12, 0)


def test_tests_nothing_of_fewer_than_10_rows() -> None:
    split = split_dataset(build([0, 1, 0, 1, 0, 1, 0, 1, 0]), seed=1)
    assert (len(split.X_train), len(split.X_test), len(split.y_test)) == (9, 0, 0)
    assert split.warnings == ("There are fewer than 10 rows: all are trained on, none tested.",)
    assert len(split_dataset(build([0, 1] * 5), seed=1).X_test) == 2


def test_has_no_group_in_both_parts() -> None:
    groups = np.arange(60) // 4
    split = split_dataset(build([0, 1] * 30, groups=groups), seed=1)
    assert set(groups[list_rows(split.X_train)]) & set(groups[list_rows(split.X_test)]) == set()
    assert split.groups_train.tolist() == groups[list_rows(split.X_train)].tolist()
    assert len(split.X_test) == 12


@pytest.mark.parametrize("seed", range(8))
def test_trains_on_every_class_where_one_of_the_groups_allows_that(seed: int) -> None:
    y = [0, 1] * 20 + [2] * 20
    split = split_dataset(build(y, groups=np.r_[np.arange(40) // 10, np.full(20, 9)]), seed=seed)
    assert 2 in split.y_train


def test_says_which_classes_cannot_be_learnt() -> None:
    split = split_dataset(build([0] * 10 + [1] * 10, groups=[0] * 10 + [1] * 10), seed=1)
    (warning,) = split.warnings
    assert warning.startswith("Classes that are tested alone, and cannot be learnt: ")


def test_tests_nothing_of_one_group() -> None:
    split = split_dataset(build([0, 1] * 10, groups=[7] * 20), seed=1)
    assert (len(split.X_test), split.warnings) == (0, ("All rows are of one group: all are trained on, none tested.",))


def test_tests_the_newest_fifth_and_trains_in_the_order_of_time() -> None:
    times = np.random.default_rng(0).permutation(50)
    split = split_dataset(build([0, 1] * 25, times=times), seed=1)
    assert times[list_rows(split.X_train)].tolist() == list(range(40))
    assert times[list_rows(split.X_test)].tolist() == list(range(40, 50))


def test_has_no_moment_in_both_parts() -> None:
    split = split_dataset(build([0, 1] * 10, times=[0] * 12 + [1] * 8), seed=1)
    assert (len(split.X_train), len(split.X_test)) == (12, 8)


def test_tests_nothing_where_all_rows_are_of_one_time() -> None:
    split = split_dataset(build([0, 1] * 10, times=[3] * 20), seed=1)
    warning = "Too many rows are as old as the newest: all are trained on, none tested."
    assert (len(split.X_test), split.warnings) == (0, (warning,))


def test_keeps_frames_and_texts_what_they_are() -> None:
    frame = pd.DataFrame({"a": range(20), "b": list("xyxyxyxyxyxyxyxyxyxy")})
    parts = split_dataset(Dataset("test", frame, [0, 1] * 10, []), seed=1)
    assert (parts.X_test.index.tolist(), parts.X_test.dtypes.tolist()) == ([0, 1, 2, 3], frame.dtypes.tolist())
    texts = split_dataset(Dataset("test", [f"text {row}" for row in range(20)], [0, 1] * 10, ["text"]), seed=1)
    assert (len(texts.X_test), type(texts.X_test[0])) == (4, str)


def test_splits_what_has_no_y() -> None:
    split = split_dataset(Dataset("test", np.ones((20, 1)), None, ["a"], task="cluster"), seed=1)
    assert (len(split.X_test), split.y_train, split.y_test) == (4, None, None)
