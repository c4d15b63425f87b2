"""Tasks of fitted models: what kind of answers a model gives, and of how many targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor

from app.artifacts.errors import NotPublishable
from app.publishing.models import FittedModel

_CHECKS = (
    ("regression", is_regressor),
    ("outlier", is_outlier_detector),
    ("cluster", is_clusterer),
    ("classification", is_classifier),
)


def build_fitted(
    model: Any, some_rows: Any, task: str | None, targets: Sequence[str], classes: Sequence[Any] | None
) -> FittedModel:
    """Return the model with what it answers. `task`, `targets` and `classes` are what the user says of that, if any.

    Raises `NotPublishable` where they do not fit the model.
    """
    task = task or _find_task(model)
    n_targets = _count_targets(model, some_rows)
    if task == "classification" and n_targets > 1:
        task = "multilabel" if _is_multilabel(model, some_rows) else "multioutput"
    if task in {"outlier", "cluster", "classification"}:
        _check_classes(model, task, classes)
        return FittedModel(model, task, classes)
    names = list(targets) or (["target"] if n_targets == 1 else [f"target_{place}" for place in range(n_targets)])
    if len(names) != n_targets:
        raise NotPublishable(
            f"The model predicts {n_targets} targets, and {len(names)} are named with --target: {', '.join(names)}."
        )
    of_targets = [np.asarray(each).tolist() for each in model.classes_] if task == "multioutput" else None
    return FittedModel(model, task, of_targets, names)


def _find_task(model: Any) -> str:
    if not hasattr(model, "predict"):
        raise NotPublishable(f"{type(model).__name__} has no predict, so it cannot answer for new rows.")
    for task, is_of_task in _CHECKS:
        try:
            if is_of_task(model):
                return task
        except AttributeError:  # it says nothing of itself in scikit-learn's way
            break
    raise NotPublishable(
        f"{type(model).__name__} does not say whether it is a classifier, a regressor, an outlier detector or a "
        "clusterer: say so with --task."
    )


def _count_targets(model: Any, some_rows: Any) -> int:
    predicted = np.asarray(_to_dense(model.predict(some_rows)))
    return int(predicted.shape[1]) if predicted.ndim == 2 else 1


def _is_multilabel(model: Any, some_rows: Any) -> bool:
    classes = getattr(model, "classes_", None)
    known = np.concatenate([np.asarray(each) for each in classes]) if isinstance(classes, list) else None
    values = known if known is not None else np.asarray(_to_dense(model.predict(some_rows)))
    return values.dtype.kind in "biuf" and bool(np.isin(values, (0, 1)).all())


def _check_classes(model: Any, task: str, classes: Sequence[Any] | None) -> None:
    if classes is None:
        return
    own = np.asarray(getattr(model, "classes_", [])).tolist()
    if task != "classification" or own != list(range(len(classes))):
        raise NotPublishable(
            f"--classes names the classes of a model that predicts 0, 1, 2 …, in that order; {len(classes)} are named, "
            f"and this one predicts {', '.join(map(str, own[:20])) or 'none'}."
        )


def _to_dense(predicted: Any) -> Any:
    return predicted.toarray() if hasattr(predicted, "toarray") else predicted
