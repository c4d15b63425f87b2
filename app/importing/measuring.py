"""Metrics of a model's answers on a table whose right answers are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.artifacts import Metadata
from app.artifacts.errors import NotPublishable
from app.columns.column import to_plain
from app.evaluation.predictions import Predictions, TransformRows
from app.evaluation.quantile import find_quantile
from app.evaluation.tasks import measure_predictions
from app.outputs.prediction import Arrays


def measure_answers(
    metadata: Metadata, arrays: Arrays, targets: pd.DataFrame, transform: TransformRows | None = None
) -> dict[str, float]:
    """Return the metrics of the answers in `arrays`, where `targets` has what was right, a column for each target.

    They are those of training. Where there are no targets, they are what clusterers and detectors of outliers have
    without. `transform` returns what a clusterer itself sees of some of the rows, by their numbers.

    Raises `NotPublishable` where what was right is nothing the model can answer.
    """
    if targets.isna().any(axis=None):
        name = next(name for name in targets if targets[name].isna().any())
        raise NotPublishable(f"The target {name!r} has no value in some rows: leave those rows out.")
    if len(targets.columns) > 1 and metadata.task in {"classification", "outlier"}:
        raise NotPublishable(f"The model predicts one target, and {len(targets.columns)} are named with --target.")
    if targets.columns.empty and metadata.task not in {"cluster", "outlier"}:
        return {}
    y = _PARSERS[metadata.task](metadata, targets)
    predictions = _to_predictions(metadata, arrays, transform)
    return measure_predictions(metadata.task, predictions, y, list(map(str, targets)))


def find_class_indices(values: pd.Series, classes: Sequence[Any]) -> NDArray[np.int64]:
    """Return the index of the class in each row, whether the table has the class itself, its text or its index.

    Raises `NotPublishable` for what is none of the classes.
    """
    by_value = {(type(each), each): index for index, each in enumerate(classes)}
    if set(classes) == {0, 1}:  # whichever of the two is written with booleans
        by_value |= {(kind, kind(each)): index for index, each in enumerate(classes) for kind in (bool, int)}
    by_value |= {(float, float(each)): index for index, each in enumerate(classes) if type(each) is int}
    by_text = {str(each): index for index, each in enumerate(classes)}
    if all(isinstance(each, str) for each in classes):  # the names of classes that the model numbers
        by_value |= {(int, index): index for index in range(len(classes)) if str(index) not in by_text}
    plain = [to_plain(value) for value in values.tolist()]
    found = [by_value.get((type(value), value), by_text.get(str(value), -1)) for value in plain]
    if -1 in found:
        raise NotPublishable(
            f"The target {str(values.name)!r} holds {plain[found.index(-1)]!r}, which is none of the model's classes: "
            f"{', '.join(map(str, classes[:20]))}."
        )
    return np.array(found, dtype=np.int64)


def _to_predictions(metadata: Metadata, arrays: Arrays, transform: TransformRows | None) -> Predictions:
    """Return the answers in one dimension where there is one target; classes are the indices of classes."""
    predicted = arrays["values" if metadata.task == "regression" else "labels"]
    if predicted.ndim == 2 and predicted.shape[1] == 1 and metadata.task == "regression":
        predicted = predicted[:, 0]
    scores = arrays.get("scores")
    if metadata.task == "classification":
        scores = arrays.get("probabilities", scores)
    quantile = find_quantile(metadata.hyperparameters)
    return Predictions(predicted, scores, range(len(metadata.classes)), quantile, transform)


def _parse_classes(metadata: Metadata, targets: pd.DataFrame) -> NDArray[np.int64]:
    return find_class_indices(targets.iloc[:, 0], metadata.classes)


def _parse_labels(metadata: Metadata, targets: pd.DataFrame) -> NDArray[np.int64]:
    of_targets: list[Any] = metadata.classes if metadata.task == "multioutput" else [[0, 1]] * len(metadata.targets)
    columns = [find_class_indices(targets.iloc[:, place], classes) for place, classes in enumerate(of_targets)]
    return np.column_stack(columns)


def _parse_numbers(_: Metadata, targets: pd.DataFrame) -> NDArray[np.float64]:
    try:
        numbers: NDArray[np.float64] = targets.to_numpy(dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise NotPublishable(
            f"The target {', '.join(map(repr, targets))} holds values that are no numbers, and the model predicts "
            "numbers."
        ) from error
    return numbers[:, 0] if numbers.shape[1] == 1 else numbers


def _parse_outliers(metadata: Metadata, targets: pd.DataFrame) -> NDArray[np.int64] | None:
    """Return -1 for the outliers and 1 for the others, `None` where nobody says which those are."""
    if targets.columns.empty:
        return None
    return np.array(metadata.classes)[_parse_classes(metadata, targets)]


def _parse_nothing(_: Metadata, __: pd.DataFrame) -> None:
    """Return `None`: which clusters are numbered how is chance."""


_PARSERS: dict[str, Callable[[Metadata, pd.DataFrame], Any]] = {
    "classification": _parse_classes,
    "regression": _parse_numbers,
    "multilabel": _parse_labels,
    "multioutput": _parse_labels,
    "outlier": _parse_outliers,
    "cluster": _parse_nothing,
}
