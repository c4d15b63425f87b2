"""Folds: the parts that a cross-validation holds out, fitted to what there is to train on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

from training.dataset import Split
from training.tasks import CLASSIFICATION, MULTILABEL, MULTIOUTPUT, OUTLIER

MAX_FOLDS = 5
MIN_FOLDS = 2

_Fold = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Folds:
    """For each fold the rows that are trained on and those that are held out; none where there are too few rows."""

    splits: list[_Fold]
    warnings: tuple[str, ...] = ()
    """What whoever trains should know of the folds, a sentence each."""


def choose_folds(split: Split, seed: int) -> Folds:
    """Return 2 to 5 folds of the rows to train on, as the rarest class, the groups and the times allow.

    A class with one row is trained on in every fold.
    """
    n_rows = len(split.X_train)
    if n_rows < MIN_FOLDS:
        return Folds([], ("There are no folds of one row: nothing is cross-validated.",))
    if split.is_by_time:
        return _drop_unlearnable(split, TimeSeriesSplit(min(MAX_FOLDS, n_rows - 1)).split(split.X_train))
    if split.groups_train is not None:
        return _fold_groups(split)
    if split.task in (CLASSIFICATION, OUTLIER) and split.y_train is not None:
        return _fold_classes(split, seed)
    folds = KFold(min(MAX_FOLDS, n_rows), shuffle=True, random_state=seed)
    return _drop_unlearnable(split, folds.split(split.X_train))


def _fold_groups(split: Split) -> Folds:
    n_groups = len(np.unique(split.groups_train))
    if n_groups < MIN_FOLDS:
        return Folds([], ("There are no folds of one group: nothing is cross-validated.",))
    folds = GroupKFold(min(MAX_FOLDS, n_groups))
    return _drop_unlearnable(split, folds.split(split.X_train, groups=split.groups_train))


def _fold_classes(split: Split, seed: int) -> Folds:
    _, indices, counts = np.unique(split.y_train, return_inverse=True, return_counts=True)
    is_rare = counts[indices] == 1
    rare, common = np.flatnonzero(is_rare), np.flatnonzero(~is_rare)
    if len(common) == 0:
        return Folds([], ("There are no folds of classes with one row each: nothing is cross-validated.",))
    n_folds = int(min(MAX_FOLDS, counts[counts > 1].min()))
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(common, indices[common])
    found = _drop_unlearnable(split, ((np.r_[common[train], rare], common[held_out]) for train, held_out in folds))
    warnings = list(found.warnings)
    if n_folds < MAX_FOLDS:
        warnings.append(f"There are {n_folds} folds, as the rarest class has {n_folds} rows to train on.")
    return Folds(found.splits, tuple(warnings))


def _drop_unlearnable(split: Split, folds: Iterable[_Fold]) -> Folds:
    """Return the folds that leave at least two classes to train on, for each target."""
    every = list(folds)
    kept = [fold for fold in every if _is_learnable(split, fold[0])]
    if len(kept) == len(every):
        return Folds(kept)
    n_dropped = len(every) - len(kept)
    return Folds(kept, (f"{n_dropped} folds are left out, as they leave one class to train on.",))


def _is_learnable(split: Split, rows: NDArray[Any]) -> bool:
    if split.task not in (CLASSIFICATION, MULTILABEL, MULTIOUTPUT):
        return True
    columns = split.y_train.reshape(len(split.y_train), -1).T
    return all(len(np.unique(column[rows])) > 1 for column in columns if len(np.unique(column)) > 1)
