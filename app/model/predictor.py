"""ModelPredictor: loads an artifact once and answers for rows of numbers. Needs no web framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts import AcceptancePolicy, Artifact, ArtifactCorrupt, Golden, Metadata, read_artifact
from app.columns.table import FeatureContract
from app.engines.estimator import Classifier


@dataclass(frozen=True)
class Prediction:
    """The answer for one instance: the class index and the probability of each class, shape (n_classes,)."""

    label: int
    probabilities: NDArray[np.float64]
    model_version: str


@dataclass(frozen=True)
class BatchPrediction:
    """The answers for a batch: class indices of shape (n,), probabilities of shape (n, n_classes)."""

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    model_version: str

    def __len__(self) -> int:
        return len(self.labels)


class ModelPredictor:
    """Answers for instances with a published model.

    `load` once in the process that predicts, then call `predict` and `predict_batch` from any number of threads.
    """

    def __init__(
        self,
        artifact_dir: Path | str = "artifacts",
        version: str | None = None,
        policy: AcceptancePolicy = AcceptancePolicy(),
    ) -> None:
        """Choose a published version, by default the current one; nothing is read before `load`."""
        self._artifact_dir = Path(artifact_dir)
        self._requested_version = version
        self._policy = policy
        self._loaded: Classifier | None = None

    def load(self, artifact: Artifact | None = None) -> None:
        """Make the model ready: from `artifact`, already verified, or from disk.

        Raises `ArtifactError` when there is none, when it is corrupt or when it cannot be loaded.
        """
        self._loaded = Classifier(artifact or read_artifact(self._artifact_dir, self._requested_version, self._policy))

    @property
    def is_loaded(self) -> bool:
        """Whether `load` has succeeded."""
        return self._loaded is not None

    @property
    def metadata(self) -> Metadata:
        """The metadata of the loaded artifact."""
        return self._model.metadata

    @property
    def version(self) -> str:
        """The version of the loaded artifact."""
        return self._model.metadata.version

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The features in the model's order."""
        return self._model.contract.feature_names

    @property
    def expected_n_features(self) -> int:
        """How many numbers an instance has."""
        return self._model.contract.n_features

    @property
    def contract(self) -> FeatureContract:
        """The rows that the loaded model accepts."""
        return self._model.contract

    def predict(self, instance: Sequence[float] | NDArray[Any]) -> Prediction:
        """Return the answer for one instance: n_features numbers, in the model's order.

        Raises `RuntimeError` before `load`, `ValueError` when the row breaks the contract.
        """
        answers = self.predict_batch(instance[np.newaxis] if isinstance(instance, np.ndarray) else [instance])
        return Prediction(int(answers.labels[0]), answers.probabilities[0], answers.model_version)

    def predict_batch(self, instances: Sequence[Sequence[float]] | NDArray[Any]) -> BatchPrediction:
        """Return the answers for instances of shape (n_instances, n_features), at least one.

        Raises `RuntimeError` before `load`, `ValueError` when a row breaks the contract.
        """
        model = self._model
        if isinstance(instances, np.ndarray):
            matrix = model.contract.check_matrix(instances)
        elif isinstance(instances, Sequence):
            matrix = model.contract.parse_instances(instances)
        else:
            raise ValueError(f"The instances must be a sequence or an array, not a {type(instances).__name__}.")
        if len(matrix) == 0:
            raise ValueError("A batch must have at least one instance.")
        labels, probabilities = model.classify(matrix)
        return BatchPrediction(labels, probabilities, model.metadata.version)

    def check_golden(self, golden: Golden) -> None:
        """Raise `ArtifactCorrupt` unless the model answers `golden` as the trained estimator did."""
        try:
            answers = self.predict_batch(golden.instances)
        except ValueError as error:
            fault = f"the self-test failed: the model refuses the rows of golden.json ({error})"
            raise ArtifactCorrupt(self.version, fault) from error
        if not np.array_equal(answers.labels, golden.labels):
            raise ArtifactCorrupt(self.version, "the self-test failed: labels differ from golden.json")
        if not golden.matches(answers.probabilities):
            raise ArtifactCorrupt(self.version, "the self-test failed: probabilities differ from golden.json")

    @property
    def _model(self) -> Classifier:
        if self._loaded is None:
            raise RuntimeError("No model is loaded: call load() first.")
        return self._loaded
