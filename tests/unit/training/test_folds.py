from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.dataset import Dataset
from training.folds import Folds, choose_folds
from training.splitting import use_all_rows
from training.tasks import CLASSIFICATION, MULTILABEL, REGRESSION


def fold(y: Any, task: str = CLASSIFICATION, seed: int = 7, **facts: Any) -> Folds:
    X = np.arange(len(y)).reshape(-1, 1)
    return choose_folds(use_all_rows(Dataset("test", X, y, ["row"], task=task, **facts)), seed)


def list_held_out(folds: Folds) -> list[int]:
    return sorted(int(row) for _, held_out in folds.splits for row in held_out)


@pytest.mark.parametrize(("n_rare", "n_folds"), [(2, 2), (3, 3), (4, 4), (5, 5), (20, 5)])
def test_fits_the_folds_to_the_rarest_class(n_rare: int, n_folds: int) -> None:
    y = np.array([0, 1] * 140 + [2] * n_rare)
    folds = fold(y)
    assert (len(folds.splits), list_held_out(folds)) == (n_folds, list(range(len(y))))
    assert all({0, 1, 2} == set(y[train]) == set(y[held_out]) for train, held_out in folds.splits)


def test_says_that_there_are_fewer_folds() -> None:
    warnings = fold([0, 1] * 140 + [2] * 3).warnings
    assert warnings == ("There are 3 folds, as the rarest class has 3 rows to train on.",)
    assert fold([0, 1] * 10).warnings == ()


def test_trains_every_fold_on_the_only_row_of_a_class() -> None:
    folds = fold([0, 1] * 20 + [2])
    assert len(folds.splits) == 5
    assert all(40 in train and 40 not in held_out for train, held_out in folds.splits)


@pytest.mark.parametrize(
    ("y", "task", "facts", "sentence"),
    [
        ([0.5], REGRESSION, {}, "There are no folds of one row: nothing is cross-validated."),
        ([0, 1, 2], CLASSIFICATION, {}, "There are no folds of classes with one row each: nothing is cross-validated."),
        (
            [0, 1] * 5,
            CLASSIFICATION,
            {"groups": [1] * 10},
            "There are no folds of one group: nothing is cross-validated.",
        ),
    ],
)
def test_has_no_folds_where_nothing_could_be_held_out(y: Any, task: str, facts: dict[str, Any], sentence: str) -> None:
    folds = fold(y, task, **facts)
    assert (folds.splits, folds.warnings) == ([], (sentence,))


@pytest.mark.parametrize(("n_rows", "n_folds"), [(2, 2), (4, 4), (50, 5)])
def test_shuffles_the_folds_of_what_has_no_classes(n_rows: int, n_folds: int) -> None:
    folds = fold(np.linspace(0, 1, n_rows), REGRESSION)
    assert (len(folds.splits), list_held_out(folds)) == (n_folds, list(range(n_rows)))


def test_holds_out_whole_groups() -> None:
    groups = np.arange(60) // 4
    folds = fold([0, 1] * 30, groups=groups)
    assert len(folds.splits) == 5
    assert all(not set(groups[train]) & set(groups[held_out]) for train, held_out in folds.splits)


def test_has_no_more_folds_than_groups() -> None:
    assert len(fold([0, 1] * 30, groups=[0, 1, 1, 2, 2, 2] * 10).splits) == 3


def test_holds_out_what_is_newer_than_what_is_trained_on() -> None:
    folds = fold([0, 1] * 30, times=np.arange(60)[::-1])
    assert len(folds.splits) == 5
    assert all(train.max() < held_out.min() for train, held_out in folds.splits)


def test_leaves_out_folds_that_leave_one_class_to_train_on() -> None:
    folds = fold([0] * 30 + [1] * 30, times=np.arange(60))
    assert len(folds.splits) == 2
    assert folds.warnings == ("3 folds are left out, as they leave one class to train on.",)


def test_leaves_out_folds_that_leave_one_value_of_a_label_to_train_on() -> None:
    y = np.zeros((10, 2), dtype=int)
    y[::2, 0], y[3, 1] = 1, 1
    folds = fold(y, MULTILABEL)
    assert len(folds.splits) == 4
    assert all(3 in train for train, _ in folds.splits)
