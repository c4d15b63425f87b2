"""The estimator engine: the fitted preprocessor and estimator of an artifact, asked themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts import Artifact, ArtifactCorrupt
from app.engines.engine import CannotCompute, Engine
from app.engines.number_limit import find_largest_number

# Estimators of scikit-learn whose `predict` is the argmax of `predict_proba`, but for rounding near a tie: there the
# estimator itself is asked. All others, whose `predict` may follow another rule, are always asked for both.
_ARGMAX_ESTIMATORS = frozenset({
    "BaggingClassifier", "DecisionTreeClassifier", "DummyClassifier", "ExtraTreeClassifier", "ExtraTreesClassifier",
    "GaussianNB", "GradientBoostingClassifier", "HistGradientBoostingClassifier", "LinearDiscriminantAnalysis",
    "LogisticRegression", "LogisticRegressionCV", "MLPClassifier", "RandomForestClassifier",
})  # fmt: skip
_TIE_MARGIN = 1e-9
_LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


class EstimatorEngine(Engine):
    """Class indices and probabilities for checked rows; built once from a verified artifact, then only read."""

    def __init__(self, artifact: Artifact) -> None:
        self._metadata = artifact.metadata
        self._preprocessor, self._estimator = artifact.unpickle()
        self._check_estimators()
        ranges = artifact.metadata.feature_ranges.values()
        largest_trained = max((abs(limit) for extremes in ranges for limit in extremes.values()), default=0.0)
        n_features = len(artifact.metadata.feature_names)
        self.largest_number = find_largest_number(self._preprocessor, n_features, largest_trained)
        self._classes = np.asarray(self._estimator.classes_)
        estimator_type = type(self._estimator)
        self._argmax_is_predict = (
            estimator_type.__module__.startswith("sklearn.") and estimator_type.__name__ in _ARGMAX_ESTIMATORS
        )

    def compute(self, matrix: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the class indices and probabilities for a checked matrix, by one pass of each estimator."""
        transformed = self._transform(matrix)
        probabilities = self._predict_probabilities(transformed)
        if not self._argmax_is_predict:
            return self._predict_labels(transformed), probabilities
        labels = probabilities.argmax(axis=1)
        ties = _find_near_ties(probabilities)
        if ties.size:
            labels[ties] = self._predict_labels(transformed[ties])
        return labels, probabilities

    def _transform(self, matrix: NDArray[np.float64]) -> Any:
        try:
            return self._transform_once(matrix)
        except ValueError as error:
            # A preprocessor may refuse numbers that it has no answer for: a logarithm, those below zero.
            refused = [row for row in range(len(matrix)) if self._refuses(matrix[row : row + 1])]
            if not refused:
                raise
            raise CannotCompute(refused) from error

    def _transform_once(self, matrix: NDArray[np.float64]) -> Any:
        with np.errstate(all="ignore"):
            return self._preprocessor.transform(matrix)

    def _refuses(self, matrix: NDArray[np.float64]) -> bool:
        try:
            self._transform_once(matrix)
        except ValueError:
            return True
        return False

    def _predict_probabilities(self, transformed: Any) -> NDArray[np.float64]:
        try:
            with np.errstate(all="ignore"):
                probabilities = np.asarray(self._estimator.predict_proba(transformed), dtype=np.float64)
        except ValueError as error:
            # float32 is what most trees cast to; only a number that it cannot hold is the caller's fault.
            dense = (
                transformed.toarray() if hasattr(transformed, "toarray") else np.asarray(transformed, dtype=np.float64)
            )
            unfit = ~(np.abs(dense) <= _LARGEST_FLOAT32).all(axis=1)
            if not unfit.any():
                raise
            raise CannotCompute(np.flatnonzero(unfit).tolist()) from error
        finite = np.isfinite(probabilities).all(axis=1)
        if not finite.all():
            raise CannotCompute(np.flatnonzero(~finite).tolist())
        return probabilities

    def _predict_labels(self, transformed: Any) -> NDArray[np.int64]:
        labels: NDArray[np.int64] = np.searchsorted(self._classes, self._estimator.predict(transformed))
        return labels

    def _check_estimators(self) -> None:
        version = self._metadata.version
        if not hasattr(self._preprocessor, "transform"):
            raise ArtifactCorrupt(version, "the preprocessor has no transform")
        if not hasattr(self._estimator, "predict_proba"):
            raise ArtifactCorrupt(version, "the model has no predict_proba, so it gives no probabilities")
        if not hasattr(self._estimator, "classes_"):
            raise ArtifactCorrupt(version, "the model is not fitted")
        if len(self._estimator.classes_) != len(self._metadata.classes):
            raise ArtifactCorrupt(version, "the model and the metadata disagree on the number of classes")


def _find_near_ties(probabilities: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the rows whose two highest probabilities are so close that rounding may have decided between them."""
    n_classes = probabilities.shape[1]
    highest = np.partition(probabilities, n_classes - 2, axis=1)[:, -2:]
    return np.flatnonzero(highest[:, 1] - highest[:, 0] <= _TIE_MARGIN)
