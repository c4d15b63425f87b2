"""Splitting: which rows are trained on and which are left to test on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from training.dataset import Dataset, Split
from training.instances import take_rows
from training.tasks import CLASSIFICATION, OUTLIER

TEST_SHARE = 0.2
MIN_ROWS_TO_TEST = 10
_N_SHUFFLES_OF_GROUPS = 20

_Rows = NDArray[np.int64]


def split_dataset(dataset: Dataset, seed: int) -> Split:
    """Return four fifths of the rows to train on and one fifth to test on.

    Classes have equal shares in both, groups stand in one of them, and with times the newest rows are tested on. Of
    too few rows none are tested on; the warnings of the split say so, and what else is not as one would expect.
    """
    n_rows = len(dataset.X)
    if n_rows < MIN_ROWS_TO_TEST:
        return use_all_rows(dataset, f"There are fewer than {MIN_ROWS_TO_TEST} rows: all are trained on, none tested.")
    if dataset.times is not None:
        return _split_by_time(dataset)
    if dataset.groups is not None:
        return _split_by_group(dataset, seed)
    if dataset.task in (CLASSIFICATION, OUTLIER) and dataset.y is not None:
        return _split_by_class(dataset, seed)
    train, test = train_test_split(np.arange(n_rows), test_size=TEST_SHARE, random_state=seed)
    return _build_split(dataset, train, test)


def use_all_rows(dataset: Dataset, *warnings: str) -> Split:
    """Return a split that leaves no rows to test on."""
    rows = np.arange(len(dataset.X)) if dataset.times is None else np.argsort(dataset.times, kind="stable")
    return _build_split(dataset, rows, rows[:0], *warnings)


def _split_by_class(dataset: Dataset, seed: int) -> Split:
    classes, indices, counts = np.unique(dataset.y, return_inverse=True, return_counts=True)
    is_rare = counts[indices] == 1
    rare, common = np.flatnonzero(is_rare), np.flatnonzero(~is_rare)
    warnings = [f"{len(rare)} classes have one row each, which is trained on, and never tested."] if len(rare) else []
    n_common_classes = int((counts > 1).sum())
    n_test = int(np.ceil(TEST_SHARE * len(common)))
    if n_common_classes and n_common_classes <= min(n_test, len(common) - n_test):
        strata = indices[common]
        train, test = train_test_split(common, test_size=TEST_SHARE, stratify=strata, random_state=seed)
        return _build_split(dataset, np.r_[train, rare], test, *warnings)
    warnings.append(f"There are too few rows for {len(classes)} classes: some are not tested.")
    train, test = _keep_one_of_each(indices, seed)
    return _build_split(dataset, train, test, *warnings)


def _keep_one_of_each(indices: NDArray[np.int64], seed: int) -> tuple[_Rows, _Rows]:
    """Return shuffled rows in two parts, the first of which has every class."""
    rows = np.random.default_rng(seed).permutation(len(indices))
    first_of_each = np.unique(indices[rows], return_index=True)[1]
    others = np.delete(rows, first_of_each)
    n_test = min(len(others), int(np.ceil(TEST_SHARE * len(rows))))
    return np.r_[rows[first_of_each], others[n_test:]], others[:n_test]


def _split_by_group(dataset: Dataset, seed: int) -> Split:
    if len(np.unique(dataset.groups)) < 2:
        return use_all_rows(dataset, "All rows are of one group: all are trained on, none tested.")
    shuffles = GroupShuffleSplit(n_splits=_N_SHUFFLES_OF_GROUPS, test_size=TEST_SHARE, random_state=seed)
    parts = list(shuffles.split(dataset.X, groups=dataset.groups))
    for train, test in parts:
        if not _list_unlearnt(dataset, train):
            return _build_split(dataset, train, test)
    train, test = parts[0]
    return _build_split(dataset, train, test, _warn_of_unlearnt(_list_unlearnt(dataset, train)))


def _split_by_time(dataset: Dataset) -> Split:
    order = np.argsort(dataset.times, kind="stable")
    cut = dataset.times[order[len(order) - int(np.ceil(TEST_SHARE * len(order)))]]
    is_test = dataset.times[order] >= cut  # what is as old as the oldest row to test on is no news to train on
    if is_test.all():
        return use_all_rows(dataset, "Too many rows are as old as the newest: all are trained on, none tested.")
    train, test = order[~is_test], order[is_test]
    unlearnt = _list_unlearnt(dataset, train)
    return _build_split(dataset, train, test, *([_warn_of_unlearnt(unlearnt)] if unlearnt else []))


def _list_unlearnt(dataset: Dataset, train: _Rows) -> list[Any]:
    """Return the classes that no row to train on is of."""
    if dataset.task != CLASSIFICATION:
        return []
    learnt = np.unique(dataset.y[train])
    return [each for each in dataset.own_classes if each not in learnt]


def _warn_of_unlearnt(classes: list[Any]) -> str:
    named = ", ".join(repr(each) for each in classes[:5])
    return f"Classes that are tested alone, and cannot be learnt: {named} ({len(classes)} in all)."


def _build_split(dataset: Dataset, train: _Rows, test: _Rows, *warnings: str) -> Split:
    return Split(
        X_train=take_rows(dataset.X, train),
        X_test=take_rows(dataset.X, test),
        y_train=take_rows(dataset.y, train),
        y_test=take_rows(dataset.y, test),
        task=dataset.task,
        targets=dataset.targets,
        groups_train=take_rows(dataset.groups, train),
        is_by_time=dataset.times is not None,
        warnings=warnings,
    )
