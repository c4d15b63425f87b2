"""The models that are tried where nobody names an estimator: by what the data hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from training.dataset import Dataset
from training.evaluation import BuildPipeline
from training.packing import build_pipeline
from training.table_model import build_boosting, build_linear, build_linear_estimator, build_trees, group_columns
from training.tasks import REGRESSION

BOOSTING, LINEAR = "gradient boosting", "a linear model"

# A tree for each class in every round: beyond these, boosting takes hours where a linear model takes minutes.
MAX_BOOSTED_CLASSES = 30
# A column with more gaps may be empty in a fold, which boosting fails at unless that column is left out there.
_MOST_GAPS = 0.1


def is_plain(frame: pd.DataFrame, kinds: Mapping[str, str]) -> bool:
    """Return whether a table is as good as an array of numbers, which is answered faster than a frame."""
    is_numeric = all(kinds[name] in {"number", "integer"} for name in frame)
    return is_numeric and bool((frame.isna().mean() <= _MOST_GAPS).all())


def list_default_models(dataset: Dataset, kinds: Mapping[str, str], seed: int) -> dict[str, BuildPipeline]:
    """Return how each model is built that is tried on the data, by its name."""
    task, n_targets = dataset.task, max(1, len(dataset.targets))
    columns = group_columns({name: kinds[name] for name in dataset.feature_names})
    if isinstance(dataset.X, np.ndarray):
        boosting, linear = partial(_build_plain_boosting, task), partial(_build_plain_linear, task)
    else:
        boosting, linear = partial(build_boosting, columns, task), partial(build_linear, columns, task)
    candidates: dict[str, Any] = {
        BOOSTING: partial(boosting, n_targets, seed),
        LINEAR: partial(linear, n_targets, seed),
    }
    if _count_classes(dataset) > MAX_BOOSTED_CLASSES:
        del candidates[BOOSTING]
    return candidates


def _count_classes(dataset: Dataset) -> int:
    if dataset.task == REGRESSION or dataset.y is None:
        return 0
    return max(len(np.unique(column)) for column in dataset.y.reshape(len(dataset.y), -1).T)


def _build_plain_boosting(task: str, n_targets: int, seed: int) -> Pipeline:
    return build_pipeline("passthrough", build_trees(task, n_targets, seed))


def _build_plain_linear(task: str, n_targets: int, seed: int) -> Pipeline:
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return build_pipeline(make_pipeline(fill, StandardScaler()), build_linear_estimator(task, n_targets, seed))
