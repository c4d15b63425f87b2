"""Metrics of a model's answers on a table whose right answers are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    hamming_loss,
    mean_absolute_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
    root_mean_squared_error,
)

from app.artifacts import Metadata
from app.artifacts.errors import NotPublishable
from app.columns.column import to_plain
from app.outputs.prediction import Arrays

_MOST_CLASSES_ORDERED = 100


def measure_answers(metadata: Metadata, arrays: Arrays, targets: pd.DataFrame) -> dict[str, float]:
    """Return the metrics of the answers in `arrays`, where `targets` has what was right, a column for each target.

    Raises `NotPublishable` where that is nothing the model can answer.
    """
    if targets.isna().any(axis=None):
        name = next(name for name in targets if targets[name].isna().any())
        raise NotPublishable(f"The target {name!r} has no value in some rows: leave those rows out.")
    if metadata.task == "regression":
        return _measure_values(_to_numbers(targets), arrays["values"])
    if metadata.task == "classification":
        right = find_class_indices(targets.iloc[:, 0], metadata.classes)
        evidence = arrays.get("probabilities", arrays.get("scores"))
        return {**_measure_classes(right, arrays["labels"]), **_measure_order(right, evidence)}
    if metadata.task in {"multilabel", "multioutput"}:
        return _measure_targets(metadata, arrays["labels"], targets)
    if metadata.task == "cluster":  # which clusters are numbered how is chance
        return {}
    return {"accuracy": float(accuracy_score(_to_numbers(targets)[:, 0], arrays["labels"]))}


def find_class_indices(values: pd.Series, classes: Sequence[Any]) -> NDArray[np.int64]:
    """Return the index of the class in each row, whether the table has the class itself, its text or its index.

    Raises `NotPublishable` for what is none of the classes.
    """
    by_value = {(type(each), each): index for index, each in enumerate(classes)}
    if set(classes) == {0, 1}:  # whichever of the two is written with booleans
        by_value |= {(kind, kind(each)): index for index, each in enumerate(classes) for kind in (bool, int)}
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


def _measure_classes(right: NDArray[np.int64], labels: NDArray[np.int64]) -> dict[str, float]:
    macro: dict[str, Any] = {"average": "macro", "zero_division": 0}
    return {
        "accuracy": float(accuracy_score(right, labels)),
        "precision_macro": float(precision_score(right, labels, **macro)),
        "recall_macro": float(recall_score(right, labels, **macro)),
        "f1_macro": float(f1_score(right, labels, **macro)),
    }


def _measure_order(right: NDArray[np.int64], evidence: NDArray[np.float64] | None) -> dict[str, float]:
    """Return the ROC AUC, one class against the rest; nothing where there is no order, or too many classes for it."""
    if evidence is None or not np.isfinite(evidence).all() or evidence.shape[1] > _MOST_CLASSES_ORDERED:
        return {}
    classes = range(1, 2) if evidence.shape[1] == 2 else range(evidence.shape[1])
    areas = [roc_auc_score(right == each, evidence[:, each]) for each in classes if len(set(right == each)) == 2]
    return {"roc_auc": float(np.mean(areas))} if areas else {}


def _measure_values(right: NDArray[np.float64], values: NDArray[np.float64]) -> dict[str, float]:
    varies = len(right) > 1 and bool((np.ptp(right, axis=0) > 0).all())
    return {
        **({"r2": float(r2_score(right, values))} if varies else {}),
        "mae": float(mean_absolute_error(right, values)),
        "rmse": float(root_mean_squared_error(right, values)),
    }


def _measure_targets(metadata: Metadata, labels: NDArray[np.int64], targets: pd.DataFrame) -> dict[str, float]:
    of_targets: list[Any] = metadata.classes if metadata.task == "multioutput" else [[0, 1]] * len(metadata.targets)
    right = np.column_stack(
        [find_class_indices(targets.iloc[:, place], classes) for place, classes in enumerate(of_targets)]
    )
    every = {"accuracy": float((right == labels).all(axis=1).mean())}
    return every if metadata.task == "multioutput" else {**every, "hamming_loss": float(hamming_loss(right, labels))}


def _to_numbers(targets: pd.DataFrame) -> NDArray[np.float64]:
    try:
        numbers: NDArray[np.float64] = targets.to_numpy(dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise NotPublishable(
            f"The target {', '.join(map(repr, targets))} holds values that are no numbers, and the model predicts "
            "numbers."
        ) from error
    return numbers
