"""Responses: what an estimator is asked for the answers of each task, and how that becomes arrays of one form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts import ArtifactCorrupt, Metadata
from app.engines.classes import find_indices, find_near_ties, is_argmax
from app.outputs.prediction import Arrays

_LABELS, _PROBABILITIES, _SCORES = "labels", "probabilities", "scores"


class Response(ABC):
    """Asks a fitted estimator about what its preprocessor has made of rows."""

    methods: tuple[str, ...] = ("predict",)

    def __init__(self, estimator: Any, metadata: Metadata) -> None:
        self.estimator = estimator
        self.metadata = metadata
        for method in self.methods:
            if not hasattr(estimator, method):
                raise ArtifactCorrupt(metadata.version, f"the model has no {method}")

    @abstractmethod
    def ask(self, transformed: Any) -> Arrays:
        """Return the arrays of the answers, each with a row for each instance."""


class ClassResponse(Response):
    """Class indices, with probabilities, scores or nothing besides."""

    def __init__(self, estimator: Any, metadata: Metadata) -> None:
        self._evidence = next((name for name in metadata.answers if name != _LABELS), None)
        if self._evidence == _PROBABILITIES and not hasattr(estimator, "predict_proba"):
            raise ArtifactCorrupt(metadata.version, "the model has no predict_proba, so it gives no probabilities")
        super().__init__(estimator, metadata)
        if not hasattr(estimator, "classes_"):
            raise ArtifactCorrupt(metadata.version, "the model is not fitted")
        self._classes = np.asarray(estimator.classes_)
        if len(self._classes) != len(metadata.classes):
            raise ArtifactCorrupt(metadata.version, "the model and the metadata disagree on the number of classes")
        self._argmax_is_predict = self._evidence == _PROBABILITIES and is_argmax(estimator)

    def ask(self, transformed: Any) -> Arrays:
        """Return the class indices, by one pass where the likeliest class is known to be the predicted one."""
        if self._evidence is None:
            return {_LABELS: self._predict(transformed)}
        if self._evidence == _SCORES:
            return {_LABELS: self._predict(transformed), _SCORES: self._score(transformed)}
        probabilities = np.asarray(self.estimator.predict_proba(transformed), dtype=np.float64)
        if not self._argmax_is_predict:
            return {_LABELS: self._predict(transformed), _PROBABILITIES: probabilities}
        labels = probabilities.argmax(axis=1)
        ties = find_near_ties(probabilities)
        if ties.size:
            labels[ties] = self._predict(transformed)[ties]  # of all rows, as one alone would be answered
        return {_LABELS: labels, _PROBABILITIES: probabilities}

    def _predict(self, transformed: Any) -> NDArray[np.int64]:
        return find_indices(self._classes, self.estimator.predict(transformed))

    def _score(self, transformed: Any) -> NDArray[np.float64]:
        scores = np.asarray(self.estimator.decision_function(transformed), dtype=np.float64)
        return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores


class ValueResponse(Response):
    """Numbers, of shape (n, n_targets) whatever shape the estimator gives them."""

    def ask(self, transformed: Any) -> Arrays:
        """Return the predicted numbers."""
        values = np.asarray(self.estimator.predict(transformed), dtype=np.float64)
        return {"values": values.reshape(len(values), len(self.metadata.targets))}


class LabelResponse(Response):
    """Class indices of several targets, shape (n, n_targets), and the probabilities of all of them in one array."""

    def __init__(self, estimator: Any, metadata: Metadata) -> None:
        super().__init__(estimator, metadata)
        # Of a label that is given or not, these are 0 and 1, even where training knew one of them only.
        of_targets: list[Any] = metadata.classes if metadata.task == "multioutput" else [[0, 1]] * len(metadata.targets)
        self._classes = [np.array(classes) for classes in of_targets]

    def ask(self, transformed: Any) -> Arrays:
        """Return the class indices."""
        predicted = self.estimator.predict(transformed)
        dense = np.asarray(predicted.toarray() if hasattr(predicted, "toarray") else predicted)
        labels = np.column_stack(
            [find_indices(classes, dense[:, place]) for place, classes in enumerate(self._classes)]
        )
        if _PROBABILITIES not in self.metadata.answers:
            return {_LABELS: labels}
        return {_LABELS: labels, _PROBABILITIES: self._find_probabilities(transformed)}

    def _find_probabilities(self, transformed: Any) -> NDArray[np.float64]:
        """Return those of all classes of all targets, or of each label that it is given."""
        probabilities = self.estimator.predict_proba(transformed)
        if not isinstance(probabilities, list):
            return np.asarray(probabilities, dtype=np.float64)
        if self.metadata.task == "multioutput":
            return np.column_stack(probabilities).astype(np.float64)
        known = getattr(self.estimator, "classes_", None)
        given = [
            _find_probability_of_one(of_target, known[place] if isinstance(known, list) else None)
            for place, of_target in enumerate(probabilities)
        ]
        return np.column_stack(given).astype(np.float64)


class OutlierResponse(Response):
    """-1 for an outlier and 1 for an inlier, with the decision function."""

    def ask(self, transformed: Any) -> Arrays:
        """Return the labels, and the scores where there are any."""
        labels = np.asarray(self.estimator.predict(transformed)).astype(np.int64)
        if _SCORES not in self.metadata.answers:
            return {_LABELS: labels}
        scores = np.asarray(self.estimator.decision_function(transformed), dtype=np.float64)
        return {_LABELS: labels, _SCORES: scores.reshape(len(labels))}


class ClusterResponse(Response):
    """The indices of clusters."""

    def ask(self, transformed: Any) -> Arrays:
        """Return the labels."""
        return {_LABELS: np.asarray(self.estimator.predict(transformed)).astype(np.int64)}


RESPONSES: dict[str, type[Response]] = {
    "classification": ClassResponse,
    "regression": ValueResponse,
    "multilabel": LabelResponse,
    "multioutput": LabelResponse,
    "outlier": OutlierResponse,
    "cluster": ClusterResponse,
}


def _find_probability_of_one(probabilities: NDArray[np.float64], classes: Any) -> NDArray[np.float64]:
    """Return the probability that a label is given; training may have known it given always, or never."""
    if probabilities.shape[1] == 2:
        return probabilities[:, 1]
    is_always_given = classes is not None and bool(np.asarray(classes)[0])
    return probabilities[:, 0] if is_always_given else np.zeros(len(probabilities))
