"""ModelPredictor: a published model for scripts, which loads once and answers for rows of numbers. Needs no Flask."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts import AcceptancePolicy, Artifact, Golden, Metadata, read_artifact
from app.columns.faults import FaultKind, InvalidInput
from app.columns.table import Table
from app.model.model import Model
from app.outputs.classes import BatchPrediction, Prediction

__all__ = ["BatchPrediction", "ModelPredictor", "Prediction"]


class RowsRefused(InvalidInput):
    """Rows that break the model's contract; the message begins with what is wrong in general."""

    def __init__(self, summary: str, error: InvalidInput) -> None:
        super().__init__(error.faults, error.total)
        self.args = (f"{summary}: {error}",)


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
        self._loaded: Model | None = None

    def load(self, artifact: Artifact | None = None) -> None:
        """Make the model ready: from `artifact`, already verified, or from disk.

        Raises `ArtifactError` when there is none, when it is corrupt or when it cannot be loaded.
        """
        self._loaded = Model(artifact or read_artifact(self._artifact_dir, self._requested_version, self._policy))

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
        return self._model.columns.feature_names

    @property
    def expected_n_features(self) -> int:
        """How many numbers an instance has."""
        return self._model.columns.n_features

    @property
    def columns(self) -> Table:
        """The rows that the loaded model accepts."""
        return self._model.columns

    def predict(self, instance: Sequence[float] | NDArray[Any]) -> Prediction:
        """Return the answer for one instance: n_features numbers, in the model's order.

        Raises `RuntimeError` before `load`, `ValueError` when the row breaks the contract.
        """
        return self.predict_batch(instance[np.newaxis] if isinstance(instance, np.ndarray) else [instance])[0]

    def predict_batch(self, instances: Sequence[Sequence[float]] | NDArray[Any]) -> BatchPrediction:
        """Return the answers for instances of shape (n_instances, n_features), at least one.

        Raises `RuntimeError` before `load`, `ValueError` when a row breaks the contract.
        """
        model = self._model
        matrix = _parse(model.columns, instances)
        if len(matrix) == 0:
            raise ValueError("A batch must have at least one instance.")
        return model.answer(matrix)

    def check_golden(self, golden: Golden) -> None:
        """Raise `ArtifactCorrupt` unless the model answers `golden` as the trained estimator did."""
        self._model.check_golden(golden)

    @property
    def _model(self) -> Model:
        if self._loaded is None:
            raise RuntimeError("No model is loaded. Call .load() before .predict().")
        return self._loaded


def _parse(columns: Table, instances: Sequence[Sequence[float]] | NDArray[Any]) -> NDArray[np.float64]:
    """Return the rows as a matrix. Raises `ValueError`."""
    try:
        if isinstance(instances, np.ndarray):
            return columns.check_matrix(instances)
        if isinstance(instances, Sequence):
            return columns.parse_instances(instances)
    except InvalidInput as error:
        raise _summarize(error, columns.n_features, instances) from error
    raise ValueError(f"The instances must be a sequence or an array, not a {type(instances).__name__}.")


def _summarize(error: InvalidInput, n_features: int, instances: Any) -> InvalidInput:
    for fault in error.faults:
        if fault.kind is FaultKind.WRONG_LENGTH:
            return RowsRefused(f"Expected {n_features} features, got {len(instances[fault.path[0]])}", error)
        if fault.kind is FaultKind.NOT_FINITE:
            return RowsRefused("NaN or infinite values", error)
    return error
