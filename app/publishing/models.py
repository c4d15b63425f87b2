"""Models that are published: how they are split, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline

from app.artifacts.errors import NotPublishable
from app.columns.column import to_plain
from app.engines.estimator import PASSTHROUGH

# Where scikit-learn's estimators keep the fitted one that answers for them; searches keep the best one.
_HOLDERS = {
    "FrozenEstimator": "estimator", "RFE": "estimator_", "RFECV": "estimator_", "SelfTrainingClassifier": "estimator_"
}  # fmt: skip


@dataclass(frozen=True)
class FittedModel:
    """A fitted model and what it answers.

    classes : the names of the classes by index, where they are not those of the estimator itself; targets : the names
    of what is predicted, of regressors and of models that predict several classes at once.
    """

    model: Any
    task: str
    classes: Sequence[Any] | None = None
    targets: Sequence[str] = ()


@dataclass(frozen=True)
class Answers:
    """What metadata say of the answers of a model."""

    classes: list[Any]
    targets: list[str]
    answers: list[str]
    threshold: float | None


def split_model(model: Any) -> tuple[Any, Any]:
    """Return what prepares the rows and what answers, apart; a model that cannot be split answers as a whole."""
    if type(model) is not Pipeline or model.steps[-1][1] in (PASSTHROUGH, None):
        return PASSTHROUGH, model
    estimator = model.steps[-1][1]
    before = [step for step in model.steps[:-1] if step[1] not in (PASSTHROUGH, None)]
    if not before:
        return PASSTHROUGH, estimator
    return (before[0][1] if len(before) == 1 else Pipeline(before)), estimator


def join_model(preprocessor: Any, estimator: Any) -> Any:
    """Return as one model what `split_model` has taken apart."""
    return (
        estimator
        if preprocessor == PASSTHROUGH
        else Pipeline([("preprocessor", preprocessor), ("estimator", estimator)])
    )


def prepare_rows(model: Any, X: Any) -> Any:
    """Return what is handed of the rows of `X` to the estimator that decides in the end, within whatever it is."""
    chosen = _enter(model)
    if chosen is None:
        return X
    if not isinstance(model, Pipeline):
        return prepare_rows(chosen, X)
    return prepare_rows(chosen, model[:-1].transform(X) if len(model) > 1 else X)


def keep_output_types(model: Any) -> None:
    """Have `model` write down which type its transformers return, where that was asked of scikit-learn as a whole."""
    container = sklearn.get_config()["transform_output"]
    if container != "default" and hasattr(model, "set_output"):
        model.set_output(transform=container)


def check_answering(model: Any) -> None:
    """Raise `NotPublishable` for a model that has no answer for new rows."""
    if not hasattr(model, "predict"):
        raise NotPublishable(
            f"{_name_estimator(model)} has no predict, so it cannot answer for new rows. Publish a model that has."
        )


def find_answers(fitted: FittedModel, X: Any) -> Answers:
    """Return what the model answers; `X` is a few rows, of the types that it was trained on."""
    model, task = fitted.model, fitted.task
    targets = list(fitted.targets)
    if task == "regression":
        return Answers([], targets, ["values"], None)
    if task == "outlier":
        scores = ["scores"] if hasattr(model, "decision_function") else []
        return Answers([-1, 1], [], ["labels", *scores], None)
    if task == "cluster":
        n_clusters = _count_clusters(model, X)
        if n_clusters < 1:
            raise NotPublishable(f"{_name_estimator(model)} found no clusters. Fit it with other parameters.")
        return Answers(list(range(n_clusters)), [], ["labels"], None)
    if task in {"multilabel", "multioutput"}:
        shares = ["probabilities"] if _has_probabilities(model) else []
        return Answers(list(fitted.classes or []), targets, ["labels", *shares], None)
    own = [_to_json_class(each) for each in np.asarray(model.classes_).tolist()]
    classes = [_to_json_class(to_plain(each)) for each in fitted.classes] if fitted.classes is not None else own
    return Answers(classes, [], ["labels", *_find_evidence(model, X, len(own))], _find_threshold(model))


def _has_probabilities(model: Any) -> bool:
    return hasattr(model, "predict_proba")


def _find_evidence(model: Any, X: Any, n_classes: int) -> list[str]:
    """Return what a classifier gives besides the class: probabilities, or a score for each class, or nothing."""
    if _has_probabilities(model):
        return ["probabilities"]
    if not hasattr(model, "decision_function"):
        return []
    return ["scores"] if is_by_class(model, np.asarray(model.decision_function(X)), n_classes) else []


def is_by_class(model: Any, scores: NDArray[Any], n_classes: int) -> bool:
    """Return whether the values of a decision function are one for each class, or one for the second of two.

    They may be one for each pair of classes, of which three classes have three.
    """
    if scores.ndim == 1:
        return n_classes == 2
    return scores.shape[1] == n_classes and not (n_classes == 3 and _scores_pairs(model))


def _scores_pairs(model: Any) -> bool:
    """Return whether what decides was asked to decide between each two classes, as SVC can be."""
    chosen = _enter(model)
    return getattr(model, "decision_function_shape", None) == "ovo" if chosen is None else _scores_pairs(chosen)


def _enter(model: Any) -> Any:
    """Return the fitted estimator that a model hands its rows to and whose answers are its own; `None` for none."""
    if isinstance(model, Pipeline):
        return model.steps[-1][1] if model.steps[-1][1] not in (PASSTHROUGH, None) else None
    return getattr(model, _HOLDERS.get(type(model).__name__, "best_estimator_"), None)


def _find_threshold(model: Any) -> float | None:
    """Return what the probability of the second class must reach, where an estimator was given another than a half."""
    estimator = split_model(model)[1]
    if not isinstance(estimator, (FixedThresholdClassifier, TunedThresholdClassifierCV)):
        return None
    threshold = getattr(estimator, "best_threshold_", getattr(estimator, "threshold", None))
    by_score = estimator.response_method == "decision_function" or not hasattr(estimator, "predict_proba")
    if isinstance(threshold, str) or threshold is None or by_score:
        return None
    # Of the class that counts as positive, which the first can be as well.
    positive = getattr(estimator, "pos_label", None)
    return float(1 - threshold if positive is not None and positive == estimator.classes_[0] else threshold)


def _count_clusters(model: Any, X: Any) -> int:
    estimator = split_model(model)[1]
    if hasattr(estimator, "subcluster_labels_"):  # of more centres than clusters
        return int(np.max(estimator.subcluster_labels_)) + 1
    for name in ("cluster_centers_", "means_"):
        if hasattr(estimator, name):
            return len(getattr(estimator, name))
    if hasattr(estimator, "n_clusters"):
        return int(estimator.n_clusters)
    return int(np.max(model.predict(X))) + 1


def _name_estimator(model: Any) -> str:
    return type(split_model(model)[1]).__name__


def _to_json_class(value: Any) -> Any:
    if not isinstance(value, (str, int, float, bool)):
        raise NotPublishable(f"The class {value!r} is no string, number or boolean, and has no form in JSON.")
    return value
